"""Proposals alone, without labels and crops: COCO results, which pycocotools and FiftyOne read."""

import json
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core import parameters, pipeline
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.export.without_crops import refuse_without_images
from core.files import AnyPath, os_reason
from core.files.atomic import write_atomically
from core.pipeline import Setup
from core.runs import Parts, Progress, Run, RunFolder, Stage, skipped, write_part

# Images of a task, as in a shard of crops.
TASK_IMAGES = 8


@dataclass(frozen=True)
class ProposalsProgress(Progress):
    """How far a file of results is.

    Attributes
    ----------
    proposals : int
        Of the images done so far.
    """

    proposals: int = 0

    sums: ClassVar[tuple[str, ...]] = ("images", "proposals")


@dataclass(frozen=True, eq=False)
class _Task:
    """What a worker needs to write a part of the file."""

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
) -> Iterator[ProposalsProgress]:
    """Write the proposals of a data set as COCO results; the last progress yielded has the state ``done``.

    An entry is ``image_id``, ``category_id``, ``bbox`` (x, y, width, height in pixels) and ``score``. The
    score is 1 / (1 + rank): strictly falling with rank, and equal for equal ranks of all images. The
    category is the first of the data set, since proposals know none: compare without categories. An image
    whose id is not a whole number is skipped: its results could not be matched to the annotations. One that
    the file lists under several ids has entries for each.

    The file appears when it is complete. Until then a hidden folder beside it holds what the next run with
    the same settings resumes from; the label rule is not one of these settings. The bytes do not depend on
    the executor or on interruptions.

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
        There is a file or a folder of that name; another run writes it; it cannot be written; not one image
        can be used, or the proposer finds no box in any.
    """
    refuse_without_images(dataset)
    if path.is_dir():
        raise BoxscopeError("is a folder, expected the name of a file", path)
    if path.exists() and not overwrite:
        raise BoxscopeError("there is a file of that name: choose another, or overwrite it", path)
    yield from ProposalsRun(dataset, setup, path).execute(executor, workers)


class ProposalsRun(Run[ProposalsProgress]):
    """Proposals as COCO results; a task is a few images, its part their entries as text.

    Parameters
    ----------
    dataset : CocoDataset
    setup : Setup
    path : Path
        Of the JSON file.
    """

    def __init__(self, dataset: CocoDataset, setup: Setup, path: AnyPath) -> None:
        labels = parameters.spell(setup.rule)
        texts = setup.with_order_named().spell()
        spelled = {name: text for name, text in texts.items() if name not in labels}
        settings = {**dataset.fingerprint, "setup": spelled, **setup.proposer.settings_of_files}
        folder = RunFolder(path.parent / f".{path.name}")
        super().__init__(dataset, folder, path, settings, ProposalsProgress(len(dataset)))
        self.setup = setup

    def stage(self) -> Stage[_Task, dict[str, Any]]:
        """Return the tasks, numbered by the index of their first image."""
        numbers = range(0, len(self.dataset), TASK_IMAGES)
        return Stage(Parts(self.folder.work, digits=9), numbers, self._tasks, _propose, _name)

    def _tasks(self, numbers: list[int]) -> Iterator[_Task]:
        category, parts = min(self.dataset.categories, default=1), self.stage().parts
        absent = find_absent(self.dataset)
        for start in numbers:
            images = self.dataset.subset(slice(start, start + TASK_IMAGES), absent)
            yield _Task(parts.path(start), images, self.setup, category)

    def is_empty(self, progress: ProposalsProgress) -> bool:
        """Return whether there is no proposal: pycocotools cannot read an empty list."""
        return not progress.proposals

    def refuse_empty(self, progress: ProposalsProgress) -> None:
        """Raise, since there is no proposal, after removing what the run wrote.

        Raises
        ------
        BoxscopeError
        """
        if not progress.images:
            super().refuse_empty(progress)
        self.folder.remove_work()
        raise BoxscopeError(
            f"no proposal in any of {progress.images} images, nothing is written: try other parameters of "
            f"{self.setup.proposer.name}, or filters that keep more",
            self.dataset.annotations,
        )

    def join(self, progress: ProposalsProgress) -> None:
        """Write the entries of all parts as one list."""
        write_atomically(self.output, self._write, self.folder.work)

    def _write(self, path: Path) -> None:
        stage, separator = self.stage(), "\n"
        with path.open("w") as file:
            file.write("[")
            for part in stage.parts.read(stage.numbers):  # one part in memory at a time
                if part["text"]:
                    file.write(separator + part["text"])
                    separator = ",\n"
            file.write("\n]\n")

    def disk_error(self, error: OSError) -> str:
        """Return why the file cannot be written, in one line."""
        return f"cannot be written ({os_reason(error)})"


def _name(task: _Task) -> str:
    return f"{task.images.file_names[0]} to {task.images.file_names[-1]}"


def _propose(task: _Task) -> dict[str, Any]:
    """Write the entries of some images as a part, and return its counts."""
    lines: list[str] = []
    counts: dict[str, Any] = {"images": 0, "proposals": 0, "skipped": []}
    for index in range(len(task.images)):
        try:
            if task.images.renumbered[index]:
                raise BoxscopeError("its id is no whole number, and results go by image id")
            _, proposed, _ = pipeline.propose_image(task.setup, task.images, index)
        except BoxscopeError as error:
            counts["skipped"].append(skipped(task.images, index, error))
            continue
        counts["images"] += 1
        for number in task.images.ids_of(index):
            lines += map(json.dumps, entries(proposed.boxes, number, task.category))
    counts["proposals"] = len(lines)
    write_part(task.part, {"counts": counts, "text": ",\n".join(lines)})
    return counts


def entries(boxes: Boxes, image_id: int, category: int) -> list[dict[str, Any]]:
    """Return the proposals of an image as entries of COCO results.

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
