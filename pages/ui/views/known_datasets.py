"""The list of data sets to choose from: those opened before, then those in folders below the roots."""

import streamlit as st

from core import wording
from pages.ui.server import covers
from pages.ui.state import known, opened, session
from pages.ui.state.known import Known
from pages.ui.state.roots import resolve_quietly
from pages.ui.widgets.markdown import code, literal

# Seconds that the page waits for the search below the roots, and those between two looks at it.
_PATIENCE, _REFRESH = 0.3, 1.0


def draw() -> None:
    """Draw the list."""
    with st.expander("Other data sets", icon=":material/database:"):
        _, complete = known.below_roots(_PATIENCE)
        st.fragment(_listed, run_every=None if complete else _REFRESH)()


def _listed() -> None:
    found, complete = known.below_roots()
    current = resolve_quietly(session.choice().dataset)
    before = known.opened_before()
    items = {item.path: item for item in [*found, *before]}
    # Those opened before first, the last one on top; with the numbers that were read when they were opened.
    order = dict.fromkeys([*(item.path for item in before), *items])
    others = [items[path] for path in order if path != current]
    for path, name in known.names(item.path for item in others).items():
        _entry(items[path], name)
    if not complete:
        st.caption("Searching the folders that this app may open …")
    elif not others:
        st.caption("No other data set was opened before or lies in a folder that this app may open.")


def _entry(item: Known, name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # A file so large that its images are not counted is not read for a thumbnail either.
        address = f'src="covers/{covers.token(item)}" loading="lazy"' if item.images else ""
        st.html(f'<img class="cover" {address} alt="">', width="content")
        st.button(
            literal(name),
            key=session.page_key("known", item.path),
            icon=":material/folder_open:",
            help=code(item.path),
            on_click=opened.request_open,
            args=(item.path, item.images_dir),
        )
        st.caption(" · ".join([*_numbers(item), code(item.path)]))


def _numbers(item: Known) -> list[str]:
    formats = [literal(item.format)] if item.format else []
    if not item.images:
        return formats
    return [
        *formats,
        literal(item.split),
        wording.count(item.images, "image"),
        wording.count(item.objects, "object"),
    ]
