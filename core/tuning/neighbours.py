"""Settings near those that are chosen: one parameter changed, or one item of a list, smallest change first.

The size of a change is its share of the parameter's range, that of its slider where that is narrower, on a
logarithmic scale where the slider has one. Another choice, or what was off turned on, is the whole range.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core import parameters
from core.parameters import Parameter

WHOLE = 1.0
"""The size of another choice."""

# Shares of the range between the values that a list may have added, by the growth of the steps.
_ADDED = {2: 20, 4: 10, 16: 5}
_SMALLEST = 0.01
_SWITCHED = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Change:
    """A change of one parameter.

    Attributes
    ----------
    name : str
    value : Any
    size : float
        Share of the range.
    at : callable or None
        Returns the value at a share of the way from the present one; None where there is nothing between.
    """

    name: str
    value: Any
    size: float
    at: Callable[[float], Any] | None = None


def changes(settings: Any, growth: int = 2) -> list[Change]:
    """Return changes of one parameter each, the smallest first.

    Parameters
    ----------
    settings : settings object
    growth : 2, 4 or 16
        Each step is so many times as large as the one before; more makes fewer changes.
    """
    present = parameters.values(settings)
    found = [
        change
        for spec in parameters.parameters(settings)
        if spec.searched and not spec.path
        for change in _of(spec, present[spec.name], growth)
    ]
    return sorted(found, key=lambda change: change.size)  # stable: equal ones by the order of the fields


def _of(spec: Parameter, value: Any, growth: int) -> Iterator[Change]:
    unlike: dict[Any, Change] = {}
    for change in _all(spec, value, growth):
        if change.value != value:
            unlike.setdefault(change.value, change)
    yield from unlike.values()


def _all(spec: Parameter, value: Any, growth: int) -> Iterator[Change]:
    if spec.choices and spec.length is None:
        yield from (Change(spec.name, choice, WHOLE) for choice in spec.choices)
    elif spec.type is bool and spec.length is None:
        yield Change(spec.name, not value, WHOLE)
    elif spec.type not in (int, float) or spec.min is None or (spec.slider is None and spec.max is None):
        return
    elif spec.length is None:
        yield from (_scalar(spec, *moved) for moved in _moved(_Scale(spec), value, growth))
    else:
        yield from _of_list(spec, value, growth)


class _Scale:
    """Positions of a number's values, 0 to 1 over its range."""

    def __init__(self, spec: Parameter) -> None:
        low, high = spec.slider or (spec.min, spec.max)
        self.spec, self.low = spec, float(low or 0)
        self.span = float(high or 0) - self.low
        self.step = _SMALLEST if spec.logarithmic else max(spec.step / self.span, _SMALLEST)

    def position(self, value: float) -> float:
        """Return the position of a value, beyond 0 to 1 for one beyond the slider."""
        share = (value - self.low) / self.span
        if not self.spec.logarithmic:
            return share
        return math.log1p(max(share, 0) * self.span) / math.log1p(self.span)

    def value(self, position: float) -> Any:
        """Return the value at a position: a multiple of the step, inside the range."""
        if self.spec.logarithmic:
            position = math.expm1(position * math.log1p(self.span)) / self.span
        number = self.low + round(position * self.span / self.spec.step) * self.spec.step
        least, most = self.spec.min, self.spec.max
        number = max(number, -math.inf if least is None else least)
        number = min(number, math.inf if most is None else most)
        return round(number) if self.spec.type is int else round(float(number), 9)


Moved = tuple[Any, float, Callable[[float], Any] | None]


def _moved(scale: _Scale, value: Any, growth: int) -> Iterator[Moved]:
    """Yield values near one: the value, its distance, and those on the way to it."""
    zero = scale.spec.zero
    if zero and value == 0:
        yield from ((scale.value(position), WHOLE, None) for position in _SWITCHED)
        return
    start, size = scale.position(value), scale.step
    while size < 2 * WHOLE:
        for position in (start - size, start + size):
            near = _near(scale, start, min(max(position, 0.0), max(start, 1.0)))
            if not (zero and near[0] == 0):
                yield near
        size *= growth
    if zero:
        yield 0, WHOLE, None


def _near(scale: _Scale, start: float, end: float) -> Moved:
    value = scale.value(end)
    return value, abs(scale.position(value) - start), lambda share: scale.value(start + share * (end - start))


def _scalar(spec: Parameter, value: Any, size: float, at: Callable[[float], Any] | None) -> Change:
    return Change(spec.name, value, size, at)


def _of_list(spec: Parameter, items: Sequence[Any], growth: int) -> Iterator[Change]:
    """Yield a list with an item changed, then with one added; of a fixed length, all changed together too."""
    scale, least_most = _Scale(spec), spec.length or (0, 0)
    for number, item in enumerate(items):
        for value, size, at in _moved(scale, item, growth):
            put = _put(items, number)
            yield Change(spec.name, put(value), size, None if at is None else _after(put, at))
    if least_most[0] == least_most[1]:
        yield from _together(spec, scale, items, growth)
    elif len(items) < least_most[1]:
        yield from _added(spec, scale, items, growth)


def _put(items: Sequence[Any], number: int) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: (*items[:number], value, *items[number + 1 :])


def _after(put: Callable[[Any], Any], at: Callable[[float], Any]) -> Callable[[float], Any]:
    return lambda share: put(at(share))


def _together(spec: Parameter, scale: _Scale, items: Sequence[Any], growth: int) -> Iterator[Change]:
    """Yield the items of a list moved by the same distance."""
    starts, size = [scale.position(item) for item in items], scale.step
    while size < 2 * WHOLE:
        for signed in (-size, size):
            ends = [min(max(start + signed, 0.0), max(start, 1.0)) for start in starts]

            def at(share: float, ends: Sequence[float] = ends) -> tuple[Any, ...]:
                ways = zip(starts, ends, strict=True)
                return tuple(scale.value(start + share * (end - start)) for start, end in ways)

            moved = max(abs(end - start) for start, end in zip(starts, ends, strict=True))
            yield Change(spec.name, at(1.0), moved, at)
        size *= growth


def _added(spec: Parameter, scale: _Scale, items: Sequence[Any], growth: int) -> Iterator[Change]:
    """Yield a list with one more item, as far from the nearest as the change is large."""
    parts, is_sorted = _ADDED[growth], list(items) == sorted(items)

    def put(value: Any) -> tuple[Any, ...]:
        longer = (*items, value)
        return tuple(sorted(longer)) if is_sorted else longer

    starts = [scale.position(item) for item in items]
    for value in dict.fromkeys(scale.value(part / parts) for part in range(parts + 1)):
        if value in items:
            continue
        if not starts:
            yield Change(spec.name, put(value), WHOLE)
            continue
        end = scale.position(value)
        start = min(starts, key=lambda each: abs(each - end))
        _, size, at = _near(scale, start, end)
        yield Change(spec.name, put(value), size, None if at is None else _after(put, at))
