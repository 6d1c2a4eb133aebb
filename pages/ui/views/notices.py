"""What several pages say: that no data set is open, and what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from pages.ui.state import cached
from pages.ui.state.choice import FIRST_DATASET, Choice
from pages.ui.state.roots import resolve, short


class PageEnded(Exception):
    """Ends a page early. After ``st.stop()`` nothing more could be sent, the URL of the view neither."""


@contextmanager
def said() -> Iterator[None]:
    """Draw a line in place of what a person can put right: a folder that is a file, a file of nonsense."""
    try:
        yield
    except (BoxscopeError, OSError) as error:
        st.error(str(error), icon=":material/error:")


def opened_dataset(chosen: Choice, link: bool = True) -> CocoDataset:
    """Open the chosen split of the chosen data set, or say why not and end the page.

    Parameters
    ----------
    chosen : Choice
    link : bool
        Lead to the page Data set.
    """
    try:
        splits = cached.splits(str(resolve(chosen.dataset)))
        dataset = cached.dataset(
            splits[chosen.split] if chosen.split in splits else next(iter(splits.values()))
        )
    except BoxscopeError as error:
        not_open(chosen, error, link)
        raise PageEnded from error
    if not len(dataset):
        st.info(f"{short(dataset.annotations)} lists no images.", icon=":material/image_not_supported:")
        raise PageEnded
    return dataset


def not_open(chosen: Choice, error: BoxscopeError, link: bool) -> None:
    """Draw why a data set cannot be opened; the sample set may be one that nobody has made yet."""
    if chosen.dataset == FIRST_DATASET and not resolve(chosen.dataset).exists():
        where = ", on the page **Data set**" if link else ""
        words = f"No data set is open. Open one, or make the sample set{where}."
        st.info(words, icon=":material/folder_off:")
    else:
        st.error(str(error), icon=":material/folder_off:")
    if link:
        st.page_link("dataset.py", label="Data set", icon=":material/folder_open:")
