"""One trial of a search: a setup, and what it reached on the images it was measured on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.tuning.front import Values, losses

FINISHED, PRUNED, REFUSED = "finished", "pruned", "refused"

UNUSABLE = -1
"""Stands for the number of proposals on an image that cannot be used, which counts for no trial."""


@dataclass(frozen=True)
class Trial:
    """A trial that has ended.

    Attributes
    ----------
    number : int
    state : ``finished``, ``pruned`` or ``refused``
        Measured on all images of the sample; on the first of them alone, since another trial was better
        there; or not usable, for a `reason`.
    setup : dict of str to str
        Its settings as text, those that differ from their defaults; ``Setup.parse`` reads it.
    drawn : dict or None
        What was drawn for it; None for settings outside the ranges, such as a default.
    images : int
        That it was measured on.
    average_recall : dict of str to float
        By number of proposals.
    proposals_per_image, seconds_per_image : float
        All proposals count.
    found : list of int
        Of the images, in the order of the sample: the thresholds at which its objects are found by the first
        proposals of the budget, summed over its objects; 10 an object is all.
    proposals : list of int
        Of the images; -1 for one that cannot be used.
    seconds : list of float
        Of the images.
    reason : str
        Why it was refused.
    same_as : int or None
        An earlier trial of the same setup, whose results these are.
    elapsed : float
        Seconds from the start of the search to its end, those of earlier runs included.
    """

    number: int
    state: str
    setup: dict[str, str]
    drawn: dict[str, Any] | None
    images: int = 0
    average_recall: dict[str, float] | None = None
    proposals_per_image: float = 0.0
    seconds_per_image: float = 0.0
    found: tuple[int, ...] = ()
    proposals: tuple[int, ...] = ()
    seconds: tuple[float, ...] = ()
    reason: str = ""
    same_as: int | None = None
    elapsed: float = 0.0

    @property
    def is_finished(self) -> bool:
        """Whether it was measured on the whole sample."""
        return self.state == FINISHED

    def recall(self, budget: int) -> float:
        """Return the average recall at a number of proposals, 0-1."""
        return (self.average_recall or {}).get(str(budget), 0.0)

    def losses(self, objectives: Sequence[str], budget: int) -> Values:
        """Return its values by the objectives, smaller is better."""
        return losses(objectives, self.recall(budget), self.proposals_per_image, self.seconds_per_image)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Trial":
        """Return a trial of the plain values that :meth:`as_dict` gives."""
        lists = {name: tuple(values[name]) for name in ("found", "proposals", "seconds")}
        return cls(**{**values, **lists})
