"""One file per crop, in a folder per class, as torchvision's ImageFolder reads it."""

from typing import ClassVar

from core.export.formats.files import Files
from core.export.names import class_folders
from core.files import AnyPath, files_at
from core.sampling.classes import Classes


class ImageFolder(Files):
    """``crops/negative/…`` and ``crops/positive/…``, or a folder a category; names as in :class:`Files`.

    Every class has its folder, with crops or without, since ImageFolder numbers the folders that it finds:
    with ``positive`` alone in one split and both in another, the same label would be two numbers.
    """

    summary = "one JPEG per crop, one folder per class"
    class_folders: ClassVar[bool] = True

    def finish(self, folder: AnyPath, classes: Classes) -> None:
        """Make the folders of classes without crops; S3 has no folders, and stays as it is."""
        crops = folder / "crops"
        for name in class_folders(classes.names):
            (crops / name).mkdir(parents=True, exist_ok=True)
        files_at(crops).sync_names()

    def remark(self, folder: AnyPath, classes: Classes) -> str:
        """See :class:`Format`: which classes have no crop."""
        names = class_folders(classes.names)
        empty = [name for name in names if next(iter((folder / "crops" / name).glob("*")), None) is None]
        if not empty:
            return ""
        folders, hold = ", ".join(empty), "holds" if len(empty) == 1 else "hold"
        return f"{folders} {hold} no crop: torchvision's ImageFolder takes that with allow_empty=True"
