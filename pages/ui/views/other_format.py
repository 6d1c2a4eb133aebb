"""What the page Data set says of one in another format: what it is taken for, what is noted; and as COCO."""

from pathlib import Path

import streamlit as st

from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.formats.base import ALL
from core.datasets.formats.conversion import Converted
from core.datasets.kinds import summary_lines
from core.wording import count
from pages.ui.state import cached, opened, session
from pages.ui.state.roots import resolve, short
from pages.ui.views import notices
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.problems import problem_table

_OUT = session.page_key("other format", "out")
_NOTES = session.page_key("other format", "notes")


def draw(data: CocoDataset) -> None:
    """Draw the panel, nothing for a data set that is in COCO."""
    converted = kept.of(data.annotations)
    if converted is None:
        return
    st.subheader(literal(converted.title), divider="gray")
    st.markdown(f"{code(short(Path(converted.folder)))}: {literal(converted.recognised)}.")
    part = "" if converted.split == ALL else f" of the split {converted.split}"
    used = f"{count(converted.images, 'picture')}{part}, {count(converted.annotations, 'object')}"
    if left_out := converted.found - converted.images:
        used += f"; {left_out:,} of {converted.found:,} pictures and label files left out"
    st.markdown(literal(f"{used}."))
    if converted.notes:
        lines = "; ".join(summary_lines(converted.notes))
        with st.expander(literal(f"{count(len(converted.notes), 'note')}: {lines}"), icon=":material/info:"):
            problem_table(converted.notes, data.images_dir, "notes.csv", _NOTES)
    _write(converted)


def _write(converted: Converted) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            "COCO file", key=_seeded(converted), help="What is there already is not replaced."
        )
        asked = st.button("Write as COCO", icon=":material/save:")
    if not asked:
        return
    with notices.errors_drawn():
        out = resolve(typed)
        kept.copy(converted, out)
        cached.forget_splits()
        st.success(f"{code(short(out))} is written: the folder opens as COCO from now on.")
        st.button(
            "Open it",
            icon=":material/folder_open:",
            on_click=opened.request_open,
            args=(str(out), converted.images_dir),
        )


def _seeded(converted: Converted) -> str:
    """Set the widget of the file to one in the data set's folder, once for each; return its key."""
    key = f"{_OUT}.{converted.out}"
    if session.remembered(key) is None:
        part = "" if converted.split == ALL else f"_{converted.split.replace('/', '_')}"
        session.remember(key, short(Path(converted.folder) / f"annotations{part}.json"))
    return key
