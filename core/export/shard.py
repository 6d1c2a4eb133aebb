"""One shard, in a worker: images in, crops and a part of the manifest out."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core import pipeline
from core.annotations import Truth
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.export.plan import Shard, crop_name
from core.labelling import POSITIVE
from core.pipeline import Proposals, Setup
from core.sampling import Sampling, choose, render

_CLASS_FOLDERS = {0: "negative/", 1: "positive/"}


class Crop(NamedTuple):
    """A crop ready to be written: its JPEG bytes and its row of the manifest."""

    data: bytes
    row: dict[str, Any]


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

    Crops are written in a folder of their own and moved under their final names together.

    Returns
    -------
    dict
        The shard's counts: images, crops, positives, negatives, bytes, and the skipped images.
    """
    temporary = task.folder.temporary(task.shard.number)
    rows: list[dict[str, Any]] = []
    counts: dict[str, Any] = {
        "images": 0,
        "crops": 0,
        "positives": 0,
        "negatives": 0,
        "bytes": 0,
        "skipped": [],
    }
    for index, name in enumerate(task.shard.images.file_names):
        try:
            crops = list(_image_crops(task, index))
        except BoxscopeError as error:
            reason = str(error).removeprefix(f"{task.shard.images.path(index)}: ")
            counts["skipped"].append({"file": name, "reason": reason})
            continue
        counts["images"] += 1
        for crop in crops:
            _write(temporary / crop.row["path"], crop.data)
            rows.append(crop.row)
            counts["bytes"] += len(crop.data)
    counts["crops"] = len(rows)
    counts["positives"] = sum(row["label"] == POSITIVE for row in rows)
    counts["negatives"] = counts["crops"] - counts["positives"]
    # One call for the whole shard: an fsync a crop would cost more than making it.
    os.sync()
    _move(temporary, task.folder.path)
    manifest.write_part(task.folder.part(task.shard.number), rows, counts)
    return counts


def image_crops(
    setup: Setup, sampling: Sampling, dataset: CocoDataset, index: int, stem: str, format: str = "files"
) -> Iterator[Crop]:
    """Take one image down the road and make its crops.

    Raises
    ------
    BoxscopeError
        The picture cannot be used.
    """
    image, proposals = pipeline.look(setup, dataset, index)
    truth = dataset.truth(index)
    for rank in choose(proposals.labels, len(truth.objects), sampling).tolist():
        row = _row(proposals, truth, rank)
        name = crop_name(stem, rank, row["iou"], row["label"])
        row["image_id"] = int(dataset.image_ids[index])
        row["file_name"] = dataset.file_names[index]
        row["proposer"] = setup.proposer.name
        row["path"] = f"crops/{_CLASS_FOLDERS[row['label']] if format == 'imagefolder' else ''}{name}"
        yield Crop(render(image, proposals.boxes[rank], sampling), row)


def _image_crops(task: ShardTask, index: int) -> Iterator[Crop]:
    shard = task.shard
    return image_crops(task.setup, task.sampling, shard.images, index, shard.stems[index], task.format)


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


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _move(source: Path, target: Path) -> None:
    """Move every file to the same place under `target`, over what an unfinished run left there."""
    for path in sorted(path for path in source.rglob("*") if path.is_file()):
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
    shutil.rmtree(source, ignore_errors=True)
