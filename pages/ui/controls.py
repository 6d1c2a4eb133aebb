"""Widgets drawn from what a parameter says of itself. They return values; nothing here computes."""

from typing import Any

import streamlit as st

from core import parameters
from core.parameters import Parameter
from core.ranking import WORDS
from pages.ui import state

# More steps than a slider can be set to by hand.
_SLIDER_STEPS = 1000
_ITEMS = {"kernel": ("width", "height")}


def settings(plain: Any, owner: str, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """Draw a widget for each parameter of a settings object; returns the values by name.

    Parameters
    ----------
    plain : settings object
        Its values are the widgets' first ones.
    owner : str
        Whose parameters they are, see :func:`state.key`.
    skip : tuple of str
        Parameters not drawn here.
    """
    specs = [spec for spec in parameters.parameters(type(plain)) if spec.name not in skip]
    return {spec.name: _parameter(spec, owner, getattr(plain, spec.name)) for spec in specs}


def _parameter(spec: Parameter, owner: str, first: Any) -> Any:
    if spec.length is None:
        return _scalar(spec, spec.label, state.seed(state.key(owner, spec), first))
    return _list(spec, owner, first)


def _list(spec: Parameter, owner: str, first: tuple[Any, ...]) -> tuple[Any, ...]:
    fewest, most = spec.length or (0, 0)
    count = state.length(owner, spec)
    words = _ITEMS.get(spec.name, ())
    values = []
    for item in range(count):
        name = state.seed(state.key(owner, spec, item), first[min(item, len(first) - 1)])
        label = f"{spec.label} {words[item] if words else item + 1}"
        if fewest == most:
            values.append(_scalar(spec, label, name))
            continue
        wide, narrow = st.columns([7, 1], vertical_alignment="bottom")
        with wide:
            values.append(_scalar(spec, label, name))
        narrow.button(
            "✕",
            key=f"{name}.remove",
            type="tertiary",
            help=f"Remove {label.lower()}",
            disabled=count <= fewest,
            on_click=state.remove_item,
            args=(owner, spec, item),
        )
    if count < most:
        st.button(
            f"Add {spec.label.lower()}",
            key=f"{state.key(owner, spec)}.add",
            icon=":material/add:",
            on_click=state.add_item,
            args=(owner, spec, _next(spec, values)),
        )
    return tuple(values)


def _next(spec: Parameter, values: list[Any]) -> Any:
    """Suggest an item beyond the last, by the last step between items."""
    step = values[-1] - values[-2] if len(values) > 1 else values[-1]
    value = values[-1] + step
    if spec.max is not None and value > spec.max:
        return values[-1]
    return spec.default[-1] if spec.min is not None and value < spec.min else value


def _scalar(spec: Parameter, label: str, name: str) -> Any:
    shared: dict[str, Any] = {"key": name, "help": spec.help, "persist_state": "session"}
    if spec.type is bool:
        return st.toggle(label, **shared)
    if spec.choices:
        return st.selectbox(label, spec.choices, format_func=lambda word: WORDS.get(word, word), **shared)
    low, high, step = (_typed(spec, bound) for bound in (spec.min, spec.max, spec.step))
    unit = f" ({spec.unit})" if spec.unit else ""
    if low is None or high is None or (high - low) / step > _SLIDER_STEPS:
        return st.number_input(f"{label}{unit}", min_value=low, max_value=high, step=step, **shared)
    shown = ("%.2f" if spec.type is float else "%d") + (f" {spec.unit}" if spec.unit else "")
    return st.slider(label, min_value=low, max_value=high, step=step, format=shown, **shared)


def _typed(spec: Parameter, bound: float | None) -> Any:
    return None if bound is None else spec.type(bound)
