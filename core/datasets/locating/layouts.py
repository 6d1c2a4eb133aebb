"""Where data sets keep their pictures, seen from the annotation file."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from core.datasets.locating.name_rules import holds_no_pictures, splits_of
from core.files import AnyPath

# Folders of pictures: FiftyOne's is data/, Pascal VOC's JPEGImages/, Supervisely's img/ beside ann/.
_USUAL = ("images", "data", "jpegimages", "img", "imgs", "image")

# Folders of annotation files: what they lie in is the folder of the data set.
ANNOTATION_FOLDERS = ("annotations", "annotation", "anns", "ann", "labels", "label", "coco", "json")

Folders = Callable[[AnyPath], Iterable[str]]
"""A function that returns the names of the folders in a folder."""


def likely_folders(annotations: AnyPath) -> list[AnyPath]:
    """Return the folders in which pictures lie most often, whether they exist or not."""
    folder = annotations.parent
    above, split = _above(folder), _split_word(annotations.stem)
    return [
        *(folder, folder / "images", folder / "data"),
        *(above / "images", above / split, above / "images" / split),
    ]


def usual_folders(annotations: AnyPath, folders: Folders) -> Iterator[AnyPath]:
    """Yield the existing folders in which the pictures of an annotation file may lie, nearest first.

    Parameters
    ----------
    annotations : Path or RemotePath
        ``annotations/instances_val2017.json`` leads to ``val2017/`` and ``images/val2017/`` beside
        ``annotations/``, among others.
    folders : function
    """
    for base in _bases(annotations.parent):
        here = sorted(folders(base))
        pictures, splits = pictures_in(here), _splits_in(here, annotations)
        yield from [] if base != annotations.parent else [base]
        yield from (base / name for name in (*pictures, *splits))
        for name in pictures:
            yield from (base / name / split for split in _splits_in(folders(base / name), annotations))
        for name in splits:
            yield from (base / name / below for below in pictures_in(folders(base / name)))
        yield from [] if base == annotations.parent else [base]


def is_annotations_folder(name: str) -> bool:
    """Return whether a folder's name is one that folders of annotation files have."""
    return name.casefold() in ANNOTATION_FOLDERS


def pictures_in(names: Iterable[str]) -> list[str]:
    """Return those names of folders that folders of pictures usually have, the most usual first."""
    usual = [name for name in names if name.casefold() in _USUAL]
    return sorted(usual, key=lambda name: (_USUAL.index(name.casefold()), name))


def _bases(folder: AnyPath) -> Iterator[AnyPath]:
    """Yield the folder of the annotation file and those above it that may be the data set's."""
    yield folder
    while True:
        above = _above(folder)
        if above == folder:
            return
        yield above
        if not is_annotations_folder(above.name):
            return
        folder = above


def _above(folder: AnyPath) -> AnyPath:
    """Return the folder above one, also where that is given as ``.`` or ``..``."""
    if isinstance(folder, Path) and folder.name in ("", ".."):
        folder = Path(os.path.abspath(folder))
    return folder.parent


def _splits_in(names: Iterable[str], annotations: AnyPath) -> list[str]:
    """Return those names of folders that occur in the annotation file's name, or in that of its folder.

    ``train`` occurs in ``walls_train_v2.json``, ``val2017`` in ``instances_val2017.json``; ``valid`` and
    ``val`` are the same.
    """
    spoken = [_words(annotations.stem), _words(annotations.parent.name)]
    split = splits_of(annotations.stem) or splits_of(annotations.parent.name)
    named = [name for name in names if any(_occurs(_words(name), words) for words in spoken)]
    alike = [
        name for name in names if re.fullmatch("[a-z]+[0-9]*", name.casefold()) and splits_of(name) & split
    ]
    return [name for name in dict.fromkeys([*named, *alike]) if not holds_no_pictures(name)]


def _split_word(stem: str) -> str:
    """Return the word of a name that speaks of a split, such as ``val2017``; its last one if none does."""
    words = re.split("[^A-Za-z0-9]+", stem)
    return next((word for word in words if splits_of(word)), words[-1])


def _words(name: str) -> list[str]:
    return re.findall("[a-z0-9]+", name.casefold())


def _occurs(part: list[str], words: list[str]) -> bool:
    starts = range(len(words) - len(part) + 1)
    return bool(part) and any(words[start : start + len(part)] == part for start in starts)
