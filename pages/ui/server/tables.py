"""Binary tables for the browser: a head in JSON, then arrays of numbers.

uint32 n, n bytes of JSON padded with spaces so that 4 + n is a multiple of 8, then the arrays; all
little-endian. As JSON the numbers would take three times as many bytes, and have to be parsed one by one.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.datasets import CocoDataset
from core.evaluation import Coverage, Records
from core.evaluation.outcome import FalsePositives
from core.pipeline import Proposals, Setup
from core.proposals.removed import REASONS, Removed
from core.truth import Truth
from pages.ui.server import addresses
from pages.ui.state import image_ids
from pages.ui.state.cached import ImageResult

MEDIA = "application/octet-stream"
_HEAD = 4


def pack(head: dict[str, Any], *arrays: NDArray[Any]) -> bytes:
    """Return a head and arrays packed into one table.

    Parameters
    ----------
    head : dict
        Values that JSON can hold; ids among them as texts, see :mod:`pages.ui.state.image_ids`.
    *arrays : float32, float64 or int64 arrays
        All of 32 bits or all of 64, so that each begins at a multiple of its own.
    """
    text = json.dumps(head, ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-(len(text) + _HEAD) % 8)
    rows = b"".join(np.ascontiguousarray(a, a.dtype.newbyteorder("<")).tobytes() for a in arrays)
    return len(text).to_bytes(_HEAD, "little") + text + rows


def unpack(answer: bytes, columns: int, kind: str = "<f4") -> tuple[dict[str, Any], NDArray[Any]]:
    """Return head and rows of a table of one array of :func:`pack`, read as the browser does."""
    end = _HEAD + int.from_bytes(answer[:_HEAD], "little")
    return json.loads(answer[_HEAD:end]), np.frombuffer(answer[end:], kind).reshape(-1, columns)


def proposals(dataset: CocoDataset, index: int, setup: Setup, result: ImageResult) -> bytes:
    """Return the table of a viewer: rows (N, 7) of x0 y0 x1 y1 iou kind match, best first, N is ``count``.

    After them come the scores (N,) where ``scores`` is their [smallest, largest] and not null, then indices
    (N,) into ``categories`` where that is not null, and the mask pixels (N,) in each where ``masks`` is true:
    the label rule counts them. ``match`` is an index among the objects without crowd
    regions, -1 for none. ``records`` lists for each object the ranks at which its best IoU rises: the last
    one with rank < k is that of the first k proposals. ``rule`` is the one of
    the kinds; which objects are found the browser decides, by the recall threshold.
    """
    shown, labels, truth = result.proposals, result.proposals.labels, dataset.truth(index)
    rows = np.column_stack([shown.boxes, labels.iou, labels.kind, objects_only(labels.match, truth)])
    head = _head(dataset, index, setup, (result.width, result.height))
    head |= {"records": _records(result.records), "seconds": shown.seconds, "count": len(rows)}
    head |= {"scores": _score_range(setup, shown), "categories": None, "masks": setup.rule.asks_for_masks}
    more = [] if shown.scores is None else [shown.scores]
    if shown.categories is not None:
        numbers, which = np.unique(shown.categories, return_inverse=True)
        head["categories"] = [category_name(dataset, int(number)) for number in numbers]
        more.append(which.astype(np.float32))
    if setup.rule.asks_for_masks:
        more.append(labels.mask.astype(np.float32))
    return pack(head, rows.astype(np.float32), *more)


def _score_range(setup: Setup, shown: Proposals) -> tuple[float, float] | None:
    """Return the scores that a proposer gives, as far as it is known: of all images, else of this one."""
    if shown.scores is None:
        return None
    if known := setup.proposer.score_range:
        return known
    return (float(shown.scores.min()), float(shown.scores.max())) if len(shown.scores) else (0.0, 1.0)


def category_name(dataset: CocoDataset, number: int) -> str:
    """Return the name of a category."""
    return dataset.categories.get(number, f"category {number}")


def without_boxes(dataset: CocoDataset, index: int, setup: Setup) -> bytes:
    """Return the table of an image without proposals: its picture and its ground truth."""
    head = _head(dataset, index, setup, addresses.size(dataset, index))
    head |= {"records": [[] for _ in head["truth"]], "seconds": 0.0, "count": 0}
    head |= {"scores": None, "categories": None, "masks": False}
    return pack(head, np.zeros((0, 7), np.float32))


def origins(shown: Proposals) -> bytes:
    """Return which step of the proposer each proposal comes from, best first.

    Rows (N, 1) are indices into ``names``; without steps there are no rows.
    """
    origins = shown.origins
    steps = [] if origins is None else [origins.describe(rank) for rank in range(len(shown.boxes))]
    number_of = {name: number for number, name in enumerate(dict.fromkeys(steps))}
    rows = np.array([number_of[name] for name in steps], np.float32)
    return pack({"names": list(number_of)}, rows[:, None])


def removed(of: Removed) -> bytes:
    """Return the table of removed boxes: rows (M, 7) of x0 y0 x1 y1 reason by iou.

    ``reason`` is an index into ``reasons``, ``by`` the rank of the proposal that suppresses it, -1 for none;
    ``counts`` says how many were removed for each reason, of which the rows may be the first.
    """
    rows = np.column_stack([of.boxes, of.reason, of.by, of.iou]).astype(np.float32)
    return pack({"reasons": REASONS, "counts": of.counts}, rows)


def reasons(of: Sequence[str]) -> bytes:
    """Return the table of why each object is missed, "" for one that is found; it has no rows."""
    return pack({"reasons": of}, np.zeros(0, np.float32))


def _head(dataset: CocoDataset, index: int, setup: Setup, size: tuple[int, int]) -> dict[str, Any]:
    return {
        **_image(dataset, index, *size),
        **_truth(dataset, dataset.truth(index)),
        "rule": {"iou": setup.rule.iou, "inclusive": setup.rule.inclusive},
        "error": None,
    }


def objects_only(match: NDArray[np.int64], truth: Truth) -> NDArray[np.int64]:
    """Return rows of a Truth as indices among its objects without crowd regions; -1 stays."""
    row = np.full(len(truth.boxes) + 1, -1)
    row[truth.objects] = np.arange(len(truth.objects))
    return row[match]


def object_names(dataset: CocoDataset, truth: Truth) -> list[str]:
    """Return the names of the objects of an image, such as ``crack 1``."""
    categories = [category_name(dataset, int(c)) for c in truth.category[truth.objects]]
    return [f"{name} {number + 1}" for number, name in enumerate(categories)]


def _image(dataset: CocoDataset, index: int, width: int, height: int) -> dict[str, Any]:
    small = max(width, height) <= addresses.SCREEN
    return {
        "image": image_ids.text_of(dataset, index),
        "index": index,
        "name": dataset.file_names[index],
        "width": width,
        "height": height,
        "picture": addresses.picture(dataset, index),
        "screen": addresses.picture(dataset, index, 0 if small else addresses.SCREEN),
        "tiles": addresses.tiles(dataset, index, width, height),
    }


def _truth(dataset: CocoDataset, truth: Truth) -> dict[str, Any]:
    return {
        "truth": _corners(truth.boxes[truth.objects]),
        "truthNames": object_names(dataset, truth),
        "crowds": _corners(truth.boxes[truth.crowd]),
    }


def _corners(boxes: Boxes) -> list[list[float]]:
    return [[float(value) for value in box] for box in boxes]


def _records(records: Records) -> list[list[list[float]]]:
    return [
        [[int(rank), float(iou)] for rank, iou in zip(ranks, ious, strict=True)]
        for ranks, ious in zip(records.rank, records.iou, strict=True)
    ]


def queue(
    dataset: CocoDataset,
    indices: NDArray[np.int64],
    coverages: Sequence[Coverage | None] | None,
    false: Sequence[FalsePositives | None] | None = None,
) -> bytes:
    """Return the table of the images in the order of the queue.

    Parameters
    ----------
    indices : int64 (I,)
    coverages : sequence of Coverage or None, I long, or None
        None in the sequence: not measured. None for all: ids alone.
    false : sequence of FalsePositives or None, I long, or None
        None for all: without them.

    Returns
    -------
    bytes
        Ids int64 (I,), then float64 (I, C): C is 0 without coverages, else 3: objects, -1 where there is
        none but may be one; missed; mean best IoU; the last two -1 where not measured. With false positives
        C is 5: their number, -1 where not measured, and their highest score.
    """
    ids = dataset.image_ids[indices].astype(np.int64)
    if coverages is None:
        return pack({"images": len(ids), "columns": 0}, ids)
    known = [(-1, -1.0) if c is None else (c.missed, c.mean_iou) for c in coverages]
    numbers = np.array(known, np.float64).reshape(-1, 2)
    counts, empty = dataset.object_counts[indices], dataset.surely_empty[indices]
    rows = np.column_stack([np.where((counts > 0) | empty, counts, -1), numbers])
    if false is not None:
        of_false = [(-1, 0.0) if each is None else (each.number, max(each.highest, -3e38)) for each in false]
        rows = np.column_stack([rows, np.array(of_false, np.float64).reshape(-1, 2)])
    return pack({"images": len(ids), "columns": rows.shape[1]}, ids, rows)


def image_list(dataset: CocoDataset, indices: NDArray[np.int64], numbers: NDArray[np.float64]) -> bytes:
    """Return the table of a list that a page has made, as :func:`queue`, with numbers float64 (I, C)."""
    ids = dataset.image_ids[indices].astype(np.int64)
    return pack({"images": len(ids), "columns": numbers.shape[1]}, ids, numbers)
