"""One parameter: its range, unit and texts, and the conversion of its value from and to text."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from core.errors import BoxscopeError, quoted

_EXPECTED = {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}
# The largest whole number: every array takes it, and JavaScript's numbers hold it.
_MAX_INT = 2**53
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclasses.dataclass(frozen=True)
class Parameter:
    """The description of one field of a settings class.

    Attributes
    ----------
    name, label, help, unit : str
        ``label`` is displayed beside a widget, ``unit`` behind its value (``px``, ``grey levels``).
    type : type
        ``int``, ``float``, ``bool`` or ``str``: of the value, or of each item of a list.
    default : Any
    min, max, step : int, float or None
        Bounds are inclusive.
    choices : tuple of str
        Allowed values, empty where any is allowed.
    length : tuple of (int, int), or None
        Minimum and maximum number of items where the value is a tuple, None where it is a scalar.
    choice_texts : tuple of str
        Displayed text of each choice.
    item_names : tuple of str
        Names of the items of a list of fixed length, such as width and height; empty for none.
    slider : tuple of (number, number), or None
        Range of its slider where that is narrower than the bounds, which a typed value may reach; None for
        the bounds.
    logarithmic : bool
        Whether its slider has a logarithmic scale, so that small values can be told apart.
    zero : str
        What 0 means where that is no number like others, such as ``automatic``; empty for a number.
    path : bool
        Whether its text is the path of a file, which any text may be.
    searched : bool
        Whether a search for good settings may change it; False where it is no matter of good proposals.
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
    choice_texts: tuple[str, ...] = ()
    item_names: tuple[str, ...] = ()
    slider: tuple[float, float] | None = None
    logarithmic: bool = False
    zero: str = ""
    path: bool = False
    searched: bool = True

    def choice_text(self, choice: str) -> str:
        """Return the displayed text of a choice."""
        return self.choice_texts[self.choices.index(choice)]

    def parse(self, text: str) -> Any:
        """Return the value of a text: ``40``, ``0.5``, ``true``, ``fast``, or a list ``40,80,120``.

        Raises
        ------
        BoxscopeError
            The text is not such a value, or the value is out of range.
        """
        if self.length is None:
            return self.check(self._parse_item(text))
        # Before the items are parsed: a link may list a million. Empty ones do not count.
        items = text.split(",", 2 * self.length[1] + 1)
        filled = [item for item in items if item.strip()]
        if len(filled) > self.length[1] or len(items) > 2 * self.length[1] + 1:
            raise self._error(text, self._expected_length())
        return self.check(tuple(map(self._parse_item, filled)))

    def spell(self, value: Any) -> str:
        """Return a value as text; the inverse of :meth:`parse`."""
        if self.length is not None:
            return ",".join(str(item) for item in value)
        return str(value).lower() if self.type is bool else str(value)

    def check(self, value: Any) -> Any:
        """Return the value in the parameter's type: integers are converted to floats, lists to tuples.

        Raises
        ------
        BoxscopeError
            Wrong type, out of range, or a list too short or too long.
        """
        if self.length is None:
            return self._check_item(value)
        if not isinstance(value, tuple | list):
            raise self._error(value, "a list")
        low, high = self.length
        if not low <= len(value) <= high:
            raise self._error(self.spell(value[: high + 1]), self._expected_length())
        return tuple(self._check_item(item) for item in value)

    def _expected_length(self) -> str:
        low, high = self.length or (0, 0)
        return f"{low} values" if low == high else f"{low} to {high} values"

    def _parse_item(self, text: str) -> Any:
        if self.path:
            return text
        text = text.strip()
        try:
            return _BOOLS[text.lower()] if self.type is bool else self.type(text)
        except (ValueError, KeyError):
            raise self._error(text, _EXPECTED[self.type]) from None

    def _check_item(self, value: Any) -> Any:
        if self.type is float and type(value) is int:
            value = float(value)
        if type(value) is not self.type:
            raise self._error(value, _EXPECTED[self.type])
        if self.choices and value not in self.choices:
            raise self._error(value, f"one of {', '.join(self.choices)}")
        if type(value) is int and abs(value) > _MAX_INT:
            raise self._error(value, f"at most {_MAX_INT}")
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
        return BoxscopeError(f"got {quoted(value)}, expected {expected}", self.name)


def parameter(
    default: Any,
    *,
    label: str,
    help: str,
    unit: str = "",
    min: float | None = None,
    max: float | None = None,
    step: float = 1,
    choices: tuple[str, ...] | Mapping[str, str] = (),
    length: tuple[int, int] | None = None,
    item_names: tuple[str, ...] = (),
    slider: tuple[float, float] | None = None,
    logarithmic: bool = False,
    zero: str = "",
    path: bool = False,
    searched: bool = True,
) -> Any:
    """Return a dataclass field that describes itself; the arguments are those of :class:`Parameter`.

    Choices may be a mapping from each choice to its displayed text.
    """
    texts = tuple(choices.values()) if isinstance(choices, Mapping) else choices
    metadata: dict[str, Any] = {"label": label, "help": help, "unit": unit, "min": min, "max": max}
    metadata |= {"step": step, "choices": tuple(choices), "choice_texts": texts, "length": length}
    metadata |= {"item_names": item_names, "slider": slider, "logarithmic": logarithmic, "zero": zero}
    metadata |= {"path": path, "searched": searched}
    return dataclasses.field(default=default, metadata=metadata)
