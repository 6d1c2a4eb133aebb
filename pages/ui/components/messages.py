"""Messages from a page to its components."""

import time
from typing import Any

import streamlit as st


def dated(key: str, **message: Any) -> dict[str, Any]:
    """Return a message with its key and, as ``sent_at``, the time when it was first sent.

    While an element is mounted, Streamlit may deliver the message of an earlier run after that of a later
    one; by its time the script recognises it. An unchanged message keeps its time, so that a run that
    changes nothing does not call the component.

    Parameters
    ----------
    key : str
        Of the element.
    **message
        Values that can be compared.
    """
    name = f"message to {key}"
    previous, sent_at = st.session_state.get(name, (None, 0.0))
    if previous != message:
        sent_at = time.time()
        st.session_state[name] = (message, sent_at)
    return {"key": key, **message, "sent_at": sent_at}
