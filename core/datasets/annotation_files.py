"""Search for the annotation files of a folder."""

import mmap
import re
from pathlib import Path

from core.errors import BoxscopeError
from core.files import files_at

_IMAGES = re.compile(rb'"images"\s*:\s*\[')


def annotation_files(folder: Path | str) -> dict[str, Path]:
    """Return the COCO files of a data set's folder: those in it and in its sub-folders.

    Parameters
    ----------
    folder : path

    Returns
    -------
    dict of str to Path
        By split: ``train`` for ``train/annotations.json``, ``valid`` for ``annotations_valid.json``,
        ``instances_val2017`` for that file of ``annotations/``. Training splits come first.

    Raises
    ------
    BoxscopeError
        There is no such folder, or no COCO file in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BoxscopeError("no such folder", folder)
    paths = [p for p in sorted([*folder.glob("*.json"), *folder.glob("*/*.json")]) if _is_coco(p)]
    if not paths:
        raise BoxscopeError(
            "no COCO annotations (*.json with a list 'images') here or one folder below", folder
        )
    splits: dict[str, Path] = {}
    for path in paths:
        name = _split_name(path, folder)
        splits[name if name not in splits else str(path.relative_to(folder))] = path
    return dict(sorted(splits.items(), key=lambda item: ("train" not in item[0], item[0])))


def _split_name(path: Path, folder: Path) -> str:
    stem = path.stem.strip("_").removesuffix(".coco").removeprefix("annotations").strip("_-.")
    if path.parent == folder or path.parent.name == "annotations":
        return stem or "all"
    return f"{path.parent.name}/{stem}" if stem else path.parent.name


def _is_coco(path: Path) -> bool:
    """Return whether a file has a list ``images``; in the summary of an export it is a number."""
    if not files_at(path).is_file():  # a folder, a broken link, or a pipe, which would block
        return False
    try:
        with path.open("rb") as file:
            start = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
            if not start.startswith(b"{"):
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
                return _IMAGES.search(text) is not None
    except OSError:
        return False
