"""A text to copy, such as a command line, with a button that does."""

import html

import streamlit as st


def to_copy(text: str) -> None:
    """Draw a text and a button that copies it, see ``components/link/copying.js``.

    Not ``st.code``: the first picture, or the first chart, would wait for its highlighter of 1.6 MB.
    """
    st.html(
        f'<div class="to-copy"><pre>{html.escape(text)}</pre>'
        '<button type="button" aria-live="polite">Copy</button></div>'
    )
