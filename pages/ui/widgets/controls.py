"""Widgets drawn from the description of a parameter. They return values; nothing here computes."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import parameters
from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.parameters import Parameter
from pages.ui.components.bands import NAMES, bands
from pages.ui.components.sliders import has_slider, is_number, sliders
from pages.ui.state import held, session
from pages.ui.state.refusals import in_words
from pages.ui.state.roots import resolve
from pages.ui.widgets.markdown import literal


def settings(
    default: Any, owner: str, skip: tuple[str, ...] = (), only: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Draw a widget for each parameter of a settings object, and return the values by name.

    Parameters
    ----------
    default : settings object
        The widgets' initial values. Lists need :func:`live_settings`.
    owner : str
        The owner of the parameters, see :func:`pages.ui.state.fields.key`.
    skip : tuple of str
        Names of parameters that are not drawn.
    only : tuple of str or None
        Names of those that are drawn; None for all.
    """
    specs, initial = _specs(default, skip, only), parameters.values(default)
    return {spec.name: _widget(spec, owner, initial[spec.name]) for spec in specs}


def live_settings(
    default: Any, owner: str, skip: tuple[str, ...] = (), only: tuple[str, ...] | None = None
) -> dict[str, Any]:
    """Draw as :func:`settings`, with all numbers in one element that the boxes follow while it is dragged.

    Choices and paths come first, since the meaning of the numbers may depend on them.
    """
    specs, initial = _specs(default, skip, only), parameters.values(default)
    numbers = [spec for spec in specs if is_number(spec)]
    values = {
        spec.name: _widget(spec, owner, initial[spec.name]) for spec in specs if spec.choices or spec.path
    }
    if numbers:
        shown = [(spec, held.value(owner, spec, initial[spec.name])) for spec in numbers]
        sliders(
            key=held.element(owner),
            values=shown,
            received=held.sent(owner).get("serial"),
            on_change=_apply_sent,
            args=(default, owner, numbers),
        )
        values |= {spec.name: value for spec, value in shown}
    rest = [spec for spec in specs if spec.name not in values]
    return values | {spec.name: _widget(spec, owner, initial[spec.name]) for spec in rest}


def _specs(default: Any, skip: tuple[str, ...], only: tuple[str, ...] | None) -> list[Parameter]:
    named = [spec for spec in parameters.parameters(default) if only is None or spec.name in only]
    return [spec for spec in named if spec.name not in skip]


def label_rule() -> None:
    """Draw the label rule: its bands of IoU in one element, then the rest."""
    owner, default = "rule", LabelRule()
    bands(
        key=held.element(owner, "bands"),
        rule=held.settings(default, owner),
        received=held.sent(owner, "bands").get("serial"),
        on_change=lambda: _apply_sent(default, owner, parameters.parameters(default), "bands"),
    )
    live_settings(default, owner, skip=NAMES)


def _apply_sent(default: Any, owner: str, specs: Sequence[Parameter], kind: str = "sliders") -> None:
    try:
        held.apply_sent(default, owner, specs, kind)
    except BoxscopeError as error:
        st.toast(literal(in_words(error)), icon=":material/error:")


def _widget(spec: Parameter, owner: str, initial: Any) -> Any:
    name = held.seed(owner, spec, initial)
    shared: dict[str, Any] = {"key": name, "help": spec.help, "persist_state": "session"}
    if spec.type is bool:
        return st.toggle(spec.label, **shared)
    if spec.choices:
        return st.selectbox(spec.label, spec.choices, format_func=spec.choice_text, **shared)
    if spec.path:
        return st.text_input(spec.label, on_change=_refuse_outside, args=(name,), **shared)
    if spec.type is str:
        return st.text_input(spec.label, **shared)
    low, high, step = (
        None if bound is None else spec.type(bound) for bound in (spec.min, spec.max, spec.step)
    )
    # Streamlit's slider takes no value beyond its range, and has a linear scale alone.
    if has_slider(spec) and spec.slider is None and not spec.logarithmic:
        shown = ("%.2f" if spec.type is float else "%d") + (f" {spec.unit}" if spec.unit else "")
        return st.slider(spec.label, min_value=low, max_value=high, step=step, format=shown, **shared)
    unit = f" ({spec.unit})" if spec.unit else ""
    unit += f" (0 = {literal(spec.zero)})" if spec.zero else ""
    return st.number_input(f"{spec.label}{unit}", min_value=low, max_value=high, step=step, **shared)


def _refuse_outside(key: str) -> None:
    """Empty the field of a path that leads out of the allowed folders, and say so."""
    try:
        if text := session.remembered(key):
            session.remember(key, str(resolve(text)))
    except (BoxscopeError, ValueError) as error:
        session.remember(key, "")
        st.toast(literal(str(error)), icon=":material/error:")
