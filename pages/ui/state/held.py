"""The values of parameters that widgets and the sliders element hold."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import parameters
from core.parameters import Parameter
from pages.ui.state.fields import key as key
from pages.ui.state.fields import read_settings, write_settings


def seed(owner: str, spec: Parameter, value: Any) -> str:
    """Set the widget of a parameter to an initial value, if it has none, and return the widget's key."""
    name = key(owner, spec)
    st.session_state.setdefault(name, value)
    return name


def value(owner: str, spec: Parameter, default: Any) -> Any:
    """Return the value of a parameter, `default` where none is held."""
    return st.session_state.get(key(owner, spec), default)


def settings(default: Any, owner: str) -> Any:
    """Return the settings object that the widgets of an owner hold."""
    return read_settings(default, owner, st.session_state)


def write(owner: str, settings: Any) -> None:
    """Set all parameters of an owner."""
    write_settings(settings, owner, st.session_state)


def element(owner: str, kind: str = "sliders") -> str:
    """Return the key of the element of a kind that draws numbers of a settings object."""
    return f"{owner}.{kind}"


def sent(owner: str, kind: str = "sliders") -> dict[str, Any]:
    """Return what that element sent last: ``texts`` by parameter name and a ``serial``; empty before."""
    return (st.session_state.get(element(owner, kind)) or {}).get("sent") or {}


def apply_sent(default: Any, owner: str, specs: Sequence[Parameter], kind: str = "sliders") -> None:
    """Set the parameters of an owner to what its element sent: all of them or none.

    Raises
    ------
    BoxscopeError
        A text that is invalid for its parameter, or values that contradict each other.
    """
    texts = sent(owner, kind).get("texts", {})
    parsed = {spec: spec.parse(texts[spec.name]) for spec in specs if spec.name in texts}
    current = settings(default, owner)
    parameters.replace(current, {spec.name: value for spec, value in parsed.items()})
    st.session_state.update({key(owner, spec): value for spec, value in parsed.items()})
