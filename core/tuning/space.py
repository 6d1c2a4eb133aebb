"""Which settings are searched, and over which values: by the parameters themselves, narrowed by the user.

A number is one dimension. A list of fixed length has one an item (``kernel.width``, ``kernel.height``). A
list of any length has three, ``.count``, ``.low`` and ``.high``: its items are spread evenly from the lowest
to the highest, since single items of their own would be eight dimensions that say nearly the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core import parameters
from core.errors import BoxscopeError, quoted
from core.parameters import Parameter
from core.pipeline import Setup
from core.ranking import DEFAULT_ORDER, SCORE
from core.tuning.dimension import Dimension

SEARCHED_OF_SETUP = ("order", "min_side", "nms")
"""Settings of a setup that are searched beside the parameters of its proposer."""

Drawn = Mapping[str, Any]


@dataclass(frozen=True)
class Searched:
    """A parameter that is searched.

    Attributes
    ----------
    spec : Parameter
        Under its full name in the setup.
    dimensions : tuple of Dimension
    """

    spec: Parameter
    dimensions: tuple[Dimension, ...]

    def value(self, drawn: Drawn) -> Any:
        """Return the value of the parameter for values of its dimensions, by their names."""
        values = [drawn[one.name] for one in self.dimensions]
        if self.dimensions[0].choices:
            return self.spec.parse(values[0])
        if self.spec.length is None:
            return values[0]
        if _is_fixed_length(self.spec):
            return tuple(values)
        count, low, high = values
        items = np.linspace(min(low, high), max(low, high), int(count)).tolist()
        return tuple(dict.fromkeys(self.dimensions[1].snapped(item) for item in items))

    def drawn(self, value: Any) -> dict[str, Any] | None:
        """Return the values of the dimensions that give a value, None where none do."""
        names = [one.name for one in self.dimensions]
        if self.dimensions[0].choices:
            values: tuple[Any, ...] = (self.spec.spell(value),)
        elif self.spec.length is None:
            values = (value,)
        elif _is_fixed_length(self.spec):
            values = value
        else:  # no items: any lowest and highest one will do
            ends = (min(value), max(value)) if value else (self.dimensions[1].low, self.dimensions[2].high)
            values = (len(value), *ends)
        found = dict(zip(names, values, strict=True))
        return found if self._holds(found) and self.value(found) == value else None

    def _holds(self, drawn: Drawn) -> bool:
        return all(
            drawn[one.name] in one.choices if one.choices else one.low <= drawn[one.name] <= one.high
            for one in self.dimensions
        )


@dataclass(frozen=True)
class Space:
    """The settings that are searched, and the setup that gives all others.

    Attributes
    ----------
    base : Setup
    searched : tuple of Searched
    """

    base: Setup
    searched: tuple[Searched, ...]

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All dimensions of which there is more than one value."""
        return tuple(one for each in self.searched for one in each.dimensions if not one.is_fixed)

    def setup(self, drawn: Drawn) -> Setup:
        """Return the setup for values of :attr:`dimensions`, by their names.

        Raises
        ------
        BoxscopeError
            The values do not fit each other.
        """
        all_drawn = {one.name: _only(one) for each in self.searched for one in each.dimensions} | dict(drawn)
        values = {each.spec.name: each.value(all_drawn) for each in self.searched}
        return parameters.replace(self.base, values)

    def drawn(self, setup: Setup) -> dict[str, Any] | None:
        """Return the values of the dimensions that give a setup, None where it lies outside the ranges."""
        values, names = parameters.values(setup), {one.name for one in self.dimensions}
        found: dict[str, Any] = {}
        for each in self.searched:
            drawn = each.drawn(values[each.spec.name])
            if drawn is None:
                return None
            found |= drawn
        return {name: value for name, value in found.items() if name in names}


def _only(one: Dimension) -> Any:
    return one.choices[0] if one.choices else one.snapped(one.low)


def space(base: Setup, fixed: Collection[str] = (), narrowed: Mapping[str, str] | None = None) -> Space:
    """Return the space of a proposer's parameters, its order and its filters.

    Parameters
    ----------
    base : Setup
        The proposer, and the values of what is not searched; its order is named.
    fixed : collection of str
        Parameters that keep the value of `base`.
    narrowed : mapping of str to str, or None
        ``LOW..HIGH``, or choices joined by commas (of lists by semicolons), by the name of a parameter or of
        a dimension; one that is named here is searched though its range has no end.

    Raises
    ------
    BoxscopeError
        An unknown name, one that is fixed as well, values that do not fit, or nothing is left to search.
    """
    texts = dict(narrowed or {})
    specs = {spec.name: spec for spec in parameters.parameters(base) if _is_of_proposals(spec, base)}
    for name in {name for name in texts if name in fixed}:
        raise BoxscopeError("it is given a value as well: it is either fixed or searched", f"--search {name}")
    candidates = [spec for name, spec in specs.items() if name not in fixed]
    searched = [each for spec in candidates if (each := _searched(spec, texts, base)) is not None]
    known = [name for each in candidates for name in (each.name, *_dimension_names(each))]
    for name in texts:
        raise BoxscopeError(f"expected one of {', '.join(dict.fromkeys(known))}", f"--search {name}")
    found = Space(base, tuple(searched))
    if not found.dimensions:
        raise BoxscopeError("nothing is left to search: every setting is fixed", base.proposer.name)
    return found


def _is_of_proposals(spec: Parameter, setup: Setup) -> bool:
    """Return whether a parameter decides the proposals, and can be searched at all."""
    shared = {each.name for each in parameters.shared(type(setup))}
    if spec.name in shared:
        return spec.name in SEARCHED_OF_SETUP
    return spec.searched and not spec.path and (spec.type is not str or bool(spec.choices))


def _searched(spec: Parameter, texts: dict[str, str], base: Setup) -> Searched | None:
    """Return how a parameter is searched, after taking its texts from `texts`; None for not at all."""
    text = texts.pop(spec.name, "")
    if (choices := _choices(spec, text, base)) is not None:
        return Searched(spec, (Dimension(spec.name, choices=choices),))
    ends = _ends(spec, spec.name, text) if text else _own_ends(spec)
    own = {name: texts.pop(name) for name in _dimension_names(spec) if name in texts}
    if ends is None:
        return None
    dimensions = [
        Dimension.of_range(name, spec, *(_ends(spec, name, own[name]) if name in own else ends))
        for name in _dimension_names(spec)
        if not name.endswith(".count")
    ]
    if spec.length is not None and not _is_fixed_length(spec):
        name = f"{spec.name}.count"
        low, high = _whole_ends(name, own[name], spec.length) if name in own else spec.length
        dimensions.insert(0, Dimension(name, low, high, whole=True))
    return Searched(spec, tuple(dimensions))


def _dimension_names(spec: Parameter) -> tuple[str, ...]:
    if spec.length is None:
        return (spec.name,)
    if _is_fixed_length(spec):
        items = spec.item_names or tuple(map(str, range(1, spec.length[0] + 1)))
        return tuple(f"{spec.name}.{item}" for item in items)
    return tuple(f"{spec.name}.{part}" for part in ("count", "low", "high"))


def _is_fixed_length(spec: Parameter) -> bool:
    return spec.length is not None and spec.length[0] == spec.length[1]


def _choices(spec: Parameter, text: str, base: Setup) -> tuple[str, ...] | None:
    """Return the texts that are chosen from, None for a parameter with a range."""
    if text and ".." not in text:
        separator = "," if spec.length is None else ";"
        found = [spec.spell(_parsed(spec, each)) for each in text.split(separator)]
        return tuple(dict.fromkeys(found))
    if text and (spec.choices or spec.type is bool):
        raise BoxscopeError(f"got {quoted(text)}, expected choices joined by commas", f"--search {spec.name}")
    if spec.type is bool:
        return ("false", "true")
    if spec.name == "order":
        return tuple(each for each in spec.choices if _is_possible(each, base))
    return spec.choices or None


def _is_possible(order: str, base: Setup) -> bool:
    return order != DEFAULT_ORDER and (order != SCORE or base.proposer.has_scores)


def _own_ends(spec: Parameter) -> tuple[float, float] | None:
    """Return the range of a parameter, that of its slider where it has one; None for one without an end."""
    low, high = spec.slider or (spec.min, spec.max)
    return None if low is None or high is None else (low, high)


def _ends(spec: Parameter, name: str, text: str) -> tuple[float, float]:
    first, dots, last = text.partition("..")
    if not dots:
        raise BoxscopeError(f"got {quoted(text)}, expected LOW..HIGH", f"--search {name}")
    low, high = (_number(spec, name, each) for each in (first, last))
    if low > high:
        raise BoxscopeError(f"got {quoted(text)}, expected the lower one first", f"--search {name}")
    return low, high


def _number(spec: Parameter, name: str, text: str) -> float:
    """Return a number that fits a parameter, or an item of a list."""
    items = text if spec.length is None else ",".join([text] * max(spec.length[0], 1))
    try:
        value = spec.parse(items)
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, f"--search {name}") from None
    return float(value if spec.length is None else value[0])


def _whole_ends(name: str, text: str, bounds: tuple[int, int]) -> tuple[int, int]:
    first, _, last = text.partition("..")
    numbers = [int(each) if each.strip().isdecimal() else -1 for each in (first, last or first)]
    if not bounds[0] <= numbers[0] <= numbers[1] <= bounds[1]:
        expected = f"expected LOW..HIGH within {bounds[0]} to {bounds[1]}"
        raise BoxscopeError(f"got {quoted(text)}, {expected}", f"--search {name}")
    return numbers[0], numbers[1]


def _parsed(spec: Parameter, text: str) -> Any:
    try:
        return spec.parse(text)
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, f"--search {spec.name}") from None
