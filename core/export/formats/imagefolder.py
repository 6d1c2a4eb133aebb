"""One file per crop, in a folder per class, as torchvision's ImageFolder reads it."""

from collections.abc import Mapping
from typing import ClassVar

from core.export.formats.files import Files


class ImageFolder(Files):
    """``crops/negative/…`` and ``crops/positive/…``, with the same file names as in :class:`Files`."""

    summary = "the same in one folder per class"
    class_folders: ClassVar[Mapping[int, str]] = {0: "negative/", 1: "positive/"}
