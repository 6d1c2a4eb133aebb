"""Numbers as sliders with a field each, drawn by one element that the boxes follow while it is dragged.

A slider of Streamlit tells of itself when it is let go, and a run of the script follows. This one speaks to
the viewer in the browser first, by the event ``boxscope:live``, and to Python on release.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.parameters import Parameter
from pages.ui.components.declare import declare

HERE = Path(__file__).parent

# More steps than a slider can be set to by hand.
_SLIDER_STEPS = 1000

_mount = declare(HERE, '<div class="sliders"></div>')


def is_number(spec: Parameter) -> bool:
    """Return whether a parameter is a number or a list of numbers."""
    return spec.type in (int, float)


def has_slider(spec: Parameter) -> bool:
    """Return whether a number has bounds, and few enough steps between them for a hand to set."""
    return (
        spec.min is not None and spec.max is not None and (spec.max - spec.min) / spec.step <= _SLIDER_STEPS
    )


def sliders(
    *,
    key: str,
    values: Sequence[tuple[Parameter, Any]],
    heard: str | None,
    on_change: Callable[..., None],
    args: tuple[Any, ...] = (),
) -> None:
    """Draw parameters that are numbers.

    The element's state ``said`` is ``{"texts": {name: text}, "serial": text}``: every parameter as
    :meth:`Parameter.spell` spells it, and a mark by which the browser knows its own words again.

    Parameters
    ----------
    key : str
        Key of the element.
    values : list of (Parameter, number or tuple of numbers)
        What is drawn, in order, and the value shown. One that :func:`has_slider` denies gets a field alone.
    heard : str or None
        Serial of the last words that reached Python. Values that are older than the hand are not shown.
    on_change : callable
        Called with `args` before the script when a value has been set.
    args : tuple
    """
    _mount(
        key=key,
        data={"key": key, "heard": heard, "parameters": tuple(field(spec, value) for spec, value in values)},
        on_said_change=lambda: on_change(*args),
    )


def field(spec: Parameter, value: Any) -> dict[str, Any]:
    """Return what the browser needs of a parameter to draw it and to check what is typed."""
    fewest, most = spec.length or (1, 1)
    return {
        "name": spec.name,
        "label": spec.label,
        "help": spec.help,
        "unit": spec.unit,
        "min": spec.min,
        "max": spec.max,
        "step": spec.step,
        "whole": spec.type is int,
        "slider": has_slider(spec),
        "list": spec.length is not None,
        "fewest": fewest,
        "most": most,
        "items": _item_names(spec, most),
        "values": [value] if spec.length is None else list(value),
    }


def _item_names(spec: Parameter, most: int) -> Sequence[str]:
    """Return the names of the items of a list: numbers where they have none of their own."""
    return spec.item_names or [str(item + 1) for item in range(most)]


__all__ = ["field", "has_slider", "is_number", "sliders"]
