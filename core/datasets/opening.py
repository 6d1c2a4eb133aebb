"""The usable content of an annotation file: read and judged, or as it was kept when the file was opened last.

What depends on the file alone is kept for the next time, see :mod:`core.datasets.columns_cache`. Of the
pictures it depends on which records share a file, and on names that nearly fit one.
"""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from core.datasets import columns_cache, scanning
from core.datasets.coco import Columns, read_columns
from core.datasets.columns_cache import Entry
from core.datasets.judging.usable import Usable, select_usable
from core.datasets.locating.contents import no_annotations, refuse_without_boxes
from core.datasets.locating.image_files import ImageFiles
from core.datasets.locating.pictures import Listings, list_folders, locate_pictures
from core.datasets.problems import Problem
from core.files import AnyPath
from core.files.file_state import file_state, folder_state
from core.truth import Truth


def open_usable(
    annotations: AnyPath, images_dir: AnyPath | None, follow_links: bool
) -> tuple[AnyPath, Usable]:
    """Return the folder of the pictures and the usable content of an annotation file.

    Parameters
    ----------
    annotations, images_dir, follow_links
        See :func:`core.datasets.locating.pictures.locate_pictures`.

    Raises
    ------
    BoxscopeError
        The file cannot be read as COCO, or there is no such folder.
    """
    if not isinstance(annotations, Path) or not _has_bytes(annotations, columns_cache.LEAST):
        columns = _read(annotations)
        folder, files, _ = locate_pictures(annotations, columns.file_name, images_dir, follow_links)
        return folder, _judge(annotations, columns, files)
    return _Kept(annotations).open(images_dir, follow_links)


def _has_bytes(path: Path, least: int) -> bool:
    try:
        return path.stat().st_size >= least
    except (OSError, ValueError):
        return False


def _read(annotations: AnyPath) -> Columns:
    columns = read_columns(annotations)
    if len(columns.bbox) and np.isnan(columns.bbox).all() and not columns.empty.any():
        refuse_without_boxes(annotations)
    return columns


def _judge(annotations: AnyPath, columns: Columns, files: ImageFiles) -> Usable:
    usable = select_usable(annotations.name, columns, files)
    if len(columns.bbox) == 0 and (reason := no_annotations(annotations)):
        doubts = [f"{doubt}; {reason}" if doubt else reason for doubt in usable.doubts]
        return usable._replace(doubts=doubts, refusals=(*usable.refusals, reason))
    return usable


class _Values(msgspec.Struct):
    """What is kept of :class:`Usable` beside its arrays, and the file names of all records."""

    names: list[str]
    pictures: str
    doubts: list[str] | None
    categories: list[tuple[int, str]]
    problems: tuple[Problem, ...]
    refusals: tuple[str, ...]
    other_ids: list[tuple[int, int]]


class _Place(msgspec.Struct):
    """Where all pictures were found under their names: the folder, and the states of all that were listed."""

    folder: str
    listed: dict[str, str]


class _Content(NamedTuple):
    entry: Entry
    values: _Values


class _Kept:
    """An annotation file on a disk, and what is kept of it."""

    def __init__(self, annotations: Path) -> None:
        self._annotations = annotations
        self._state = file_state(annotations)
        self._key = f"{annotations.resolve()}|{annotations.name}"

    def open(self, images_dir: AnyPath | None, follow_links: bool) -> tuple[AnyPath, Usable]:
        """Return the result of :func:`open_usable`."""
        content = self._content()
        columns, listed = (None, None) if content else self._read_beside_folders(images_dir)
        names = content.values.names if content else columns.file_name if columns else []
        folder, files = self._pictures(names, images_dir, follow_links, listed)
        pictures = _digest(files)
        if content is not None and content.values.pictures == pictures:
            return folder, _restored(content, files)
        usable = _judge(self._annotations, columns or _read(self._annotations), files)
        self._keep(names, pictures, usable)
        return folder, usable

    def _read_beside_folders(self, images_dir: AnyPath | None) -> tuple[Columns, Listings]:
        """Return the content of the file, while which is read the folders of pictures are listed."""
        with ThreadPoolExecutor(1, thread_name_prefix="folders") as pool:
            if _has_bytes(self._annotations, scanning.LEAST):
                pool.submit(scanning.warm)
            listed = pool.submit(list_folders, self._annotations, images_dir)
            columns = _read(self._annotations)
            return columns, listed.result()

    def _content(self) -> _Content | None:
        entry = columns_cache.load(self._key)
        if not self._state or entry is None or entry.state != self._state:
            return None
        return _Content(entry, msgspec.json.decode(entry.values, type=_Values))

    def _keep(self, names: list[str], pictures: str, usable: Usable) -> None:
        """Keep what a file holds, without making whoever opens it wait."""
        if self._state:
            columns_cache.save_later(lambda: self._keep_at_once(names, pictures, usable))

    def _keep_at_once(self, names: list[str], pictures: str, usable: Usable) -> None:
        if file_state(self._annotations) != self._state:
            return
        truth = usable.all_truth
        values = _Values(
            names=names,
            pictures=pictures,
            doubts=usable.doubts if any(usable.doubts) else None,
            categories=list(usable.categories.items()),
            problems=usable.problems,
            refusals=usable.refusals,
            other_ids=list(usable.other_ids.items()),
        )
        arrays = {name: getattr(usable, name) for name in _ARRAYS} | {
            name: getattr(truth, name) for name in _TRUTH
        }
        _save(self._key, self._state, values, arrays)

    def _pictures(
        self, names: list[str], images_dir: AnyPath | None, follow_links: bool, listed: Listings | None
    ) -> tuple[AnyPath, ImageFiles]:
        """Return the folder and the files, without listing folders that are as they were."""
        # As they were written: the folder that is kept is spelled in the same way.
        written = (self._annotations, images_dir)
        here = "" if all(path is None or path.is_absolute() for path in written) else os.getcwd()
        key = f"{self._key}|{here}|{self._annotations}|{images_dir}|{follow_links}"
        entry = columns_cache.load(key) if self._state else None
        if entry is not None and entry.state == self._state:
            place = msgspec.json.decode(entry.values, type=_Place)
            if all(folder_state(Path(path)) == state for path, state in place.listed.items()):
                return Path(place.folder), _as_listed(names)
        found = locate_pictures(self._annotations, names, images_dir, follow_links, listed)
        if self._state and found.listed and all(found.listed.values()):
            _save(key, self._state, _Place(str(found.folder), found.listed), {})
        return found.folder, found.files


_ARRAYS = ("records", "image_ids", "renumbered", "sizes", "starts", "object_records", "segmented")
_TRUTH = ("boxes", "category", "area", "crowd", "ids")


def _save(key: str, state: str, values: msgspec.Struct, arrays: columns_cache.Arrays) -> None:
    try:
        text = msgspec.json.encode(values)
    except UnicodeEncodeError:  # a name with half a character
        return
    columns_cache.save(key, Entry(state, text, arrays))


def _restored(content: _Content, files: ImageFiles) -> Usable:
    values, arrays = content.values, content.entry.arrays
    records = arrays["records"].tolist()
    all_records = len(records) == len(values.names)  # each is its own image: they are in their order
    boxes, category, area, crowd, ids = (arrays[name] for name in _TRUTH)
    return Usable(
        **{name: arrays[name] for name in _ARRAYS},
        file_names=[*values.names] if all_records else [values.names[n] for n in records],
        paths=[*files.paths] if all_records else [files.paths[n] for n in records],
        doubts=values.doubts or [""] * len(records),
        categories=dict(values.categories),
        problems=values.problems,
        all_truth=Truth(boxes, category, area, crowd, ids),
        refusals=values.refusals,
        other_ids=dict(values.other_ids),
    )


def _as_listed(names: list[str]) -> ImageFiles:
    """Return the files of names each of which has one of its own."""
    return ImageFiles(list(names), np.arange(len(names)), [""] * len(names), ())


def _digest(files: ImageFiles) -> str:
    """Return a hash of all that the judgement of a file takes from its pictures."""
    told = "\0".join([*files.doubts, repr(files.problems)])
    return hashlib.sha256(files.first.tobytes() + told.encode(errors="surrogatepass")).hexdigest()
