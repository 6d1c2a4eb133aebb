"""The evaluation of a data set: proposers run on its images in parallel, their results kept on disk.

What is kept is not run again: an evaluation that was ended goes on where it was; another budget, order or
threshold costs no run; a changed parameter runs its own proposer alone.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from core.boxes import Boxes
from core.datasets import CocoDataset
from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.evaluation.evaluation import Evaluation, Measured, evaluate
from core.evaluation.misses import reasons
from core.executors import Engine, completed
from core.images import Image
from core.pipeline import Setup, ranked
from core.proposer_cache import ProposerCache, ProposerResult, run
from core.proposers import Proposer
from core.runs import Progress, skipped

# Images of a task: a picture is read once for all proposers, and a task takes a second at most.
TASK_IMAGES = 4


@dataclass(frozen=True, eq=False)
class _Task:
    """One to four images that follow each other, and the proposers to run on each.

    Attributes
    ----------
    images : CocoDataset
    first : int
        Index of the first in the whole data set.
    proposers : tuple of tuple of Proposer
    """

    images: CocoDataset
    first: int
    proposers: tuple[tuple[Proposer, ...], ...]


class _Done(dict[int, list[tuple[Proposer, ProposerResult]]]):
    """The results of a task, by index; and the images that a proposer could not use."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped: list[dict[str, str]] = []


def run_proposers(
    dataset: CocoDataset,
    indices: Sequence[int],
    proposers: Sequence[Proposer],
    cache: ProposerCache,
    executor: Executor,
    workers: int = 1,
) -> Iterator[Progress]:
    """Run proposers on images for which the cache holds no result, and keep the results there.

    Parameters
    ----------
    dataset : CocoDataset
    indices : sequence of int
        Ascending.
    proposers : sequence of Proposer
    cache : ProposerCache
        Written by this process alone, so that workers may have other disks.
    executor : Executor
        See :mod:`core.executors`.
    workers : int
        How many tasks may be under way, twice over.

    Yields
    ------
    Progress
        At the start, after every task, and at the end, where the state is ``done``. An image that a proposer
        cannot use is skipped.

    Raises
    ------
    BoxscopeError
        The folder of the images is gone, or a task lost its worker again and again.
    """
    begin = time.perf_counter()
    missing = {index: _missing(dataset, index, proposers, cache) for index in indices}
    kept = sum(not some for some in missing.values())
    progress = Progress(len(indices), images=kept).resumed()
    yield progress
    if isinstance(executor, Engine):
        executor.require_paths(dataset.images_dir)
    progress = replace(progress, before=time.perf_counter() - begin)
    tasks = _tasks(dataset, {index: some for index, some in missing.items() if some})
    for done in completed(executor, _run_task, tasks, 2 * workers, _name):
        for index, results in done.items():
            for proposer, result in results:
                cache.write(dataset, index, proposer, result)
        counts: dict[str, Any] = {"images": len(done), "skipped": done.skipped}
        progress = replace(progress.add(counts), seconds=time.perf_counter() - begin)
        yield progress
    yield replace(progress, state="done", seconds=time.perf_counter() - begin)


def _missing(
    dataset: CocoDataset, index: int, proposers: Sequence[Proposer], cache: ProposerCache
) -> tuple[Proposer, ...]:
    return tuple(proposer for proposer in proposers if not cache.has(dataset, index, proposer))


def _tasks(dataset: CocoDataset, missing: dict[int, tuple[Proposer, ...]]) -> Iterator[_Task]:
    absent = find_absent(dataset)
    chunk: list[int] = []
    for index in [*missing, -1]:
        if chunk and (index != chunk[-1] + 1 or len(chunk) == TASK_IMAGES):
            images = dataset.subset(slice(chunk[0], chunk[-1] + 1), absent)
            yield _Task(images, chunk[0], tuple(missing[each] for each in chunk))
            chunk = []
        chunk.append(index)


def _name(task: _Task) -> str:
    return f"{task.images.file_names[0]} to {task.images.file_names[-1]}"


def _run_task(task: _Task) -> _Done:
    done = _Done()
    for index, proposers in enumerate(task.proposers):
        try:
            image = task.images.read(index)
            read = partial(_same, image)
            results = [(proposer, run(task.images, index, proposer, read)) for proposer in proposers]
            done[task.first + index] = results
        except BoxscopeError as error:
            done.skipped.append(skipped(task.images, index, error))
    return done


def _same(image: Image, index: int) -> Image:
    return image


def evaluate_image(cache: ProposerCache, dataset: CocoDataset, index: int, setup: Setup) -> Evaluation:
    """Return the evaluation of one image, for which the proposer is run if its result is not kept.

    Raises
    ------
    BoxscopeError
        See :func:`core.pipeline.process_image`.
    """
    result = cache.result(dataset, index, setup.proposer)
    found = ranked(replace(setup, top=0), result.found)
    size = result.width, result.height
    return evaluate([Measured(index, found.boxes, dataset.truth(index), size, result.seconds)])


def image_reasons(
    cache: ProposerCache, dataset: CocoDataset, index: int, setup: Setup, iou: float, budget: int
) -> list[str]:
    """Return why each object of an image is missed, see :func:`core.evaluation.misses.reasons`.

    Where an object needs it, the proposer is run without its own filters, and that result is kept as well.

    Returns
    -------
    list of str, an item an object
        In the order of the truth, crowd regions apart; "" for an object that is found.
    """
    truth = dataset.truth(index)
    found = ranked(replace(setup, top=0), cache.result(dataset, index, setup.proposer).found)

    def unfiltered() -> Boxes:
        return cache.result(dataset, index, setup.proposer.unfiltered()).found.boxes

    return reasons(found.boxes, unfiltered, truth.boxes[truth.objects], iou, budget)
