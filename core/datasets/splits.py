"""The annotation files of a data set, by split, from its folder or from one of the files."""

from pathlib import Path

from core.datasets.annotation_files import annotation_files
from core.errors import BoxscopeError
from core.files import files_at


def splits(path: Path | str) -> dict[str, Path]:
    """Return the annotation files of a data set, by split.

    Parameters
    ----------
    path : path
        A folder, see :func:`core.datasets.annotation_files`; or a COCO file, which is then the only
        one, named as in the folder above its own: ``valid`` for ``valid/annotations.json``.

    Raises
    ------
    BoxscopeError
        There is no such folder or file, or it holds no COCO annotations.
    """
    path = Path(path)
    if path.is_dir():
        return annotation_files(path)
    if not files_at(path).is_file():
        raise BoxscopeError("no such folder or file", path)
    try:
        beside = annotation_files(path.parent)
    except BoxscopeError:
        beside = {}
    name = next((name for name, other in beside.items() if other == path), None)
    if name is None:
        raise BoxscopeError("no COCO annotations (*.json with a list 'images')", path)
    folder = path.absolute().parent.name
    if folder == "annotations":
        return {name: path}
    return {folder if name == "all" else f"{folder}/{name}": path}
