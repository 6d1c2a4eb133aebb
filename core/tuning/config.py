"""What a search looks for, and on which images."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.proposals.proposer_cache import code_version
from core.tuning.space import Space
from core.versions import versions

ROUND = 10
"""Trials of a round, which are drawn together: the settings of a search do not depend on the workers."""

IMAGES = 100
"""Images of the sample by default."""


@dataclass(frozen=True, eq=False)
class TuneConfig:
    """All that decides the trials of a search, whatever is ended and however many workers there are.

    Attributes
    ----------
    dataset : CocoDataset
        The training split.
    space : Space
    objectives : tuple of str
        Some of ``front.OBJECTIVES``, recall first.
    budget : int
        Proposals an image that count for the recall.
    limit : int
        Images of the sample at most.
    seed : int
        Of the sample, and of what is drawn.
    presets : tuple of (str, Setup)
        By name: setups to try first, after that of the space.
    """

    dataset: CocoDataset
    space: Space
    objectives: tuple[str, ...] = ("recall", "proposals")
    budget: int = 100
    limit: int = IMAGES
    seed: int = 0
    presets: tuple[tuple[str, Setup], ...] = ()

    @cached_property
    def sample(self) -> tuple[int, ...]:
        """Indices of the images, in the order in which trials are measured on them."""
        number = len(self.dataset)
        if not self.dataset.object_counts.sum():
            raise BoxscopeError("has no objects to find", self.dataset.annotations)
        drawn = np.random.default_rng(self.seed).permutation(number)[: self.limit]
        return tuple(int(index) for index in drawn)

    @cached_property
    def objects(self) -> tuple[int, ...]:
        """Number of objects of each image of the sample, crowd regions apart."""
        return tuple(int(self.dataset.object_counts[index]) for index in self.sample)

    def settings(self) -> dict[str, Any]:
        """Return what decides the trials as plain values, equal after a round trip through JSON."""
        return {
            "annotations": self.dataset.fingerprint,
            "setup": self.space.base.changes(),
            "search": [one.as_dict() for each in self.space.searched for one in each.dimensions],
            "objectives": list(self.objectives),
            "budget": self.budget,
            "limit": self.limit,
            "seed": self.seed,
            "round": ROUND,
            "code": code_version(),
            "versions": versions(("optuna",)),
        }


_WORDS = {
    "annotations": "the data set",
    "setup": "the proposer or a fixed setting",
    "search": "the settings that are searched or their ranges",
    "objectives": "--objectives",
    "budget": "--budget",
    "limit": "--limit",
    "seed": "--seed",
    "round": "the version of Boxscope",
    "code": "the version of Boxscope or of a package that it runs on",
    "versions": "the version of Optuna",
}


def differing(settings: dict[str, Any], others: dict[str, Any]) -> str:
    """Return in words which settings of two searches differ; empty for none."""
    names = [name for name in _WORDS if settings.get(name) != others.get(name)]
    if set(settings) != set(others):
        names.append("code")
    return ", ".join(dict.fromkeys(_with_values(name, settings, others) for name in names))


def _with_values(name: str, settings: dict[str, Any], others: dict[str, Any]) -> str:
    one, other = settings.get(name), others.get(name)
    is_short = all(isinstance(value, int | list) and len(str(value)) < 60 for value in (one, other))
    return f"{_WORDS[name]} ({_text(other)} there)" if is_short and name != "search" else _WORDS[name]


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
