"""One shard, in a worker: images in, crops and a part of the manifest out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import pipeline
from core.annotations import Truth
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.export.formats import FORMATS
from core.export.plan import Shard
from core.export.writers import Crop
from core.labelling import POSITIVE
from core.pipeline import Proposals, Setup
from core.sampling import Sampling, choose, render


@dataclass(frozen=True)
class ShardTask:
    """What a worker needs to write one shard."""

    shard: Shard
    setup: Setup
    sampling: Sampling
    format: str
    folder: ExportFolder


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
    kind = FORMATS[task.format].writer
    with kind(task.folder, task.shard.number) as writer:
        for index, name in enumerate(task.shard.images.file_names):
            try:
                crops = list(_image_crops(task, index))
            except BoxscopeError as error:
                reason = str(error).removeprefix(f"{task.shard.images.path(index)}: ")
                counts["skipped"].append({"file": name, "reason": reason})
                continue
            counts["images"] += 1
            counts["bytes"] += sum(len(crop.data) for crop in crops)
            rows += [{**crop.row, **writer.add(crop)} for crop in crops]
        counts["shard"] = writer.finish()
    counts["crops"] = len(rows)
    counts["positives"] = sum(row["label"] == POSITIVE for row in rows)
    counts["negatives"] = counts["crops"] - counts["positives"]
    columns = manifest.schema(kind.columns)
    manifest.write_part(task.folder.part(task.shard.number), rows, columns, counts)
    return counts


def image_crops(
    setup: Setup, sampling: Sampling, dataset: CocoDataset, index: int, stem: str
) -> Iterator[Crop]:
    """Take one image down the road and make its crops.

    Raises
    ------
    BoxscopeError
        The picture cannot be used.
    """
    image, proposals = pipeline.look(setup, dataset, index)
    truth = dataset.truth(index)
    facts = {
        "image_id": int(dataset.image_ids[index]),
        "file_name": dataset.file_names[index],
        "proposer": setup.proposer.name,
    }
    for rank in choose(proposals.labels, len(truth.objects), sampling).tolist():
        data = render(image, proposals.boxes[rank], sampling)
        yield Crop(data, {**facts, **_row(proposals, truth, rank)}, stem)


def _image_crops(task: ShardTask, index: int) -> Iterator[Crop]:
    images, stem = task.shard.images, task.shard.stems[index]
    return image_crops(task.setup, task.sampling, images, index, stem)


def _row(proposals: Proposals, truth: Truth, rank: int) -> dict[str, Any]:
    labels, match = proposals.labels, int(proposals.labels.match[rank])
    row: dict[str, Any] = dict(zip(("x0", "y0", "x1", "y1"), _floats(proposals.boxes[rank]), strict=True))
    row |= {"rank": rank, "iou": float(labels.iou[rank]), "label": int(labels.kind[rank])}
    if match >= 0:
        corners = zip(("gt_x0", "gt_y0", "gt_x1", "gt_y1"), _floats(truth.boxes[match]), strict=True)
        row |= {"gt_id": int(truth.ids[match]), **dict(corners)}
    return row


def _floats(box: np.ndarray) -> list[float]:
    return [float(side) for side in box]
