"""A proposer run on each tile, and what it found put together."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.images import Image
from core.proposers.base import Proposer
from core.proposers.found import Found
from core.proposers.origins import Origins
from core.proposers.tiles.grid import TileGrid
from core.proposers.tiles.joining import Placed, join


class TilesFound(NamedTuple):
    """What the part found in each tile, by row and column, and all of it in one."""

    placed: list[list[Placed]]
    found: Found


def search(part: Proposer, image: Image, grid: TileGrid) -> TilesFound:
    """Return what a proposer finds in each tile, one at a time."""
    count = 0
    placed: list[list[Placed]] = [[] for _ in grid.rows]
    all_found: list[Found] = []
    for of_row, (top, bottom) in zip(placed, grid.rows, strict=True):
        for left, right in grid.columns:
            found = part.propose(np.ascontiguousarray(image[top:bottom, left:right]))
            rows = np.arange(len(found.boxes))
            boxes = found.boxes + np.array([left, top, left, top], np.float32)
            place = rows if found.scores is None else -found.scores
            of_row.append(Placed(boxes, place.astype(np.float64), count + rows))
            all_found.append(found)
            count += len(rows)
    return TilesFound(placed, _concatenated(all_found))


def together(placed: list[list[Placed]], grid: TileGrid, duplicates: float) -> tuple[Placed, int]:
    """Return the boxes of all tiles joined, and how many cut ones have found their continuation."""
    cut, rows = 0, []
    for row in placed:
        whole = row[0]
        for number, tile in enumerate(row[1:], 1):
            band = (grid.columns[number][0], grid.columns[number - 1][1])
            whole, joined = join(whole, tile, band, 0, duplicates)
            cut += joined
        rows.append(whole)
    whole = rows[0]
    for number, below in enumerate(rows[1:], 1):
        band = (grid.rows[number][0], grid.rows[number - 1][1])
        whole, joined = join(whole, below, band, 1, duplicates)
        cut += joined
    return whole, cut


def _concatenated(found: list[Found]) -> Found:
    """Return what was found in all tiles; steps and categories only where every tile has the same kinds."""
    boxes = np.concatenate([each.boxes for each in found])
    scores = [each.scores for each in found if each.scores is not None]
    categories = [each.categories for each in found if each.categories is not None]
    return Found(
        boxes,
        np.concatenate(scores) if len(scores) == len(found) else None,
        _origins([each.origins for each in found]),
        np.concatenate(categories) if len(categories) == len(found) else None,
    )


def _origins(of_tiles: list[Origins | None]) -> Origins | None:
    known = [each for each in of_tiles if each is not None]
    if len(known) < len(of_tiles) or len({each.names for each in known}) > 1:
        return None
    levels = [each.level for each in known if each.level is not None]
    level = np.concatenate(levels) if len(levels) == len(known) else None
    return Origins(known[0].names, np.concatenate([each.step for each in known]), level)


def among(boxes: Boxes, others: Boxes) -> NDArray[np.bool_]:
    """Return which boxes are among others: bool (N,)."""
    known = {box.tobytes() for box in others}
    return np.array([box.tobytes() in known for box in boxes], bool)
