"""The annotation files of a data set, by split, from its folder or from one of the files.

Of a folder in another format they are the places of its splits, :class:`core.datasets.formats.base.Split`.
"""

from pathlib import Path

from core.datasets.formats.recognising import Allowed, anywhere, places
from core.datasets.locating.annotation_files import annotation_files, other_annotation_files, split_name
from core.datasets.locating.contents import is_coco
from core.errors import BoxscopeError


def splits(path: Path | str, allowed: Allowed = anywhere) -> dict[str, Path]:
    """Return the annotation files of a data set, by split.

    Parameters
    ----------
    path : path
        A folder, see :func:`core.datasets.annotation_files`, or one in another format; or a COCO file, which
        is then the only one, named as in the folder above its own: ``valid`` for ``valid/annotations.json``.
    allowed : callable
        Returns whether a folder above it may be read, to recognise another format.

    Raises
    ------
    BoxscopeError
        There is no such folder or file, it holds no annotations, or several formats know it.
    """
    path = Path(path)
    if path.is_dir():
        try:
            return annotation_files(path)
        except BoxscopeError as no_coco:
            return places(path, no_coco, allowed)
    if not path.exists():
        raise BoxscopeError("no such folder or file", path)
    if not is_coco(path):
        raise BoxscopeError("no COCO annotations (JSON with a list 'images')", path)
    return {split_name(path, path.absolute().parent.parent): path}


def others(path: Path | str) -> dict[str, str]:
    """Return what the COCO files of a folder hold that are no splits, see :func:`other_annotation_files`."""
    return other_annotation_files(path) if Path(path).is_dir() else {}
