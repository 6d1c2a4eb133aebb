"""A file a crop, in a folder a class, as torchvision's ImageFolder reads it."""

from collections.abc import Mapping
from typing import ClassVar

from core.export.formats.files import Files


class ImageFolder(Files):
    """``crops/negative/…`` and ``crops/positive/…``, by the same names as in ``crops/`` alone."""

    summary = "the same in a folder a class"
    class_folders: ClassVar[Mapping[int, str]] = {0: "negative/", 1: "positive/"}
