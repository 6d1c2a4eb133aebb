"""Search for the annotation files of a folder."""

from pathlib import Path

from core.datasets.locating.contents import is_coco, without_boxes
from core.datasets.locating.layouts import ANNOTATION_FOLDERS, is_annotations_folder
from core.errors import BoxscopeError


def annotation_files(folder: Path | str) -> dict[str, Path]:
    """Return the COCO files of a data set's folder: those in it, in its sub-folders, and in some of theirs.

    Parameters
    ----------
    folder : path

    Returns
    -------
    dict of str to Path
        By split: ``train`` for ``train/annotations.json``, ``valid`` for ``annotations_valid.json``,
        ``instances_val2017`` for that file of ``annotations/``. Training splits come first, those of key
        points last. Files without boxes are left out where others have some, see
        :func:`other_annotation_files`.

    Raises
    ------
    BoxscopeError
        There is no such folder, or no COCO file in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BoxscopeError("no such folder", folder)
    paths = _coco_files(folder)
    if not paths:
        raise BoxscopeError(
            "no COCO annotations (*.json with a list 'images') here or one folder below", folder
        )
    return _by_split(folder, [p for p in paths if not without_boxes(p)] or paths)


def other_annotation_files(folder: Path | str) -> dict[str, str]:
    """Return what the COCO files hold that :func:`annotation_files` leaves out.

    Returns
    -------
    dict of str to str
        By name: ``captions_val2017``: ``holds captions and no boxes``.
    """
    folder = Path(folder)
    paths = _by_split(folder, _coco_files(folder))
    others = {name: without_boxes(path) for name, path in paths.items()}
    return {} if all(others.values()) else {name: text for name, text in others.items() if text}


def folder_error(folder: Path) -> BoxscopeError:
    """Return the error of a folder where one of its annotation files is expected: it names them.

    Raises
    ------
    BoxscopeError
        There is none in it.
    """
    names = ", ".join(str(path.relative_to(folder)) for path in annotation_files(folder).values())
    others = "".join(f"; {name} {content}" for name, content in other_annotation_files(folder).items())
    return BoxscopeError(f"is a folder, expected one of its files: {names}{others}", folder)


def _coco_files(folder: Path) -> list[Path]:
    # Two folders below only where one of the two is for annotations: images/train/ may hold 100,000 files.
    deep = (pattern for name in ANNOTATION_FOLDERS for pattern in (f"{name}/*/*.json", f"*/{name}/*.json"))
    found = {path for pattern in ("*.json", "*/*.json", *deep) for path in folder.glob(pattern)}
    return [path for path in sorted(found) if is_coco(path)]


def _by_split(folder: Path, paths: list[Path]) -> dict[str, Path]:
    splits: dict[str, Path] = {}
    for path in paths:
        name = split_name(path, folder)
        splits[name if name not in splits else str(path.relative_to(folder))] = path
    return dict(
        sorted(splits.items(), key=lambda item: ("keypoints" in item[0], "train" not in item[0], item[0]))
    )


def split_name(path: Path, folder: Path) -> str:
    """Return the split that a file in a data set's folder, or below it, is named as."""
    stem = path.stem.strip("_").removesuffix(".coco").removeprefix("annotations").strip("_-.")
    folders = path.parent.absolute().relative_to(folder.absolute()).parts
    parts = [part for part in folders if not is_annotations_folder(part)]
    return "/".join([*parts, *([] if stem in ("", "labels") else [stem])]) or "all"
