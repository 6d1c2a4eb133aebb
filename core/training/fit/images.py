"""The training images of a fitted order: candidates, features and truth of each, collected in workers."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.datasets import CocoDataset, alike
from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.executors import completed
from core.pipeline import Setup, ranked
from core.proposals.proposer_cache import ProposerCache
from core.proposers import CrackGroups, SelectiveSearch
from core.proposers.fitted.candidates import Candidates
from core.proposers.fitted.model import describe
from core.proposers.fitted.searched import MOST, Searched
from core.proposers.fitted.sources import CRACK_GROUPS, SELECTIVE_SEARCH, Settings, Sources
from core.runs import skipped
from core.truth import Truth

HAND_MADE = {
    SELECTIVE_SEARCH: Setup(SelectiveSearch()),
    CRACK_GROUPS: Setup(CrackGroups()),
}
"""The orders that a fitted one must be better than, by name."""


@dataclass(frozen=True, eq=False)
class TrainingImage:
    """An image of a training split.

    Attributes
    ----------
    index : int
        In the data set.
    hash : int
        See :func:`core.datasets.alike.perceptual_hash`.
    size : (int, int)
        Width and height, pixels.
    truth : Truth
    candidates : Candidates
    features : float32 (N, F)
    iou : float32 (N,)
        Of each candidate with the object that it overlaps most; 0 where there is none.
    hand_made : dict of str to float32 (N, 4)
        The first 1,000 boxes of each order of ``HAND_MADE``.
    """

    index: int
    hash: int
    size: tuple[int, int]
    truth: Truth
    candidates: Candidates
    features: NDArray[np.float32]
    iou: NDArray[np.float32]
    hand_made: dict[str, Boxes]


@dataclass(frozen=True, eq=False)
class _Task:
    images: CocoDataset
    index: int
    sources: Settings
    cache: Path


@dataclass(eq=False)
class Collected:
    """The training images collected so far, and those that could not be used."""

    images: list[TrainingImage] = field(default_factory=list)
    skipped: list[dict[str, str]] = field(default_factory=list)


def collect(
    dataset: CocoDataset, indices: Sequence[int], sources: Settings, executor: Executor, workers: int
) -> Iterator[Collected]:
    """Yield the training images collected so far, after each; at the end by index.

    An image that cannot be read, or that a proposer cannot use, is skipped and named.
    """
    absent, cache = find_absent(dataset), ProposerCache().root
    tasks = (
        _Task(dataset.subset(slice(index, index + 1), absent), index, sources, cache) for index in indices
    )
    done = Collected()
    for result in completed(executor, _collect, tasks, 2 * workers, _name):
        if isinstance(result, TrainingImage):
            done.images.append(result)
        else:
            done.skipped.append(result)
        yield done
    done.images.sort(key=lambda image: image.index)
    done.skipped.sort(key=lambda image: image["file"])
    yield done


def _name(task: _Task) -> str:
    return task.images.file_names[0]


def _collect(task: _Task) -> TrainingImage | dict[str, str]:
    try:
        return _described(task)
    except BoxscopeError as error:
        return skipped(task.images, 0, error)


def _described(task: _Task) -> TrainingImage:
    dataset, cache, sources = task.images, ProposerCache(task.cache), Sources.of(task.sources)
    image = dataset.read(0)
    results = {
        name: cache.result(dataset, 0, setup.proposer, lambda _: image) for name, setup in HAND_MADE.items()
    }
    same = sources.selective == HAND_MADE[SELECTIVE_SEARCH].proposer
    searched = Searched.of(sources, image, results[SELECTIVE_SEARCH].found if same else None)
    described = describe(searched)
    truth = dataset.truth(0)
    truth = truth.rows(truth.objects)
    iou = bx.iou(described.candidates.boxes, truth.boxes).max(axis=1, initial=0)
    first = {
        name: ranked(setup, results[name].found).boxes[:MOST].copy() for name, setup in HAND_MADE.items()
    }
    height, width = image.shape[:2]
    return TrainingImage(
        task.index, alike.perceptual_hash(image), (width, height), truth, *described, iou, first
    )
