"""The fit of the order of :mod:`core.proposers.fitted`: images, folds, network, shares, guard."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.boxes import Boxes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import completed
from core.files.hashing import sha256
from core.proposers.fitted import features as described
from core.proposers.fitted.file import VERSION, Content, Guard, Header
from core.proposers.fitted.model import distance, ordered
from core.proposers.fitted.perceptron import Perceptron, moments
from core.proposers.fitted.sources import SOURCES, settings_of
from core.training.fit import guard, network, shares
from core.training.fit.folds import folds
from core.training.fit.images import HAND_MADE, Collected, TrainingImage, collect
from core.training.fit.shares import Choice

MOST_IMAGES = 400
"""Images that it is fitted to unless a limit is given: more gain less than seeds differ."""

# A picture is unlike the training images above this multiple of the distance that nine of ten of these have.
# Fitted to half of CrackForest, that is so for few of the other half and for most photographs of kangaroos.
_FAR, _MOST_OF_THEM = 1.75, 90


class FitProgress(NamedTuple):
    """How far a fit is: ``images`` or ``fits`` that are done, of how many."""

    unit: str
    done: int
    total: int


@dataclass(frozen=True)
class _FitTask:
    """A perceptron to be fitted to images that are not in one fold; -1 for all of them."""

    folder: Path
    fold: int
    seed: int


class ProposerFit:
    """The fit of an order to images of a training split.

    Parameters
    ----------
    dataset : CocoDataset
    indices : sequence of int, or None
        Of the images; None for ``MOST_IMAGES`` evenly spread.
    seed : int
    sources : tuple of str
        Of :data:`core.proposers.fitted.sources.SOURCES`.
    """

    def __init__(
        self,
        dataset: CocoDataset,
        indices: Sequence[int] | None = None,
        seed: int = 0,
        sources: tuple[str, ...] = SOURCES,
    ) -> None:
        self.dataset, self.seed = dataset, seed
        self.indices = spread(len(dataset), MOST_IMAGES) if indices is None else list(indices)
        self._settings = settings_of(sources)
        self._collected = Collected()
        self._content: Content | None = None

    @property
    def skipped(self) -> list[dict[str, str]]:
        """The images that could not be used: ``file`` and ``reason`` of each."""
        return self._collected.skipped

    @property
    def content(self) -> Content:
        """What the file is to hold, once :meth:`run` has come to its end."""
        assert self._content is not None
        return self._content

    def run(self, executor: Executor, workers: int = 1) -> Iterator[FitProgress]:
        """Collect the images, fit to each three of four folds and to all, and judge.

        Raises
        ------
        BoxscopeError
            No image can be used, or none has an object.
        """
        total = len(self.indices)
        yield FitProgress("images", 0, total)
        for done in collect(self.dataset, self.indices, self._settings, executor, workers):
            self._collected = done
            yield FitProgress("images", len(self._collected.images) + len(self.skipped), total)
        images = self._collected.images
        if not sum(len(image.truth.boxes) for image in images):
            raise BoxscopeError("no image that can be used has an object to fit to", self.dataset.annotations)
        in_folds = len(images) >= 2 * guard.FOLDS
        fold = folds([image.hash for image in images], guard.FOLDS if in_folds else 1, self.seed)
        fitted: dict[int, Perceptron] = {}
        with TemporaryDirectory(prefix="boxscope-fit-") as folder:
            _write(Path(folder), images, fold)
            wanted = [-1, *(np.unique(fold).tolist() if in_folds else ())]
            tasks = [_FitTask(Path(folder), one, self.seed) for one in wanted]
            yield FitProgress("fits", 0, len(tasks))
            for number, perceptron in completed(executor, _fit, tasks, workers):
                fitted[number] = perceptron
                yield FitProgress("fits", len(fitted), len(tasks))
        choice, judged = self._judged(images, fold, fitted) if in_folds else self._unjudged(len(images))
        self._content = self._joined(images, fitted[-1], choice, judged)

    def _judged(
        self, images: list[TrainingImage], fold: NDArray[np.int64], fitted: dict[int, Perceptron]
    ) -> tuple[Choice, Guard]:
        chosen = shares.chosen(images, _out_of_fold(images, fold, fitted), fold, list(self._settings))
        return chosen.best, guard.judged(images, chosen.boxes)

    def _unjudged(self, images: int) -> tuple[Choice, Guard]:
        return shares.unmeasured(list(self._settings)), guard.too_few(images)

    def _joined(
        self, images: list[TrainingImage], perceptron: Perceptron, choice: Choice, judged: Guard
    ) -> Content:
        means = np.stack([image.features.mean(axis=0, dtype=np.float64) for image in images])
        mean, deviation = means.mean(axis=0), means.std(axis=0)
        # A feature that hardly varies between the images says little of how far another one is.
        within = np.mean([moments(image.features)[1] for image in images], axis=0)
        spread = np.maximum(deviation, 0.05 * within).astype(np.float32)
        mean = mean.astype(np.float32)
        header = Header(
            version=VERSION,
            features=described.VERSION,
            sources=self._settings,
            annotations_sha256=sha256(self.dataset.annotations),
            images=len(images),
            objects=sum(len(image.truth.boxes) for image in images),
            candidates=sum(len(image.features) for image in images),
            seed=self.seed,
            shares=choice.shares,
            plain=choice.plain,
            plain_parameters=HAND_MADE[choice.plain].proposer.spell(),
            guard=judged,
            far=round(_FAR * _distance_of_most(means, mean, spread), 4),
        )
        return Content(header, perceptron, mean, spread)


def _distance_of_most(
    means: NDArray[np.float64], mean: NDArray[np.float32], spread: NDArray[np.float32]
) -> float:
    """Return the distance from the mean that most of the training images do not exceed."""
    return float(np.percentile([distance(own, mean, spread) for own in means], _MOST_OF_THEM))


def spread(count: int, limit: int) -> list[int]:
    """Return at most `limit` of `count` indices, evenly spread."""
    return sorted(set(np.linspace(0, count - 1, min(limit, count)).round().astype(int).tolist()))


def _write(folder: Path, images: list[TrainingImage], fold: NDArray[np.int64]) -> None:
    """Write the features and targets of all candidates, and of each image their number and its fold."""
    counts = [len(image.features) for image in images]
    shape = sum(counts), len(described.NAMES)
    features = np.lib.format.open_memmap(folder / "features.npy", "w+", np.float32, shape)
    np.concatenate([image.features for image in images], out=features)
    features.flush()
    np.save(folder / "targets.npy", network.worth(np.concatenate([image.iou for image in images])))
    np.save(folder / "counts.npy", counts)
    np.save(folder / "fold.npy", fold)


def _fit(task: _FitTask) -> tuple[int, Perceptron]:
    features = np.load(task.folder / "features.npy", mmap_mode="r")
    targets = np.load(task.folder / "targets.npy")
    counts, fold = np.load(task.folder / "counts.npy"), np.load(task.folder / "fold.npy")
    ends = np.cumsum(counts)
    rows = [slice(ends[n] - counts[n], ends[n]) for n in np.flatnonzero(fold != task.fold)]
    return task.fold, network.fitted(
        [features[own] for own in rows], [targets[own] for own in rows], task.seed
    )


def _out_of_fold(
    images: list[TrainingImage], fold: NDArray[np.int64], fitted: dict[int, Perceptron]
) -> list[Boxes]:
    return [
        ordered(image.candidates, fitted[number].scores(image.features)).boxes
        for image, number in zip(images, fold.tolist(), strict=True)
    ]
