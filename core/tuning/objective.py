"""What a setup is judged by on some images: recall, number of proposals, and time."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.evaluation import COCO_THRESHOLDS, Evaluation, Measured, evaluate
from core.evaluation.report import AR_BUDGETS
from core.images import Image
from core.pipeline import Setup, ranked
from core.proposals.proposer_cache import ProposerCache
from core.runs import skipped

# A trial on one image takes some 30 ms: a task of two images and ten trials more than a half second.
TASK_IMAGES = 2


class ImageFigures(NamedTuple):
    """What a setup reaches on one image.

    Attributes
    ----------
    found : tuple of int
        At each of :func:`budgets`: the thresholds of COCO's average recall at which each object is found,
        summed over the objects. Whole numbers, so that sums do not depend on an order.
    objects, proposals : int
    seconds : float
        Spent in the proposer.
    """

    found: tuple[int, ...]
    objects: int
    proposals: int
    seconds: float


def budgets(budget: int) -> tuple[int, ...]:
    """Return the numbers of proposals at which the recall is measured: COCO's, 1,000, and the budget."""
    return tuple(sorted({*AR_BUDGETS, budget}))


def average_recall(found: Sequence[int] | NDArray[np.int64], objects: Sequence[int]) -> float:
    """Return the average recall over images of which each gives its sum; 0 where there is no object."""
    whole = len(COCO_THRESHOLDS) * int(np.sum(objects))
    return int(np.sum(found)) / whole if whole else 0.0


@dataclass(frozen=True, eq=False)
class Task:
    """Images that follow each other, and the setups to measure on them.

    Attributes
    ----------
    images : CocoDataset
    first : int
        Index of the first in the whole data set.
    setups : tuple of (int, Setup)
        With the number of the trial of each.
    budget : int
    cache : Path
        Folder of the results of proposers.
    """

    images: CocoDataset
    first: int
    setups: tuple[tuple[int, Setup], ...]
    budget: int
    cache: Path


@dataclass(eq=False)
class Done:
    """The results of a task.

    Attributes
    ----------
    figures : dict
        By number of the trial and index of the image.
    refused : dict
        Why a setup cannot be used on an image, by number of the trial.
    skipped : list of dict
        ``file`` and ``reason`` of each image that cannot be used.
    unusable : set of int
        Their indices.
    images : int
        Of the task.
    cpu_seconds : float
        That the task took of its process.
    """

    figures: dict[tuple[int, int], ImageFigures] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)
    unusable: set[int] = field(default_factory=set)
    images: int = 0
    cpu_seconds: float = 0.0


def measure(task: Task) -> Done:
    """Return what setups reach on images; the picture of an image is read once for all of them."""
    done, begin = Done(images=len(task.images)), time.process_time()
    for index in range(len(task.images)):
        read = lru_cache(maxsize=1)(task.images.read)
        try:
            task.images.readable_path(index)
            for number, setup in task.setups:
                try:
                    done.figures[number, task.first + index] = _figures(task, index, setup, read)
                except BoxscopeError as error:
                    read(index)  # raises where it is the picture that cannot be used, and not the setup
                    done.refused[number] = str(error)
        except BoxscopeError as error:
            done.skipped.append(skipped(task.images, index, error))
            done.unusable.add(task.first + index)
    done.cpu_seconds = time.process_time() - begin
    return done


def _figures(task: Task, index: int, setup: Setup, read: Callable[[int], Image]) -> ImageFigures:
    result = _cache(task.cache).result(task.images, index, setup.proposer, read)
    found = ranked(replace(setup, top=0), result.found)
    levels = budgets(task.budget)
    boxes, truth = found.boxes[: levels[-1]], task.images.truth(index)
    measured = Measured(index, boxes, truth, (result.width, result.height), result.seconds)
    evaluation = evaluate([measured], COCO_THRESHOLDS, ())
    return ImageFigures(
        tuple(_found(evaluation, level) for level in levels),
        len(evaluation.image),
        len(found.boxes),
        result.seconds,
    )


def _found(evaluation: Evaluation, budget: int) -> int:
    return int((evaluation.ranks < budget).sum())


def tasks(
    dataset: CocoDataset,
    indices: Sequence[int],
    setups: Sequence[tuple[int, Setup]],
    budget: int,
    cache: Path,
    absent: NDArray[np.bool_] | None,
) -> Iterator[Task]:
    """Yield the tasks that measure setups on images of a data set."""
    for chunk in _runs(sorted(indices)):
        images = dataset.subset(slice(chunk[0], chunk[-1] + 1), absent)
        yield Task(images, chunk[0], tuple(setups), budget, cache)


def name(task: Task) -> str:
    """Return the name of a task, for errors."""
    return f"{task.images.file_names[0]} to {task.images.file_names[-1]}"


def _runs(indices: Sequence[int]) -> Iterator[list[int]]:
    chunk: list[int] = []
    for index in indices:
        if chunk and (index != chunk[-1] + 1 or len(chunk) == TASK_IMAGES):
            yield chunk
            chunk = []
        chunk.append(index)
    if chunk:
        yield chunk


@lru_cache(maxsize=1)
def _cache(root: Path) -> ProposerCache:
    return ProposerCache(root)
