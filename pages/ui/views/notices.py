"""Notices that several pages draw: that no data set is open, and errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from core.datasets import CocoDataset
from core.datasets.kinds import why_no_images
from core.errors import BoxscopeError
from pages.ui.state import cached, opened, opening
from pages.ui.state.choice import FIRST_DATASET, Choice
from pages.ui.state.roots import resolve_quietly, short
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


def opened_dataset(chosen: Choice) -> CocoDataset:
    """Return the chosen split of the chosen data set, or draw why it cannot be shown and end the page.

    Raises
    ------
    PageEnded
        The data set cannot be opened, or has no images.
    """
    dataset = opened_split(chosen, link=True)
    if not len(dataset):
        no_images(dataset)
        _link()
        raise PageEnded
    return dataset


def opened_split(chosen: Choice, link: bool) -> CocoDataset:
    """Return the chosen split of the chosen data set, which may have no images.

    Parameters
    ----------
    chosen : Choice
    link : bool
        Whether to draw a link to the page Data set where it cannot be opened.

    Raises
    ------
    PageEnded
        It cannot be opened; the page says why.
    """
    try:
        dataset = opening.open_chosen(chosen)
    except BoxscopeError as error:
        not_open(chosen, error, link)
        raise PageEnded from error
    opened.remember(chosen, dataset)
    if len(dataset) and not cached.has_pictures(dataset):
        _no_pictures(dataset, link)
    return dataset


def no_images(dataset: CocoDataset) -> None:
    """Draw why a data set has no images: its file lists none, or each was left out."""
    text = f"{code(short(dataset.annotations))} {literal(why_no_images(dataset.problems))}."
    st.info(text, icon=":material/image_not_supported:")


def _no_pictures(dataset: CocoDataset, link: bool) -> None:
    """Draw that the folder of the pictures is the wrong one."""
    where = " of the page Data set" if link else ""
    st.warning(
        f"{code(short(dataset.images_dir))} holds none of the listed pictures, {len(dataset):,} in all, "
        f"such as {code(dataset.file_names[0])}. Give their folder in the field Pictures{where}.",
        icon=":material/hide_image:",
    )
    if link:
        _link()


def not_open(chosen: Choice, error: BoxscopeError, link: bool) -> None:
    """Draw why a data set cannot be opened; the first one may be a sample set that is still to be made."""
    if chosen.dataset == FIRST_DATASET and not Path(resolve_quietly(chosen.dataset)).exists():
        where = ", on the page **Data set**" if link else ""
        text = f"No data set is open. Open one, or make the sample set{where}."
        st.info(text, icon=":material/folder_off:")
    else:
        st.error(literal(error), icon=":material/folder_off:")
    if link:
        _link()


def _link() -> None:
    st.page_link("dataset.py", label="Data set", icon=":material/folder_open:")
