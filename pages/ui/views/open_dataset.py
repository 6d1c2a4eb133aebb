"""The form that opens a data set: a folder or a COCO file, and where its pictures are."""

import streamlit as st

from core.datasets.formats.table import FORMATS
from core.errors import BoxscopeError
from pages.ui.state import opened, opening, session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import resolve, roots
from pages.ui.widgets.markdown import code, literal


def draw() -> bool:
    """Draw the form, filled with what is open; return False if what was to be opened cannot be."""
    chosen = session.choice()
    with st.form("open", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        dataset = st.text_input(
            "Folder or JSON file",
            value=chosen.dataset if _is_open(chosen) else "",
            placeholder="with COCO annotations in it or one below, or in another format",
            help=f"Inside {', '.join(map(code, roots()))}. Other formats: {_formats()}.",
        )
        images = st.text_input(
            "Pictures",
            value=chosen.images,
            placeholder="found by their names",
            help="The folder in which the pictures have the names that the annotations list. "
            "Empty: the one of the usual folders that holds the most of them.",
        )
        submitted = st.form_submit_button("Open folder or file", type="primary")
    failed = submitted and not _request(dataset, images)
    if submitted and not failed:
        st.rerun()
    if failed and _is_open(chosen):
        st.caption(f"{code(chosen.dataset)} is open still.")
    if others := opening.others(chosen):
        named = "; ".join(f"{code(name)} {literal(text)}" for name, text in others.items())
        st.caption(f"Left out: {named}.")
    return not failed


def _formats() -> str:
    return ", ".join(form.title for form in FORMATS.values())


def _is_open(chosen: Choice) -> bool:
    try:
        return bool(opening.splits(chosen))
    except BoxscopeError:
        return False


def _request(dataset: str, images: str) -> bool:
    """Request to open what was given; where it cannot be opened, draw why and return False."""
    try:
        path = resolve(dataset)
        opening.splits(Choice(dataset=str(path)))
        folder = opening.images_dir(images)
    except BoxscopeError as error:
        st.error(literal(error), icon=":material/folder_off:")
        return False
    opened.request_open(str(path), str(folder or ""))
    return True
