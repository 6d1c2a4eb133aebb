"""A folder in another format written as a COCO file, with what was found, left out and noted."""

import os
import shlex
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import msgspec

from core import parameters
from core.datasets.coco import read_columns
from core.datasets.formats.base import Reading
from core.datasets.formats.recognising import Source
from core.datasets.formats.tree import Tree
from core.datasets.formats.writing import Progress, Written, write_coco
from core.datasets.locating.images_folder import search_images_dir
from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.files import AnyPath, as_path, files_at, os_reason, printable
from core.files.atomic import write_atomically
from core.wording import count


class Converted(msgspec.Struct, frozen=True):
    """What was made of a folder in another format.

    Attributes
    ----------
    out : str
        The COCO file.
    folder, images_dir : str
        The folder that was read, and that of its pictures.
    place : str
        Path of the annotations: commands open the same by it.
    title, split : str
        Of the format, and of what was read.
    recognised : str
        What the folder looks like, and how sure that is.
    settings : dict of str to str
        Those of the format.
    found : int
        Pictures, and label files without one: `images` and the lost notes of images.
    images, annotations, crowd, images_in_doubt : int
        See :class:`.writing.Written`.
    notes : tuple of Problem
    """

    out: str
    folder: str
    images_dir: str
    place: str
    title: str
    split: str
    recognised: str
    settings: dict[str, str]
    found: int
    images: int
    annotations: int
    crowd: int
    images_in_doubt: int
    notes: tuple[Problem, ...]

    def text(self) -> str:
        """Return what was found as one line: ``Pascal VOC, 1,238 images, 2,000 objects, 3 notes``."""
        parts = [self.title, count(self.images, "image"), count(self.annotations, "object")]
        if self.notes:
            parts.append(count(len(self.notes), "note"))
        return ", ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return msgspec.to_builtins(self)


def convert_folder(
    source: Source,
    out: AnyPath,
    *,
    overwrite: bool = False,
    follow_links: bool = False,
    progress: Progress | None = None,
) -> Converted:
    """Write a folder in another format as a COCO file; nothing else is changed.

    Parameters
    ----------
    source : Source
    out : Path or RemotePath
    overwrite : bool
        Replace an existing file.
    follow_links : bool
        Whether links that lead out of the folder are read.
    progress : callable or None
        Called with the number of images done, and of those that were found.

    Raises
    ------
    BoxscopeError
        It holds nothing that can be read, or `out` exists or cannot be written. Nothing is written then.
    """
    if files_at(out).is_file() and not overwrite:
        raise BoxscopeError("exists already: choose another name, or --overwrite", out)
    if out.is_dir():
        raise BoxscopeError("is a folder, expected the name of a JSON file", out)
    if printable(str(source.folder)) != str(source.folder):
        raise BoxscopeError("has a name that is no UTF-8, which no JSON file can have", source.folder)
    try:
        tree = Tree(source.folder, complete=True, follow_links=follow_links)
        reading = source.format.read(tree, source.split)
    except OSError as error:
        raise BoxscopeError(
            f"cannot be read ({os_reason(error)})", error.filename or source.folder
        ) from error
    try:
        return _convert(source, tree, reading, out, progress)
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", out) from error


def _convert(
    source: Source, tree: Tree, reading: Reading, out: AnyPath, progress: Progress | None
) -> Converted:
    text = "is a link that leads outside the folder (--follow-links reads it), left out"
    reading.notes += [Problem("outside-folder", path, text, True, "file") for path in tree.refused]
    text = "has a name that is no UTF-8: no JSON file can have it, left out"
    reading.notes += [Problem("unnamed-file", path, text, True, "file") for path in tree.unnamed]
    settings = parameters.spell(source.format)
    info = {
        "format": source.format.name,
        "title": source.format.title,
        "split": source.split,
        "settings": settings,
        "images": reading.images_dir,
        **reading.told,
    }
    written: list[Written] = []

    def write(path: Path) -> None:
        written.append(write_coco(path, reading, info, progress))
        if not written[0].images:
            lost = next((f": {note.item}: {note.detail}" for note in reading.notes if note.lost), "")
            raise BoxscopeError(f"none of its {count(reading.found, 'picture')} can be used{lost}", tree.root)

    write_atomically(out, write, out.parent)
    return Converted(
        out=str(out),
        folder=str(source.folder),
        images_dir=str(source.folder / reading.images_dir),
        place=str(_place(source)),
        title=source.format.title,
        split=source.split,
        recognised=source.recognition.text(),
        settings=settings,
        found=reading.found,
        **written[0]._asdict(),
        notes=tuple(reading.notes),
    )


def _place(source: Source) -> Path:
    """Return the folder, where it was given as such and has one split; else the place of what was read."""
    places = {split.name: split.place for split in source.recognition.splits}
    if source.given == source.folder and len(places) == 1:
        return source.folder
    return source.folder / places.get(source.split, "")


def images_option(converted: Converted) -> str:
    """Return the option that names the pictures of a COCO file; empty where they are found without it."""
    out = as_path(converted.out)
    found = search_images_dir(out, _file_names(out)).path
    same = os.path.realpath(str(found)) == os.path.realpath(converted.images_dir)
    return "" if same else f"--images {shlex.quote(converted.images_dir)}"


def _file_names(out: AnyPath) -> list[str]:
    """Return the names in a file of :func:`.writing.write_coco`, which has an image on each line."""
    if not isinstance(out, Path):
        return read_columns(out).file_name
    with out.open("rb") as file:
        rest = islice(file, 2, None)  # behind the lines of `info` and of `"images":[`
        lines = takewhile(lambda line: line.startswith(b'{"id"'), rest)
        return [msgspec.json.decode(line.rstrip(b",\n]"), type=_Named).file_name for line in lines]


class _Named(msgspec.Struct):
    file_name: str
