"""Pictures in the images folder that no annotation file of a data set lists."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core import images
from core.datasets.dataset import CocoDataset
from core.datasets.locating.annotation_files import annotation_files
from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.files import AnyPath, files_at

# Files of a finished or unfinished export: its crops are not pictures missing from the annotations.
_EXPORT_FILES = ("/manifest.parquet", "/.work/plan.json")

# Kinds of problems of records whose picture is listed all the same.
_LISTED_TOO = ("repeated-image-id", "repeated-file")


def unlisted(dataset: CocoDataset) -> Iterator[Problem]:
    """Yield a note for each picture in the images folder that is listed neither here nor in another split."""
    others = [problem.item for problem in dataset.problems if problem.kind in _LISTED_TOO]
    listed = {os.path.normpath(name) for name in (*dataset.paths, *others)}
    found = [name for name in sorted(_pictures_below(dataset.images_dir)) if name not in listed]
    elsewhere = _of_other_splits(dataset) if found else set()
    for name in found:
        if name not in elsewhere:
            detail = "lies in the images folder, is not in the annotations"
            yield Problem("unlisted", name, detail, False, "file")


def _of_other_splits(dataset: CocoDataset) -> set[str]:
    """Return the pictures that other annotation files of the same data set list, below the images folder."""
    own, folder = dataset.annotations, dataset.images_dir
    if not (isinstance(own, Path) and isinstance(folder, Path)):
        return set()
    above = own.absolute().parent
    if not folder.absolute().is_relative_to(above):
        above = above.parent
    names: set[str] = set()
    with suppress(BoxscopeError, OSError):  # no data set that is split
        for path in annotation_files(above).values():
            with suppress(BoxscopeError, OSError):
                if not path.samefile(own):
                    other = CocoDataset.open(path, folder, follow_links=dataset.follow_links)
                    names.update(map(os.path.normpath, other.paths))
    return names


def _pictures_below(folder: AnyPath) -> Iterator[str]:
    names = list(files_at(folder).walk())
    exports = {
        name.removesuffix(file[1:]) for name in names for file in _EXPORT_FILES if f"/{name}".endswith(file)
    }
    crops = tuple(export + folder for export in exports for folder in ("crops/", ".work/"))
    for name in names:
        if os.path.splitext(name)[1].lower() in images.SUFFIXES and not name.startswith(crops):
            yield name
