"""Parameters that describe themselves: one field says its range, unit and words for every screen.

A settings class is a frozen dataclass whose fields are made with :func:`parameter`. The sidebar draws
widgets from these fields, the command line and the URL spell them as text, the manifest keeps them.
"""

import dataclasses
import functools
import math
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_type_hints

from core.errors import BoxscopeError

T = TypeVar("T")

_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclasses.dataclass(frozen=True)
class Parameter:
    """What one field of a settings class says of itself.

    Attributes
    ----------
    name, label, help, unit : str
        ``label`` stands beside a widget, ``unit`` behind its value (``px``, ``grey levels``).
    type : type
        ``int``, ``float``, ``bool`` or ``str``: of the value, or of each item of a list.
    default : Any
    min, max, step : int, float or None
        Bounds are inclusive.
    choices : tuple of str
        The words allowed, empty where any is.
    length : tuple of (int, int), or None
        Fewest and most items where the value is a tuple, None where it is a scalar.
    """

    name: str
    type: type
    default: Any
    label: str
    help: str
    unit: str
    min: float | None
    max: float | None
    step: float
    choices: tuple[str, ...]
    length: tuple[int, int] | None

    def parse(self, text: str) -> Any:
        """Read the value from text: ``40``, ``0.5``, ``true``, ``fast``, or a list ``40,80,120``.

        Raises
        ------
        BoxscopeError
            The text does not spell such a value, or the value is out of range.
        """
        if self.length is None:
            return self.check(self._parse_item(text))
        return self.check(tuple(self._parse_item(item) for item in text.split(",") if item.strip()))

    def spell(self, value: Any) -> str:
        """Give the text that :meth:`parse` reads as this value."""
        if self.length is not None:
            return ",".join(str(item) for item in value)
        return str(value).lower() if self.type is bool else str(value)

    def check(self, value: Any) -> Any:
        """Give the value in its own type: whole numbers become floats where floats are due, lists tuples.

        Raises
        ------
        BoxscopeError
            Wrong type, out of range, or a list too short or too long.
        """
        if self.length is None:
            return self._check_item(value)
        if not isinstance(value, tuple | list):
            raise self._error(value, "a list")
        fewest, most = self.length
        if not fewest <= len(value) <= most:
            expected = f"{fewest} values" if fewest == most else f"{fewest} to {most} values"
            raise self._error(self.spell(value), expected)
        return tuple(self._check_item(item) for item in value)

    def _parse_item(self, text: str) -> Any:
        text = text.strip()
        try:
            return _BOOLS[text.lower()] if self.type is bool else self.type(text)
        except (ValueError, KeyError):
            raise self._error(text, _WORDS[self.type]) from None

    def _check_item(self, value: Any) -> Any:
        if self.type is float and type(value) is int:
            value = float(value)
        if type(value) is not self.type:
            raise self._error(value, _WORDS[self.type])
        if self.choices and value not in self.choices:
            raise self._error(value, f"one of {', '.join(self.choices)}")
        if self.type in (int, float) and not self._in_range(value):
            raise self._error(value, self._range())
        return value

    def _in_range(self, value: Any) -> bool:
        low = -math.inf if self.min is None else self.min
        high = math.inf if self.max is None else self.max
        return low <= value <= high and abs(value) < math.inf

    def _range(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.max is None:
            return f"at least {self.min}{unit}"
        return f"{self.min} to {self.max}{unit}"

    def _error(self, value: Any, expected: str) -> BoxscopeError:
        return BoxscopeError(f"got {value!r}, expected {expected}", self.name)


def parameter(
    default: Any,
    *,
    label: str,
    help: str,
    unit: str = "",
    min: float | None = None,
    max: float | None = None,
    step: float = 1,
    choices: tuple[str, ...] = (),
    length: tuple[int, int] | None = None,
) -> Any:
    """Make a dataclass field that describes itself; the arguments are those of :class:`Parameter`."""
    words = {"label": label, "help": help, "unit": unit, "min": min, "max": max, "step": step}
    return dataclasses.field(default=default, metadata={**words, "choices": choices, "length": length})


def parameters(settings: type) -> tuple[Parameter, ...]:
    """List the parameters of a settings class, in the order of its fields.

    Parameters
    ----------
    settings : type
        A dataclass. Fields not made with :func:`parameter` are passed over.
    """
    return _listed(settings)


@functools.cache  # asked for some 170 times a run of a page
def _listed(settings: Any) -> tuple[Parameter, ...]:
    hints = get_type_hints(settings)
    return tuple(
        Parameter(name=f.name, type=_item_type(hints[f.name]), default=f.default, **f.metadata)
        for f in dataclasses.fields(settings)
        if "label" in f.metadata
    )


def _item_type(hint: Any) -> type:
    args = get_args(hint)
    return args[0] if args else hint


class Checked:
    """Base of settings classes: a value out of range raises when the object is made, not when used."""

    def __post_init__(self) -> None:
        for spec in parameters(type(self)):
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))


def build(settings: type[T], texts: Mapping[str, str], *, owner: str) -> T:
    """Make a settings object from spelled values; what is not named keeps its default.

    Parameters
    ----------
    settings : type
        A dataclass of parameters.
    texts : mapping of str to str
    owner : str
        Whose parameters they are, for the error.

    Raises
    ------
    BoxscopeError
        A name that the class does not have, or a value that does not fit.
    """
    specs = {spec.name: spec for spec in parameters(settings)}
    for name in texts:
        if name not in specs:
            expected = f"expected one of {', '.join(specs)}" if specs else "it takes none"
            raise BoxscopeError(f"no parameter {name!r}, {expected}", owner)
    return settings(**{name: specs[name].parse(text) for name, text in texts.items()})


def spell(settings: Any) -> dict[str, str]:
    """Spell every parameter of a settings object as text, in field order."""
    return {spec.name: spec.spell(getattr(settings, spec.name)) for spec in parameters(type(settings))}
