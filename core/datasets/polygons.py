"""The smallest boxes around many polygons at once, in a tenth of the time of one after the other."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import msgspec
import numpy as np
import simdjson
from numpy.typing import NDArray

_OPEN, _CLOSE, _COMMA = b"[],"
# Numbers have no other signs that are alike but for the bits in which the brackets differ.
_UNLIKE = _OPEN ^ _CLOSE
_BOTH = _OPEN | _CLOSE
# The shortest polygon: six numbers of one digit.
_SHORTEST = len("[[0,0,0,0,0,0]]")


class PolygonBoxes(NamedTuple):
    """The result of :meth:`PolygonReader.boxes`.

    Attributes
    ----------
    rows : int64 (P,)
        The segmentations that are polygons, each of three points or more, ascending.
    boxes : float64 (P, 4)
        Smallest box ``x0 y0 x1 y1`` around each.
    """

    rows: NDArray[np.int64]
    boxes: NDArray[np.float64]


_NONE = PolygonBoxes(np.zeros(0, np.int64), np.zeros((0, 4)))


class PolygonReader:
    """Reads polygons; not to be shared by threads."""

    def __init__(self) -> None:
        self._parser = simdjson.Parser()

    def boxes(self, texts: Sequence[msgspec.Raw]) -> PolygonBoxes:
        """Return the boxes around those segmentations that are plain lists of polygons.

        Of lists that are not all sound, nothing is returned: they are to be read one by one.

        Parameters
        ----------
        texts : sequence of Raw
            The JSON of each segmentation.
        """
        found = self._all(texts)
        if found is not None:
            return PolygonBoxes(np.arange(len(texts)), found)
        rows = [n for n, text in enumerate(texts) if _may_be_polygons(text)]
        found = self._all([texts[n] for n in rows]) if 0 < len(rows) < len(texts) else None
        return _NONE if found is None else PolygonBoxes(np.array(rows, np.int64), found)

    def _all(self, texts: Sequence[msgspec.Raw]) -> NDArray[np.float64] | None:
        """Return the box of each segmentation; None where one of them is not a list of sound polygons."""
        joined = b",".join(texts)
        if b"{" in joined or b'"' in joined:
            return None
        try:
            values = cast(simdjson.Array, self._parser.parse(b"[%b]" % joined))
            numbers = np.frombuffer(values.as_buffer(of_type="d"))
        except (TypeError, ValueError, RuntimeError):  # a number beyond float64, or no number
            return None
        layout = _layout(np.frombuffer(joined, np.uint8), len(texts))
        if layout is None or layout.sum() != len(numbers):
            return None
        points = numbers.reshape(-1, 2)
        firsts = (np.cumsum(layout) - layout) // 2
        return np.concatenate([np.minimum.reduceat(points, firsts), np.maximum.reduceat(points, firsts)], 1)


def _may_be_polygons(text: msgspec.Raw) -> bool:
    view = memoryview(text)
    return len(view) >= _SHORTEST and view[0] == _OPEN


def _layout(text: NDArray[np.uint8], count: int) -> NDArray[np.int64] | None:
    """Return how many numbers each of `count` lists of polygons has, if all are such lists.

    None where brackets are nested otherwise, or a polygon has an odd number of numbers or less than six. That
    nothing but numbers stands between commas is for the caller to know.
    """
    brackets = np.flatnonzero((text | _UNLIKE) == _BOTH)
    opens = text[brackets] == _OPEN
    depth = np.cumsum(np.where(opens, 1, -1))
    starts = np.flatnonzero(opens & (depth == 1))
    polygons = np.flatnonzero(opens & (depth == 2))
    if len(starts) != count or not len(polygons) or depth.max() != 2:
        return None
    commas = np.flatnonzero(text == _COMMA)
    before = np.searchsorted(commas, brackets)
    numbers = before[polygons + 1] - before[polygons] + 1
    if (numbers < 6).any() or (numbers % 2).any():
        return None
    of_list = np.searchsorted(starts, polygons) - 1
    return np.bincount(of_list, numbers, count).astype(np.int64) if _is_each(of_list, count) else None


def _is_each(of_list: NDArray[np.int64], count: int) -> bool:
    """Return whether each list has a polygon."""
    return len(of_list) >= count and bool((np.bincount(of_list, minlength=count) > 0).all())
