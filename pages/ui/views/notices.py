"""Notices that several pages draw: that no data set is open, and errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from pages.ui.state import cached, opening
from pages.ui.state.choice import FIRST_DATASET, Choice
from pages.ui.state.roots import resolve, short
from pages.ui.widgets.markdown import code, literal


class PageEnded(Exception):
    """Raised to end a page early: after ``st.stop()`` nothing could be sent any more, not even the URL."""


@contextmanager
def errors_drawn() -> Iterator[None]:
    """Draw errors that the user can correct, such as a folder that is a file, as one line."""
    try:
        yield
    except (BoxscopeError, OSError) as error:
        st.error(literal(error), icon=":material/error:")


def opened_dataset(chosen: Choice, link: bool = True) -> CocoDataset:
    """Return the chosen split of the chosen data set, or draw why it cannot be opened and end the page.

    Parameters
    ----------
    chosen : Choice
    link : bool
        Whether to draw a link to the page Data set.

    Raises
    ------
    PageEnded
        The data set cannot be opened, or has no images.
    """
    try:
        dataset = opening.open_chosen(chosen)
    except BoxscopeError as error:
        not_open(chosen, error, link)
        raise PageEnded from error
    if not len(dataset):
        st.info(f"{code(short(dataset.annotations))} lists no images.", icon=":material/image_not_supported:")
        raise PageEnded
    if not cached.has_pictures(dataset):
        _no_pictures(dataset, link)
    return dataset


def _no_pictures(dataset: CocoDataset, link: bool) -> None:
    """Draw that the folder of the pictures is the wrong one."""
    where = " on the page Data set" if link else ""
    st.warning(
        f"{code(short(dataset.images_dir))} holds none of the listed pictures, {len(dataset):,} in all, "
        f"such as {code(dataset.file_names[0])}. Give their folder as Pictures{where}.",
        icon=":material/hide_image:",
    )
    if link:
        st.page_link("dataset.py", label="Data set", icon=":material/folder_open:")


def not_open(chosen: Choice, error: BoxscopeError, link: bool) -> None:
    """Draw why a data set cannot be opened; the first one may be a sample set that is still to be made."""
    if chosen.dataset == FIRST_DATASET and not resolve(chosen.dataset).exists():
        where = ", on the page **Data set**" if link else ""
        text = f"No data set is open. Open one, or make the sample set{where}."
        st.info(text, icon=":material/folder_off:")
    else:
        st.error(literal(error), icon=":material/folder_off:")
    if link:
        st.page_link("dataset.py", label="Data set", icon=":material/folder_open:")
