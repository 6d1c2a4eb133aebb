"""The evaluation of a data set under several setups: images in parallel, results of proposers kept on disk.

What is kept is not run again: an evaluation that was ended goes on where it was; another budget, order or
threshold costs no run; a changed parameter runs its own proposer alone.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import CocoDataset
from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.evaluation import average_precision
from core.evaluation.average_precision import Scored
from core.evaluation.evaluation import Evaluation, joined
from core.evaluation.one_image import ImageEvaluation, RankedImage
from core.evaluation.precision_intervals import Intervals, intervals
from core.evaluation.robustness import repeatability
from core.executors import Engine, SerialExecutor, completed
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache
from core.runs import Progress, skipped

# Images of a task: a picture is read once for all setups, and a task takes a second at most.
TASK_IMAGES = 4


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Attributes
    ----------
    setups : tuple of Setup
        All their proposals count, whatever `top` is.
    iou : float
        From which an object is found, for the reasons of misses.
    budget : int
        Proposals an image that count, for the reasons and the repeatability.
    robustness : bool
        The setups after the first are those of the first on changed pictures: of them the repeatability is
        measured, and no reasons.
    reasons : bool
        Whether the reasons of misses are wanted, for which a proposer may run once more, without its filters.
    """

    setups: tuple[Setup, ...]
    iou: float = 0.5
    budget: int = 100
    robustness: bool = False
    reasons: bool = True


@dataclass(frozen=True, eq=False)
class _Task:
    """Images that follow each other.

    Attributes
    ----------
    images : CocoDataset
    first : int
        Index of the first in the whole data set.
    plan : Plan
    cache : Path
        Folder of the results of proposers.
    """

    images: CocoDataset
    first: int
    plan: Plan
    cache: Path


@dataclass(eq=False)
class _Done:
    """The results of a task: for each setup by index; and the images that could not be used."""

    images: dict[int, list[ImageEvaluation]] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)


class SetEvaluation:
    """The evaluation of images of a data set under several setups.

    Parameters
    ----------
    dataset : CocoDataset
    plan : Plan
    indices : sequence of int, or None
        Of the images; None for all.
    cache : ProposerCache or None
        None is the user's.
    """

    def __init__(
        self,
        dataset: CocoDataset,
        plan: Plan,
        indices: Sequence[int] | None = None,
        cache: ProposerCache | None = None,
    ) -> None:
        self.dataset, self.plan = dataset, plan
        self.indices = sorted(range(len(dataset)) if indices is None else indices)
        self._cache = cache or ProposerCache()
        self._done: dict[int, list[ImageEvaluation]] = {}

    def run(self, executor: Executor, workers: int = 1) -> Iterator[Progress]:
        """Measure all images.

        Parameters
        ----------
        executor : Executor
            See :mod:`core.executors`. A worker keeps the results of proposers on its own disk.
        workers : int
            How many tasks may be under way, twice over.

        Yields
        ------
        Progress
            At the start, after every task, and at the end, where the state is ``done``. An image that a
            proposer cannot use is skipped, for all setups.

        Raises
        ------
        BoxscopeError
            The folder of the images is gone, or a task lost its worker again and again.
        """
        begin, progress = time.perf_counter(), Progress(len(self.indices))
        yield progress
        kept = [index for index in self.indices if self._is_kept(index)]
        others = sorted(set(self.indices) - set(kept))
        for engine, some in ((SerialExecutor(), kept), (executor, others)):
            progress = replace(progress, before=time.perf_counter() - begin).resumed()
            if isinstance(engine, Engine):
                engine.require_paths(self.dataset.images_dir)
            for done in completed(engine, _evaluate_task, self._tasks(some), 2 * workers, _name):
                self._done |= done.images
                progress = progress.add({"images": len(done.images), "skipped": done.skipped})
                progress = replace(progress, seconds=time.perf_counter() - begin)
                yield progress
        yield replace(progress, state="done", seconds=time.perf_counter() - begin)

    def evaluations(self) -> list[Evaluation]:
        """Return the evaluation of the images measured so far, for each setup.

        Raises
        ------
        BoxscopeError
            Not one is.
        """
        return [joined([each.evaluation for each in images]) for images in self._by_setup()]

    def reasons(self) -> list[list[str]]:
        """Return the reason of each object of :meth:`evaluations`, for each setup; "" for a found one."""
        return [[one for each in images for one in each.reasons] for images in self._by_setup()]

    def repeatabilities(self) -> list[NDArray[np.float64]]:
        """Return the repeatability of each image of :meth:`evaluations`, for each setup: float64 (I,)."""
        return [np.array([each.repeatability for each in images]) for images in self._by_setup()]

    def precisions(self) -> list[dict[str, Any]]:
        """Return the average precision of each setup, see :func:`core.evaluation.average_precision.figures`.

        Empty for one whose proposals have no scores.
        """
        return [
            average_precision.figures([one for one in scored if one is not None]) if all(scored) else {}
            for scored in self._scored()
        ]

    def precision_intervals(self) -> list[Intervals]:
        """Return the 95 % intervals of :meth:`precisions`."""
        return [
            intervals([one for one in scored if one is not None]) if all(scored) else {}
            for scored in self._scored()
        ]

    def _scored(self) -> list[list[Scored | None]]:
        """Return the detections of each image of each setup, in the order of their ids."""
        order = np.argsort(self.dataset.image_ids[sorted(self._done)], kind="stable").tolist()
        return [[images[at].scored for at in order] for images in self._by_setup()]

    def _by_setup(self) -> list[tuple[ImageEvaluation, ...]]:
        if not self._done:
            raise BoxscopeError("not one image could be measured", self.dataset.annotations)
        return list(zip(*(self._done[index] for index in sorted(self._done)), strict=True))

    def _is_kept(self, index: int) -> bool:
        proposers = {setup.proposer for setup in self.plan.setups}
        return all(self._cache.has(self.dataset, index, proposer) for proposer in proposers)

    def _tasks(self, indices: list[int]) -> Iterator[_Task]:
        absent = find_absent(self.dataset)
        for chunk in _runs(indices):
            images = self.dataset.subset(slice(chunk[0], chunk[-1] + 1), absent)
            yield _Task(images, chunk[0], self.plan, self._cache.root)


def _runs(indices: list[int]) -> Iterator[list[int]]:
    """Yield the indices in runs that follow each other, of `TASK_IMAGES` at most."""
    chunk: list[int] = []
    for index in indices:
        if chunk and (index != chunk[-1] + 1 or len(chunk) == TASK_IMAGES):
            yield chunk
            chunk = []
        chunk.append(index)
    if chunk:
        yield chunk


def _name(task: _Task) -> str:
    return f"{task.images.file_names[0]} to {task.images.file_names[-1]}"


def _evaluate_task(task: _Task) -> _Done:
    done, cache, plan = _Done(), _cache(task.cache), task.plan
    for index in range(len(task.images)):
        read = lru_cache(maxsize=1)(task.images.read)
        images = [RankedImage(cache, task.images, index, setup, read) for setup in plan.setups]
        try:
            results = [_measure(image, images[0], plan) for image in images]
        except BoxscopeError as error:
            done.skipped.append(skipped(task.images, index, error))
            continue
        done.images[task.first + index] = [each.at(task.first + index) for each in results]
    return done


def _measure(image: RankedImage, first: RankedImage, plan: Plan) -> ImageEvaluation:
    evaluation = image.evaluation()
    if plan.robustness and image is not first:
        repeated = repeatability(first.found.boxes[: plan.budget], image.found.boxes[: plan.budget])
        return ImageEvaluation(evaluation, [""] * len(evaluation.image), repeated)
    reasons = image.reasons(plan.iou, plan.budget) if plan.reasons else [""] * len(evaluation.image)
    return ImageEvaluation(evaluation, reasons, scored=image.scored())


@lru_cache(maxsize=1)
def _cache(root: Path) -> ProposerCache:
    return ProposerCache(root)
