"""Numbers as sliders with a field each, drawn by one element that the boxes follow while a slider is dragged.

A slider of Streamlit sends its value on release, and a run of the script follows. This one also sends the
event ``boxscope:live`` to the viewer in the browser while it is dragged.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core.parameters import Parameter
from pages.ui.components.declare import declare

HERE = Path(__file__).parent

# With more steps a single one can no longer be set by hand.
_SLIDER_STEPS = 1000

_mount = declare(HERE, '<div class="numbers sliders"></div>')


def is_number(spec: Parameter) -> bool:
    """Return whether a parameter is a number or a list of numbers."""
    return spec.type in (int, float)


def has_slider(spec: Parameter) -> bool:
    """Return whether a number has a range, and a logarithmic scale or at most 1,000 steps in that range."""
    ends = slider_range(spec)
    return ends is not None and (spec.logarithmic or (ends[1] - ends[0]) / spec.step <= _SLIDER_STEPS)


def slider_range(spec: Parameter) -> tuple[float, float] | None:
    """Return the ends of a parameter's slider: its own, else the bounds; None without either."""
    if spec.slider is not None or spec.min is None or spec.max is None:
        return spec.slider
    return spec.min, spec.max


def sliders(
    *,
    key: str,
    values: Sequence[tuple[Parameter, Any]],
    received: str | None,
    on_change: Callable[..., None],
    args: tuple[Any, ...] = (),
) -> None:
    """Draw parameters that are numbers.

    The element's state ``sent`` is ``{"texts": {name: text}, "serial": text}``: every parameter as
    :meth:`Parameter.spell` spells it, and a serial by which the browser recognises what it sent.

    Parameters
    ----------
    key : str
        Key of the element.
    values : list of (Parameter, number or tuple of numbers)
        The parameters, in order, each with the value shown. Without :func:`has_slider` it gets a field alone.
    received : str or None
        Serial of the last message that Python received. While the browser has sent a later one, it keeps its
        own values.
    on_change : callable
        Called with `args` before the script when a value has been set.
    args : tuple
    """
    _mount(
        key=key,
        data={
            "key": key,
            "received": received,
            "parameters": tuple(field(spec, value) for spec, value in values),
        },
        on_sent_change=lambda: on_change(*args),
    )


def field(spec: Parameter, value: Any) -> dict[str, Any]:
    """Return what the browser needs to draw a parameter and to check what is typed."""
    fewest, most = spec.length or (1, 1)
    return {
        "name": spec.name,
        "label": spec.label,
        "help": spec.help,
        "unit": spec.unit,
        "zero": spec.zero,
        "min": spec.min,
        "max": spec.max,
        "step": spec.step,
        "integer": spec.type is int,
        "slider": slider_range(spec) if has_slider(spec) else None,
        "logarithmic": spec.logarithmic,
        "list": spec.length is not None,
        "fewest": fewest,
        "most": most,
        "items": _item_names(spec, most),
        "values": [value] if spec.length is None else list(value),
    }


def _item_names(spec: Parameter, most: int) -> Sequence[str]:
    """Return the names of the items of a list, numbers from 1 on where it has none."""
    return spec.item_names or [str(item + 1) for item in range(most)]


__all__ = ["field", "has_slider", "is_number", "slider_range", "sliders"]
