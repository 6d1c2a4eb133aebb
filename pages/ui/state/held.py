"""The parameters of settings objects, as widgets and shared elements hold them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import parameters
from core.parameters import Parameter
from pages.ui.state.fields import key as key
from pages.ui.state.fields import read_settings, write_settings


def seed(owner: str, spec: Parameter, value: Any) -> str:
    """Set the widget of a parameter to its first value, if it has none yet; returns the widget's key."""
    name = key(owner, spec)
    st.session_state.setdefault(name, value)
    return name


def value(owner: str, spec: Parameter, default: Any) -> Any:
    """Return the value of a parameter; `default` where none has been chosen."""
    return st.session_state.get(key(owner, spec), default)


def put(owner: str, settings: Any) -> None:
    """Choose all parameters of an owner."""
    write_settings(settings, owner, st.session_state)


def sliders(owner: str) -> str:
    """Return the key of the element that draws the numbers of a settings object."""
    return f"{owner}.sliders"


def said(owner: str) -> dict[str, Any]:
    """Return what that element said last: ``texts`` by parameter name and a ``serial``, or nothing yet."""
    return (st.session_state.get(sliders(owner)) or {}).get("said") or {}


def take(plain: Any, owner: str, specs: Sequence[Parameter]) -> None:
    """Take over the values that the element of an owner has told of: all of them or none.

    Raises
    ------
    BoxscopeError
        A text that does not fit its parameter, or values that do not fit each other.
    """
    texts = said(owner).get("texts", {})
    parsed = {spec: spec.parse(texts[spec.name]) for spec in specs if spec.name in texts}
    held = read_settings(plain, owner, st.session_state)
    parameters.replace(held, {spec.name: value for spec, value in parsed.items()})
    st.session_state.update({key(owner, spec): value for spec, value in parsed.items()})
