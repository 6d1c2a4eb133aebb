"""A number or a choice that is drawn for every trial: its range, and its steps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.parameters import Parameter


@dataclass(frozen=True)
class Dimension:
    """A value that the search draws; a list parameter has several, see :mod:`core.tuning.space`.

    Attributes
    ----------
    name : str
        ``nms``, ``offsets.count``, ``kernel.width``.
    low, high : float
        The range, both ends included; not used where there are choices.
    step : float
        Values are multiples of it above `origin`.
    origin : float
    whole : bool
        Whether values are whole numbers.
    logarithmic : bool
        Whether small values are drawn as finely as large ones, by their ratio.
    choices : tuple of str
        The texts to choose from; empty for a number.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    step: float = 1.0
    origin: float = 0.0
    whole: bool = False
    logarithmic: bool = False
    choices: tuple[str, ...] = ()

    @classmethod
    def of_range(cls, name: str, spec: Parameter, low: float, high: float) -> "Dimension":
        """Return the dimension of a number between two bounds, by the type and the step of a parameter."""
        whole, origin = spec.type is int, spec.min or 0.0
        return cls(name, low, high, spec.step, origin, whole, spec.logarithmic and low >= 0)

    @property
    def is_fixed(self) -> bool:
        """Whether there is one value alone."""
        return len(self.choices) == 1 or (not self.choices and self.low == self.high)

    @property
    def shift(self) -> float:
        """What is added before logarithms are taken: 1 where the range holds 0, so that 0 can be drawn."""
        return 1.0 if self.logarithmic and self.low < 1 and self.whole else 0.0

    def snapped(self, value: float) -> float | int:
        """Return the value of the range that is nearest: a multiple of the step above the origin."""
        steps = round((value - self.origin) / self.step)
        least = math.ceil((self.low - self.origin) / self.step - 1e-9)
        most = math.floor((self.high - self.origin) / self.step + 1e-9)
        near = self.origin + min(max(steps, least), most) * self.step if least <= most else self.low
        return int(near) if self.whole else round(near, 10)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values: its name, and its choices or its range and scale."""
        if self.choices:
            return {"name": self.name, "choices": list(self.choices)}
        low, high = (int(each) if self.whole else each for each in (self.low, self.high))
        return {"name": self.name, "low": low, "high": high, "logarithmic": self.logarithmic}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Dimension":
        """Return a dimension of the plain values that :meth:`as_dict` gives; its steps are not among them."""
        if "choices" in values:
            return cls(values["name"], choices=tuple(values["choices"]))
        low, high = values["low"], values["high"]
        whole = isinstance(low, int) and isinstance(high, int)
        return cls(values["name"], low, high, whole=whole, logarithmic=values["logarithmic"])
