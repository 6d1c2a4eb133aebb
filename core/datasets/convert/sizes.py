"""Annotated sizes of images corrected by the pictures: which are exchanged, scaled or missing.

Notation: I images, A annotations.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core import images
from core.datasets.inside import refusal_of
from core.datasets.judging.sizes import Relation, Size, SizeMatch, match_size
from core.errors import BoxscopeError
from core.files import AnyPath

_THREADS = 8


class NewSizes(NamedTuple):
    """Corrected sizes; :func:`correct_sizes` makes it.

    Attributes
    ----------
    changed : dict of int to SizeMatch
        By index of the image: what was wrong, and its new size.
    left : list of dict
        ``file`` and ``reason`` of each image whose size could not be corrected.
    """

    changed: dict[int, SizeMatch]
    left: list[dict[str, str]]

    def of(self, *relations: Relation) -> dict[int, SizeMatch]:
        """Return the images whose size was wrong in some ways."""
        return {n: match for n, match in self.changed.items() if match.relation in relations}

    @property
    def counts(self) -> dict[str, int]:
        """Number of images by what was wrong."""
        relations = [match.relation for match in self.changed.values()]
        return {
            str(relation): relations.count(relation)
            for relation in (Relation.MISSING, Relation.EXCHANGED, Relation.SCALED)
        }


def correct_sizes(
    folder: AnyPath,
    names: Sequence[str],
    paths: Sequence[str],
    sizes: NDArray[np.int64],
    corners: NDArray[np.float64],
    image: NDArray[np.int64],
) -> NewSizes:
    """Return the size of each picture where the annotations have another one, by the headers of the files.

    Parameters
    ----------
    folder : Path or RemotePath
        Of the pictures.
    names, paths : sequence of str, I long
        As in the file, and below `folder`.
    sizes : int64 (I, 2)
        As annotated, 0 where they are not.
    corners : float64 (A, 4)
        Boxes ``x0 y0 x1 y1`` in pixels; NaN where there is none.
    image : int64 (A,)
        Index of the image of each.

    Notes
    -----
    Width and height that are exchanged may also be those of a picture that was rotated after it was
    annotated. They are corrected where the boxes fit the picture; where these fit either way, only if no
    other image of the file has boxes that fit its annotated size alone.
    """
    reach = np.zeros((len(names), 2))
    known = np.isfinite(corners).all(axis=1) & (image >= 0)
    np.maximum.at(reach, image[known], corners[known, 2:])
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(lambda n: _match(folder, paths[n], sizes[n]), range(len(names))))
    changed: dict[int, SizeMatch] = {}
    left: list[dict[str, str]] = []
    rotated = any(
        isinstance(match, SizeMatch)
        and match.relation == Relation.EXCHANGED
        and not _holds(match.size, reach[n])
        for n, match in enumerate(found)
    )
    for n, match in enumerate(found):
        if isinstance(match, str):
            left.append({"file": names[n], "reason": match})
        elif reason := _why_left(match, tuple(sizes[n].tolist()), reach[n], rotated):
            left.append({"file": names[n], "reason": reason})
        elif match.relation != Relation.EQUAL:
            changed[n] = match
    return NewSizes(changed, left)


def _match(folder: AnyPath, name: str, size: NDArray[np.int64]) -> SizeMatch | str:
    """Return how the annotated size is related to the picture, or why that cannot be read."""
    if reason := refusal_of(name):
        return reason
    path = folder / name
    width, height = size.tolist()
    try:
        return match_size((width, height) if width > 0 and height > 0 else None, images.header(path))
    except BoxscopeError as error:
        return error.without(path)


def _why_left(match: SizeMatch, annotated: Size, reach: NDArray[np.float64], rotated: bool) -> str:
    """Return why a size is not corrected, empty where it is or need not be."""
    difference = "is {}x{}, the annotations say {}x{}".format(*match.size, *annotated)
    if match.relation == Relation.OTHER:
        return f"{difference}: another aspect"
    if match.relation != Relation.EXCHANGED:
        return ""
    if not _holds(match.size, reach):
        return f"{difference}: exchanged, but its boxes do not fit the picture, which may have been rotated"
    if rotated and _holds(annotated, reach):
        return f"{difference}: its boxes fit either way, and other pictures of the file seem to be rotated"
    return ""


def _holds(size: Size, reach: NDArray[np.float64]) -> bool:
    """Return whether boxes that reach to a point lie in a picture of a size, but for a pixel."""
    return bool((reach <= np.add(size, 1)).all())
