"""Widgets drawn from what a parameter says of itself. They return values; nothing here computes."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import parameters
from core.errors import BoxscopeError
from core.parameters import Parameter
from pages.ui.components.sliders import has_slider, is_number, sliders
from pages.ui.state import held


def settings(
    plain: Any, owner: str, skip: tuple[str, ...] = (), only: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Draw a widget for each parameter of a settings object; returns the values by name.

    Parameters
    ----------
    plain : settings object
        Its values are the widgets' first ones. Lists are for :func:`live_settings`.
    owner : str
        Whose parameters they are, see :func:`pages.ui.state.fields.key`.
    skip : tuple of str
        Parameters not drawn here.
    only : tuple of str or None
        Those drawn here; None for all.
    """
    first = parameters.values(plain)
    specs = [spec for spec in _specs(plain, skip) if only is None or spec.name in only]
    return {spec.name: _widget(spec, owner, first[spec.name]) for spec in specs}


def live_settings(plain: Any, owner: str, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """Do as :func:`settings`, but draw all numbers as one element that the boxes follow while it is dragged.

    Choices come first: what the numbers mean may depend on them.
    """
    specs, first = _specs(plain, skip), parameters.values(plain)
    numbers = [spec for spec in specs if is_number(spec)]
    values = {spec.name: _widget(spec, owner, first[spec.name]) for spec in specs if spec.choices}
    if numbers:
        shown = [(spec, held.value(owner, spec, first[spec.name])) for spec in numbers]
        sliders(
            key=held.sliders(owner),
            values=shown,
            heard=held.said(owner).get("serial"),
            on_change=_take,
            args=(plain, owner, numbers),
        )
        values |= {spec.name: value for spec, value in shown}
    rest = [spec for spec in specs if spec.name not in values]
    return values | {spec.name: _widget(spec, owner, first[spec.name]) for spec in rest}


def _specs(plain: Any, skip: tuple[str, ...]) -> list[Parameter]:
    return [spec for spec in parameters.parameters(plain) if spec.name not in skip]


def _take(plain: Any, owner: str, specs: Sequence[Parameter]) -> None:
    try:
        held.take(plain, owner, specs)
    except BoxscopeError as error:
        st.toast(str(error), icon=":material/error:")


def _widget(spec: Parameter, owner: str, first: Any) -> Any:
    name = held.seed(owner, spec, first)
    shared: dict[str, Any] = {"key": name, "help": spec.help, "persist_state": "session"}
    if spec.type is bool:
        return st.toggle(spec.label, **shared)
    if spec.choices:
        return st.selectbox(spec.label, spec.choices, format_func=spec.choice_text, **shared)
    low, high, step = (
        None if bound is None else spec.type(bound) for bound in (spec.min, spec.max, spec.step)
    )
    if has_slider(spec):
        shown = ("%.2f" if spec.type is float else "%d") + (f" {spec.unit}" if spec.unit else "")
        return st.slider(spec.label, min_value=low, max_value=high, step=step, format=shown, **shared)
    unit = f" ({spec.unit})" if spec.unit else ""
    return st.number_input(f"{spec.label}{unit}", min_value=low, max_value=high, step=step, **shared)
