"""The objects that no tile of a proposer on tiles holds as a whole, and which of them are found."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core import wording
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.evaluation.evaluation import Evaluation
from core.proposers import Proposer, Tiles
from core.truth import Truth


def of_image(proposer: Proposer, size: tuple[int, int], truth: Truth, boxes: Boxes, iou: float) -> str:
    """Return in a sentence how many objects of an image inner borders cut, and how they are found.

    Empty for a proposer without tiles, and for a picture of one tile.

    Parameters
    ----------
    proposer : Proposer
    size : (width, height)
    truth : Truth
    boxes : float32 (N, 4)
        The proposals that count.
    iou : float
        From which an object is found.
    """
    objects = truth.boxes[truth.objects]
    if not isinstance(proposer, Tiles) or len(grid := proposer.grid(*size)) == 1 or not len(objects):
        return ""
    cut = objects[grid.cuts(objects)]
    if not len(cut):
        return "No object is cut by the inner borders of the tiles"
    # A box that lies in no tile as a whole is one that was joined.
    best, in_one_tile = _best(boxes, cut), _best(boxes[~grid.cuts(boxes)], cut)
    found = int((best >= iou).sum())
    alone = int(((best >= iou) & (in_one_tile < iou)).sum())
    return f"{_cut(len(cut), len(objects))}: {found:,} found, {alone:,} by joined boxes alone"


def of_dataset(proposer: Proposer, dataset: CocoDataset) -> str:
    """Return in a sentence how many objects of a data set inner borders cut.

    By the sizes that its file gives. Empty for a proposer without tiles, and where no border cuts one.
    """
    if not isinstance(proposer, Tiles):
        return ""
    cut = np.zeros(len(dataset.all_truth.boxes), bool)
    for index, size in enumerate(dataset.sizes.tolist()):
        rows = slice(dataset.starts[index], dataset.starts[index + 1])
        if min(size) > 0 and len(grid := proposer.grid(*size)) > 1:
            cut[rows] = grid.cuts(dataset.all_truth.boxes[rows])
    single = ~dataset.all_truth.crowd
    count = int((cut & single).sum())
    return _cut(count, int(single.sum())) if count else ""


def figures(proposer: Proposer, evaluation: Evaluation, budget: int, iou: float) -> dict[str, Any]:
    """Return how many objects of an evaluation inner borders cut, and how many of these are found.

    Returns
    -------
    dict
        ``cut_by_tiles`` with ``objects`` and ``found``; empty for a proposer without tiles.
    """
    if not isinstance(proposer, Tiles):
        return {}
    cut = np.zeros(len(evaluation.boxes), bool)
    for row, size in enumerate(evaluation.sizes.tolist()):
        of_row = evaluation.image == row
        cut[of_row] = proposer.grid(*size).cuts(evaluation.boxes[of_row])
    found = cut & evaluation.found(budget, iou)
    return {"cut_by_tiles": {"objects": int(cut.sum()), "found": int(found.sum())}}


def _cut(count: int, objects: int) -> str:
    are = "is" if count == 1 else "are"
    of_all = f"{count:,} of {wording.count(objects, 'object')}"
    return f"{of_all} {are} cut by inner borders of the tiles"


def _best(boxes: Boxes, objects: Boxes) -> NDArray[np.float32]:
    return np.asarray(bx.iou(boxes, objects).max(axis=0, initial=0))
