"""Writing one shard, in a worker: the crops of its images and its part of the manifest."""

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
from core.export.image_crops import CROPS, ImageCrops
from core.export.incomplete import no_negatives, reason_left_out
from core.export.kept import KeptImages
from core.export.names import class_folders
from core.files import printable
from core.images import Image
from core.labelling import POSITIVE
from core.pipeline import Setup
from core.runs import skipped
from core.sampling import Candidates, Sampling, Source
from core.sampling.classes import Classes, certain_category
from core.truth import Truth

# Stands for the quota of an image that could not be used when the offers were counted.
UNUSABLE = (-1, -1)


@dataclass(frozen=True)
class ShardTask:
    """What a worker needs to write one shard; with a quota for each image where caps span the set.

    Attributes
    ----------
    kept : tuple of str
        The files in which earlier runs kept images of it.
    """

    shard: Shard
    setup: Setup
    sampling: Sampling
    format: str
    folder: ExportFolder
    quotas: tuple[Quota, ...] | None = None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Decided:
    """An image with the decision about its boxes.

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
    """Write the crops of a shard, then its part of the manifest, whose presence means that it is done.

    Returns
    -------
    dict
        The shard's counts ``images``, ``crops``, ``positives``, ``negatives`` and ``bytes``; ``skipped``,
        the images that cannot be used; ``no_negatives``, those in doubt; and ``shard``, see
        :meth:`core.export.formats.Writer.finish`.
    """
    counts: dict[str, Any] = dict.fromkeys(("images", "crops", "positives", "negatives", "bytes"), 0)
    counts |= {"skipped": [], "no_negatives": []}
    rows: list[dict[str, Any]] = []
    form, folder = FORMATS[task.format], task.folder
    number, images = task.shard.number, len(task.shard.images)
    with (
        KeptImages(CROPS, folder.work, number, task.kept) as kept,
        form.writer(folder.path, folder.work, number) as writer,
    ):
        for image in kept.each(images, lambda index: _image(task, index)):
            checkpoint()
            for name, value in image.counts.items():
                counts[name] += value
            counts["bytes"] += sum(len(crop.data) for crop in image.crops)
            rows += [{**crop.row, **writer.add(crop)} for crop in image.crops]
        counts["shard"] = writer.finish()
    counts["crops"] = len(rows)
    counts["positives"] = sum(row["label"] == POSITIVE for row in rows)
    counts["negatives"] = counts["crops"] - counts["positives"]
    columns = manifest.schema(form.columns)
    manifest.write_part(folder.parts.path(number), rows, columns, counts)
    kept.remove()
    return counts


def _image(task: ShardTask, index: int) -> ImageCrops:
    images = task.shard.images
    try:
        crops = list(_image_crops(task, index))
    except BoxscopeError as error:
        return ImageCrops([], {"images": 0, "skipped": [skipped(images, index, error)], "no_negatives": []})
    return ImageCrops(crops, {"images": 1, "skipped": [], "no_negatives": no_negatives(images, index)})


def expect_crops(dataset: CocoDataset, index: int) -> None:
    """Raise if an image gives no crops by its annotations alone.

    Raises
    ------
    BoxscopeError
        It is in doubt and no object is left of it, see :mod:`core.export.incomplete`.
    """
    if reason := reason_left_out(dataset, index):
        raise BoxscopeError(reason)


def _image_crops(task: ShardTask, index: int) -> Iterator[Crop]:
    images, stem = task.shard.images, task.shard.stems[index]
    quota = None if task.quotas is None else task.quotas[index]
    if quota == (0, 0):
        return
    expect_crops(images, index)
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
    """Run the pipeline on an image and return the decision which of its boxes become crops.

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
    decision = decide(
        proposals,
        truth,
        setup.rule,
        sampling,
        image_id,
        (width, height),
        doubt=dataset.doubts[index],
        quota=quota,
    )
    return Decided(image, truth, decision)


def image_crops(
    decided: Decided,
    setup: Setup,
    sampling: Sampling,
    dataset: CocoDataset,
    index: int,
    stem: str,
    cut: bool = True,
) -> Iterator[Crop]:
    """Yield the crops of one image by rank; if not `cut`, without their bytes."""
    height, width = decided.image.shape[:2]
    of_image = {
        "image_id": int(dataset.image_ids[index]),
        "file_name": printable(dataset.file_names[index]),
        "proposer": setup.proposer.name,
        "remark": setup.proposer.remark(width, height) or None,
    }
    classes = Classes.of(dataset.categories, sampling.labels)
    folders = class_folders(classes.names)
    cutter = Cutter(decided.image, sampling.cut)
    chosen = decided.decision.boxes.take(decided.decision.written)
    for row in range(len(chosen)):
        data = cutter.encode(chosen.boxes[row]) if cut else b""
        facts = {**of_image, **_facts(chosen, decided.truth, row, classes)}
        yield Crop(data, facts, stem, folders[facts["class"]])


def _facts(chosen: Candidates, truth: Truth, row: int, classes: Classes) -> dict[str, Any]:
    labels, match, score = chosen.labels, int(chosen.labels.match[row]), float(chosen.score[row])
    label, category = int(labels.kind[row]), certain_category(labels, row, truth)
    facts: dict[str, Any] = dict(zip(("x0", "y0", "x1", "y1"), _floats(chosen.boxes[row]), strict=True))
    facts |= {"rank": int(chosen.rank[row]), "source": Source(chosen.source[row]).name.lower()}
    facts |= {"score": None if np.isnan(score) else score}
    facts |= {"iou": float(labels.iou[row]), "inside": float(labels.inside[row])}
    facts |= {"mask_pixels": int(labels.mask[row]) if labels.mask[row] >= 0 else None}
    if match >= 0:
        corners = zip(("gt_x0", "gt_y0", "gt_x1", "gt_y1"), _floats(truth.boxes[match]), strict=True)
        facts |= {"gt_id": int(truth.ids[match]), "gt_category": category, **dict(corners)}
    facts |= {"label": label, "class": classes.number(label, category)}
    facts |= {"category": category if label == POSITIVE else None}
    return facts


def _floats(box: np.ndarray) -> list[float]:
    return [float(side) for side in box]
