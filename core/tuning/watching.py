"""A search as its folder shows it, while it runs and afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.tuning.dimension import Dimension
from core.tuning.folder import TuneFolder
from core.tuning.importance import importances
from core.tuning.objective import average_recall
from core.tuning.progress import best_of, members_of_front
from core.tuning.trial import UNUSABLE, Trial


@dataclass(frozen=True)
class ImageRecall:
    """What a trial reached on an image.

    Attributes
    ----------
    index : int
        Of the image in the training split.
    objects : int
    recall : float
        Average recall on the image, 0-1.
    """

    index: int
    objects: int
    recall: float


@dataclass(frozen=True, eq=False)
class Watched:
    """A search as its folder shows it.

    Attributes
    ----------
    folder : TuneFolder
    settings, about : dict
        See :mod:`core.tuning.folder`.
    trials : tuple of Trial
        By number.
    begun : float
        When its last run began, seconds since 1970.
    """

    folder: TuneFolder
    settings: dict[str, Any]
    about: dict[str, Any]
    trials: tuple[Trial, ...]
    begun: float

    @classmethod
    def of(cls, folder: TuneFolder, dataset: CocoDataset | None = None) -> "Watched | None":
        """Return the search of a folder, None where there is none.

        Parameters
        ----------
        folder : TuneFolder
        dataset : CocoDataset or None
            One on another data set, or on this one before it was changed, is none, and its trials are not
            read; None for any.

        Raises
        ------
        BoxscopeError
            The folder cannot be read.
        """
        settings, about = folder.read_plan(), folder.about()
        if settings is None or about is None:
            return None
        if dataset is not None and not _is_on(dataset, settings, about):
            return None
        return cls(folder, settings, about, tuple(folder.trials()), folder.plan.stat().st_mtime)

    @property
    def budget(self) -> int:
        """Proposals an image that count for the recall."""
        return int(self.settings["budget"])

    @property
    def objectives(self) -> tuple[str, ...]:
        """What the front is of."""
        return tuple(self.settings["objectives"])

    @property
    def proposer(self) -> str:
        """Name of the proposer."""
        return str(self.about["proposer"])

    @cached_property
    def finished(self) -> list[Trial]:
        """The trials that were measured on the whole sample, each setup once."""
        return [trial for trial in self.trials if trial.is_finished and trial.same_as is None]

    @cached_property
    def front(self) -> list[Trial]:
        """The trials that no other one beats, the highest average recall first."""
        return members_of_front(self.trials, self)

    @property
    def best(self) -> Trial | None:
        """The trial of the highest average recall."""
        return best_of(self.trials, self)

    @property
    def defaults(self) -> Trial | None:
        """The trial of the setup that the search began with."""
        return next((trial for trial in self.finished if trial.number == 0), None)

    @cached_property
    def report(self) -> dict[str, Any] | None:
        """What the search found, see :mod:`core.tuning.report`; None before its end."""
        return self.folder.report()

    def trial(self, number: int) -> Trial | None:
        """Return a trial by its number, None where there is none."""
        return next((trial for trial in self.trials if trial.number == number), None)

    def importances(self) -> dict[str, float]:
        """Return how much each setting matters, see :func:`core.tuning.importance.importances`."""
        dimensions = [Dimension.of(values) for values in self.settings["search"]]
        return importances([one for one in dimensions if not one.is_fixed], self.trials, self.budget)

    def worst_images(self, trial: Trial) -> list[ImageRecall]:
        """Return the images of a trial with an object, the lowest average recall first."""
        rows = zip(self.about["images"], self.about["objects"], trial.found, trial.proposals, strict=False)
        found = [
            ImageRecall(index, objects, average_recall((found,), (objects,)))
            for index, objects, found, proposals in rows
            if objects and proposals != UNUSABLE
        ]
        return sorted(found, key=lambda each: (each.recall, each.index))


def _is_on(dataset: CocoDataset, settings: dict[str, Any], about: dict[str, Any]) -> bool:
    """Return whether a search is on a data set as it is.

    Its images are compared by name first: the fingerprint of 118,000 takes a second.
    """
    named = zip(about["images"], about["file_names"], strict=True)
    if not all(index < len(dataset) and dataset.file_names[index] == name for index, name in named):
        return False
    return bool(settings.get("annotations") == dataset.fingerprint)


def setup_of(trial: Trial) -> Setup:
    """Return the setup of a trial.

    Raises
    ------
    BoxscopeError
        A proposer or a setting that there is no longer.
    """
    return Setup.parse(trial.setup)


def searches(parents: Sequence[Path], dataset: CocoDataset) -> list[Watched]:
    """Return the searches on a data set in the folders below some, those begun last first."""
    found: list[Watched] = []
    for parent in parents:
        for plan in parent.glob("*/tune.json"):
            try:
                watched = Watched.of(TuneFolder(plan.parent), dataset)
                if watched is not None:
                    found.append(watched)
            except (BoxscopeError, OSError):
                continue  # of another version, or gone meanwhile
    return sorted(found, key=lambda each: -each.begun)
