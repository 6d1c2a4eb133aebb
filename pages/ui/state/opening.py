"""The data set that a choice names: its annotation files, and one of them opened with its pictures."""

from pathlib import Path

from core.datasets import CocoDataset
from core.datasets.levels import AUTO
from core.errors import BoxscopeError
from pages.ui.state import cached
from pages.ui.state.choice import Choice
from pages.ui.state.roots import expect_allowed, resolve


def splits(chosen: Choice) -> dict[str, Path]:
    """Return the annotation files of the chosen data set, by split.

    Raises
    ------
    BoxscopeError
        It lies outside the folders that the app may use, is missing, or holds no COCO file.
    """
    files = cached.splits(str(resolve(chosen.dataset)))
    for path in files.values():
        expect_allowed(path)
    return files


def other_files(chosen: Choice) -> dict[str, str]:
    """Return what the annotation files of the chosen data set hold that are no splits.

    Raises
    ------
    BoxscopeError
        See :func:`splits`.
    """
    return cached.other_files(str(resolve(chosen.dataset)))


def others(chosen: Choice) -> dict[str, str]:
    """Return the files of the chosen data set that are no split, see :func:`other_annotation_files`."""
    try:
        return cached.other_files(str(resolve(chosen.dataset)))
    except BoxscopeError:
        return {}


def open_chosen(chosen: Choice) -> CocoDataset:
    """Return the chosen split of the chosen data set, the first split where there is no such one.

    Raises
    ------
    BoxscopeError
        See :func:`splits` and :func:`images_dir`, or the file cannot be read as COCO.
    """
    files = splits(chosen)
    annotations = files[chosen.split] if chosen.split in files else next(iter(files.values()))
    return cached.dataset(annotations, images_dir(chosen.images), chosen.grey or AUTO)


def images_dir(text: str) -> Path | None:
    """Return the folder of the pictures that a user gave, None where it is left to be searched for.

    Raises
    ------
    BoxscopeError
        It is missing, a file, or outside the folders that the app may use.
    """
    if not text.strip():
        return None
    path = resolve(text)
    if not path.is_dir():
        reason = "is a file, expected a folder" if path.exists() else "no such folder"
        raise BoxscopeError(reason, f"pictures: {path}")
    return path
