"""The Pareto front: the trials that no other one beats in every objective."""

from collections.abc import Sequence

Values = tuple[float, ...]

OBJECTIVES = ("recall", "proposals", "time")
"""What a trial can be judged by: average recall at the budget (more is better), proposals an image and
seconds an image (fewer are better)."""


def losses(objectives: Sequence[str], recall: float, proposals: float, seconds: float) -> Values:
    """Return the values of a trial by the objectives, all of which are the better the smaller they are."""
    values = {"recall": -recall, "proposals": proposals, "time": seconds}
    return tuple(values[name] for name in objectives)


def dominates(one: Values, other: Values) -> bool:
    """Return whether one is nowhere worse than the other, and somewhere better; smaller is better."""
    return one != other and all(first <= second for first, second in zip(one, other, strict=True))


def front(losses: Sequence[Values]) -> list[int]:
    """Return the positions of those that none dominates, of equal ones the first, in ascending order.

    Parameters
    ----------
    losses : sequence of tuple of float
        The values of each by every objective; smaller is better.
    """
    found = []
    for position, one in enumerate(losses):
        if one not in losses[:position] and not any(dominates(other, one) for other in losses):
            found.append(position)
    return found
