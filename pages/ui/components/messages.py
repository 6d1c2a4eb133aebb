"""What a page tells its components."""

import time
from typing import Any

import streamlit as st


def dated(key: str, **message: Any) -> dict[str, Any]:
    """Give a message with its key and, as ``told``, the time when it was first said.

    While an element is mounted, Streamlit may hand over the message of an earlier run after that of a later
    one; by the time its script knows. The same message bears the same time, so that a run that says nothing
    new does not wake the component.

    Parameters
    ----------
    key : str
        Of the element.
    **message
        Values that can be compared.
    """
    name = f"said to {key}"
    said, told = st.session_state.get(name, (None, 0.0))
    if said != message:
        told = time.time()
        st.session_state[name] = (message, told)
    return {"key": key, **message, "told": told}
