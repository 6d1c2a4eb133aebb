"""One shard, in a worker: images in, crops and a part of the manifest out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import pipeline
from core.cutting import Cutter
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import checkpoint
from core.export import manifest
from core.export.config import Shard
from core.export.decision import Decision, Quota, decide
from core.export.folder import ExportFolder
from core.export.formats import FORMATS, Crop
from core.files import printable
from core.images import Image
from core.labelling import POSITIVE
from core.pipeline import Setup
from core.runs import skipped
from core.sampling import Candidates, Sampling, Source
from core.truth import Truth

# The quota of an image that could not be used when the offers were counted.
UNUSABLE = (-1, -1)


@dataclass(frozen=True)
class ShardTask:
    """What a worker needs to write one shard; a quota for each image where caps reach over the set."""

    shard: Shard
    setup: Setup
    sampling: Sampling
    format: str
    folder: ExportFolder
    quotas: tuple[Quota, ...] | None = None


@dataclass(frozen=True, eq=False)
class Decided:
    """An image with what is decided about its boxes.

    Attributes
    ----------
    image : uint8 (H, W, 3)
    truth : Truth
    decision : Decision
    """

    image: Image
    truth: Truth
    decision: Decision


def write_shard(task: ShardTask) -> dict[str, Any]:
    """Write the crops of a shard, then its part of the manifest, whose presence says it is done.

    Returns
    -------
    dict
        The shard's counts: images, crops, positives, negatives, bytes, the skipped images; and its
        file, None where a crop is one.
    """
    counts: dict[str, Any] = dict.fromkeys(("images", "crops", "positives", "negatives", "bytes"), 0)
    counts["skipped"] = []
    rows: list[dict[str, Any]] = []
    form, folder = FORMATS[task.format], task.folder
    with form.writer(folder.path, folder.work, task.shard.number) as writer:
        for index in range(len(task.shard.images)):
            try:
                crops = list(_image_crops(task, index))
            except BoxscopeError as error:
                counts["skipped"].append(skipped(task.shard.images, index, error))
                continue
            checkpoint()
            counts["images"] += 1
            counts["bytes"] += sum(len(crop.data) for crop in crops)
            rows += [{**crop.row, **writer.add(crop)} for crop in crops]
        checkpoint()
        counts["shard"] = writer.finish()
    counts["crops"] = len(rows)
    counts["positives"] = sum(row["label"] == POSITIVE for row in rows)
    counts["negatives"] = counts["crops"] - counts["positives"]
    columns = manifest.schema(form.columns)
    manifest.write_part(folder.parts.path(task.shard.number), rows, columns, counts)
    return counts


def expect_complete(shard: Shard, index: int) -> None:
    """Make sure that an image of a shard lost no object.

    Raises
    ------
    BoxscopeError
        What would be cut from it as negatives might show one, see :mod:`core.export.incomplete`.
    """
    if shard.reasons[index]:
        raise BoxscopeError(shard.reasons[index])


def _image_crops(task: ShardTask, index: int) -> Iterator[Crop]:
    images, stem = task.shard.images, task.shard.stems[index]
    quota = None if task.quotas is None else task.quotas[index]
    if quota == (0, 0):
        return
    expect_complete(task.shard, index)
    decided = decide_image(task.setup, task.sampling, images, index, None if quota == UNUSABLE else quota)
    if quota == UNUSABLE:
        raise BoxscopeError(
            "could not be used when the crops were counted, though now it can: it has no share"
        )
    cut = FORMATS[task.format].needs_pixels
    yield from image_crops(decided, task.setup, task.sampling, images, index, stem, cut)


def decide_image(
    setup: Setup, sampling: Sampling, dataset: CocoDataset, index: int, quota: Quota | None = None
) -> Decided:
    """Take one image through the pipeline and decide which of its boxes become crops.

    Parameters
    ----------
    setup : Setup
    sampling : Sampling
    dataset : CocoDataset
    index : int
    quota : (positives, negatives) or None
        See :func:`core.export.decision.decide`.

    Raises
    ------
    BoxscopeError
        The picture cannot be used.
    """
    image, proposals = pipeline.process_image(setup, dataset, index)
    truth, image_id = dataset.truth(index), int(dataset.image_ids[index])
    height, width = image.shape[:2]
    size = width, height
    return Decided(image, truth, decide(proposals, truth, setup.rule, sampling, image_id, size, quota=quota))


def image_crops(
    decided: Decided,
    setup: Setup,
    sampling: Sampling,
    dataset: CocoDataset,
    index: int,
    stem: str,
    cut: bool = True,
) -> Iterator[Crop]:
    """Cut the crops of one image, by rank; without `cut` they have no bytes."""
    facts = {
        "image_id": int(dataset.image_ids[index]),
        "file_name": printable(dataset.file_names[index]),
        "proposer": setup.proposer.name,
    }
    cutter = Cutter(decided.image, sampling.cut)
    chosen = decided.decision.boxes.take(decided.decision.written)
    for row in range(len(chosen)):
        data = cutter.encode(chosen.boxes[row]) if cut else b""
        yield Crop(data, {**facts, **_row(chosen, decided.truth, row)}, stem)


def _row(chosen: Candidates, truth: Truth, n: int) -> dict[str, Any]:
    labels, match = chosen.labels, int(chosen.labels.match[n])
    row: dict[str, Any] = dict(zip(("x0", "y0", "x1", "y1"), _floats(chosen.boxes[n]), strict=True))
    row |= {"rank": int(chosen.rank[n]), "source": Source(chosen.source[n]).name.lower()}
    row |= {"iou": float(labels.iou[n]), "label": int(labels.kind[n])}
    if match >= 0:
        corners = zip(("gt_x0", "gt_y0", "gt_x1", "gt_y1"), _floats(truth.boxes[match]), strict=True)
        row |= {"gt_id": int(truth.ids[match]), **dict(corners)}
    return row


def _floats(box: np.ndarray) -> list[float]:
    return [float(side) for side in box]
