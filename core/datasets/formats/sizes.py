"""The size of a picture, by what its label file says and by its own header."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from core import images
from core.datasets.judging.sizes import Relation, Size, match_size
from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.images import Header

# Pictures whose headers are read at once: more than one waits for the disk.
_THREADS = 4


class Sized(NamedTuple):
    """Width and height, 0 where they are not known, and what was odd about them."""

    size: Size
    notes: list[Problem]


def headers(root: Path, paths: Iterable[str]) -> Iterator[Header | str]:
    """Yield the header of each picture, or why it cannot be read."""
    with ThreadPoolExecutor(_THREADS) as pool:
        yield from pool.map(lambda path: _header(root / path), paths)


def _header(path: Path) -> Header | str:
    try:
        return images.header(path)
    except BoxscopeError as error:
        return error.without(path)


def size_of(item: str, annotated: Size | None, header: Header | str) -> Sized:
    """Return the size that the boxes of a picture refer to: the annotated one where there is one.

    A picture of another size keeps the annotated one, and a note: which of them is wrong is not known here.

    Parameters
    ----------
    item : str
        The picture, for notes.
    annotated : (width, height) or None
    header : Header or str
        Of the picture, or why it cannot be read.
    """
    if isinstance(header, str):
        return Sized(annotated or (0, 0), [])
    relation, size = match_size(annotated, header)
    if annotated is None:
        text = "its label file has no width and height: those of the picture are taken"
        return Sized(size, [Problem("no-size", item, text, False)])
    if relation == Relation.EQUAL:
        return Sized(annotated, [])
    mends = (
        ""
        if relation == Relation.OTHER
        else ": of the COCO file `convert COCO.json OUT.json --sizes` mends it"
    )
    text = "is {}x{}, its label file says {}x{}".format(*header.size(annotated), *annotated)
    return Sized(annotated, [Problem("size", item, text + mends, False)])
