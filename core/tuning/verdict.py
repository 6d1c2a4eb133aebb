"""What can be said of a search's gain: whether chance explains it, or the layout of the split."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core import wording
from core.evaluation.bootstrap import Interval
from core.evaluation.comparison import chance_text, difference_text

WITHOUT_VALID = (
    "no valid split: these figures are of the images by which the settings were chosen, and other images "
    "will give lower ones"
)


def remarks(
    budget: int,
    train: float,
    valid: float,
    over_defaults: Interval,
    baselines: Mapping[str, tuple[float, Interval]],
) -> list[str]:
    """Return what the figures of the best trial on the valid split mean, in sentences.

    A proposer that does not look at the picture knows the layout of a split alone: where its objects lie and
    how large they are. Settings whose recall is not above that of such boxes may have learned the same.

    Parameters
    ----------
    budget : int
    train, valid : float
        Its average recall.
    over_defaults : Interval
        How much higher it is than that of the defaults.
    baselines : mapping of str to (float, Interval)
        Of proposers that do not look at the picture: their average recall, and how much higher it is.
    """
    name, (recall, above) = max(baselines.items(), key=lambda item: item[1][0])
    return [
        f"AR@{budget} is {valid:.3f} on the valid split, {train:.3f} on the images that the search saw",
        f"against the defaults: {difference_text(over_defaults)}, {_meaning(over_defaults)}",
        f"against {name} ({recall:.3f}), the best of the boxes that do not look at the picture: "
        f"{difference_text(above)}, {_layout(above)}",
    ]


def seen(names: Sequence[str]) -> list[str]:
    """Return what it means that pictures of the valid split are in the training split, if any are."""
    if not names:
        return []
    pictures = wording.count(len(names), "picture")
    return [
        f"{pictures} of the valid split, {names[0]} the first, {'is' if len(names) == 1 else 'are'} in the "
        "training split too: its figures are too high"
    ]


def _meaning(gain: Interval) -> str:
    if gain.low > 0:
        return "a gain that can be told from chance"
    if gain.high < 0:
        return "a loss that can be told from chance: keep the defaults"
    return chance_text(gain)


def _layout(above: Interval) -> str:
    if above.low > 0:
        return "more than the layout of the split gives"
    if above.high < 0:
        return "less than the layout of the split gives alone: where its objects lie and how large they are"
    return "so it may be only the layout of the split: where its objects lie and how large they are"


def as_dict(one: Interval) -> dict[str, Any]:
    """Return a difference as plain values: ``difference``, ``interval``, ``distinguishable`` from chance."""
    value, limits = number(one.value), bounds(one)
    return {"difference": value, "interval": limits, "distinguishable": one.excludes_zero}


def number(value: float) -> float | None:
    """Return a figure for JSON, which has no NaN."""
    return None if math.isnan(value) else value


def bounds(one: Interval) -> list[float] | None:
    """Return the ends of an interval for JSON."""
    return None if math.isnan(one.low) else [one.low, one.high]
