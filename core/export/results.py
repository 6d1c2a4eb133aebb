"""Proposals alone, without labels and crops: COCO results, which pycocotools and FiftyOne read."""

import json
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core import parameters, pipeline
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import Engine, checkpoint, completed
from core.export.folder import ExportFolder
from core.export.shard import expect_folder
from core.files import AnyPath, files_at, os_reason
from core.files.atomic import write_json, write_whole
from core.pipeline import Setup

# Images that one task takes: as in a shard of crops.
TASK_IMAGES = 8


@dataclass(frozen=True)
class Results:
    """How far a file of results is.

    Attributes
    ----------
    total, images, proposals : int
        Images of the data set, those done, and their proposals.
    skipped : tuple of dict
        ``file`` and ``reason`` of each image that could not be used.
    """

    total: int
    images: int = 0
    proposals: int = 0
    skipped: tuple[dict[str, str], ...] = ()

    @property
    def done(self) -> int:
        """Images dealt with, skipped ones included."""
        return self.images + len(self.skipped)

    def add(self, counts: dict[str, Any]) -> "Results":
        """Add the counts of a part."""
        return replace(
            self,
            images=self.images + counts["images"],
            proposals=self.proposals + counts["proposals"],
            skipped=(*self.skipped, *counts["skipped"]),
        )


@dataclass(frozen=True, eq=False)
class _Task:
    """What a worker needs to write some lines of the file."""

    part: AnyPath
    images: CocoDataset
    setup: Setup
    category: int


def write_results(
    dataset: CocoDataset,
    setup: Setup,
    path: AnyPath,
    executor: Executor,
    workers: int = 1,
    overwrite: bool = False,
) -> Iterator[Results]:
    """Write the proposals of a data set as COCO results; the last value yielded has all images.

    An entry is ``image_id``, ``category_id``, ``bbox`` (x, y, width, height in pixels) and ``score``. The
    score is 1 / (1 + rank): strictly falling with rank, and equal for equal ranks of all images. The
    category is the first of the data set, since proposals know none: compare without categories. An image
    without a whole number as id is skipped: who reads the results would look for one that is not there.

    The file appears when it is whole. Until then a hidden folder beside it holds what the next run by
    the same settings goes on from; the label rule is none of them. The bytes do not depend on the executor
    or on interruptions.

    Parameters
    ----------
    dataset : CocoDataset
    setup : Setup
    path : Path or RemotePath
        Of the JSON file.
    executor : Executor
        See :mod:`core.executors`.
    workers : int
        How many tasks may be under way, twice over.
    overwrite : bool
        Replace a file of that name.

    Raises
    ------
    BoxscopeError
        There is a file of that name, or a folder; another run writes it; it cannot be written; or none of
        the images can be used, so that there is nothing to write.
    """
    if path.is_dir():
        raise BoxscopeError("is a folder, expected the name of a file", path)
    if path.exists() and not overwrite:
        raise BoxscopeError("there is a file of that name: choose another, or overwrite it", path)
    folder = ExportFolder(path.parent / f".{path.name}")
    try:
        with folder.lock():
            yield from _write(dataset, setup, path, folder, executor, workers)
            files_at(folder.path).remove_tree()
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", path) from error


def _write(
    dataset: CocoDataset, setup: Setup, path: AnyPath, folder: ExportFolder, executor: Executor, workers: int
) -> Iterator[Results]:
    settings = {**dataset.fingerprint, "setup": _spelled(setup)}
    if folder.read_plan() != settings:
        files_at(folder.work).remove_matching("part-*")
    folder.sweep()
    folder.write_plan(settings)
    starts = range(0, len(dataset), TASK_IMAGES)
    parts = [folder.work / f"part-{start:09d}.json" for start in starts]
    done = {part.name for part in folder.work.glob("part-*.json")}
    progress = Results(len(dataset))
    for written in files_at(folder.work).map(_read, [part for part in parts if part.name in done]):
        progress = progress.add(written["counts"])
    yield progress
    category = min(dataset.categories, default=1)
    tasks = (
        _Task(part, dataset.part(slice(start, start + TASK_IMAGES)), setup, category)
        for part, start in zip(parts, starts, strict=True)
        if part.name not in done
    )
    if isinstance(executor, Engine):
        executor.meet_at(dataset.images_dir, folder.work)
    for counts in completed(executor, _propose, tasks, 2 * workers, _name):
        progress = progress.add(counts)
        yield progress
    if progress.skipped and not progress.images:
        files_at(folder.path).remove_tree()
        raise BoxscopeError(_none_used(progress), dataset.annotations)
    write_whole(path, lambda waiting: _join(waiting, parts), folder.work)


def _spelled(setup: Setup) -> dict[str, str]:
    labels = parameters.spell(setup.rule)
    return {name: text for name, text in setup.spell().items() if name not in labels}


def _none_used(progress: Results) -> str:
    first = min(progress.skipped, key=lambda image: image["file"])
    number = "its one image" if progress.total == 1 else f"any of its {progress.total} images"
    return f"cannot use {number}, nothing is written; {first['file']}: {first['reason']}"


def _name(task: _Task) -> str:
    return f"{task.images.file_names[0]} to {task.images.file_names[-1]}"


def _propose(task: _Task) -> dict[str, Any]:
    """Write the entries of some images as a part; returns its counts."""
    lines: list[str] = []
    counts: dict[str, Any] = {"images": 0, "proposals": 0, "skipped": []}
    for index, name in enumerate(task.images.file_names):
        try:
            if task.images.numbered[index]:
                raise BoxscopeError("its id is no whole number, and results go by image id")
            image = task.images.read(index)
            item, ref = str(task.images.path(index)), pipeline.image_ref(task.images, index, image)
            found, _ = pipeline.propose(task.setup, image, item, ref)
        except BoxscopeError as error:
            expect_folder(task.images)
            reason = error.without(task.images.path(index))
            counts["skipped"].append({"file": name, "reason": reason})
            continue
        counts["images"] += 1
        lines += map(json.dumps, entries(found.boxes, int(task.images.image_ids[index]), task.category))
    counts["proposals"] = len(lines)
    checkpoint()
    write_json(task.part, {"counts": counts, "text": ",\n".join(lines)}, task.part.parent)
    return counts


def entries(boxes: Boxes, image_id: int, category: int) -> list[dict[str, Any]]:
    """Spell proposals as COCO results.

    Parameters
    ----------
    boxes : float32 (N, 4)
        Best first.
    image_id, category : int
    """
    scores = 1 / (1 + np.arange(len(boxes)))
    corners = np.asarray(boxes, dtype=np.float64)
    sizes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    return [
        {"image_id": image_id, "category_id": category, "bbox": box, "score": score}
        for box, score in zip(sizes.tolist(), scores.tolist(), strict=True)
    ]


def _join(path: Path, parts: list[AnyPath]) -> None:
    """Put the parts into one list, one part in memory at a time."""
    with path.open("w") as file:
        file.write("[")
        before = "\n"
        for part in files_at(parts[0]).map(_read, parts) if parts else ():
            if part["text"]:
                file.write(before + part["text"])
                before = ",\n"
        file.write("\n]\n")


def _read(part: AnyPath) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(part.read_text())
    return found
