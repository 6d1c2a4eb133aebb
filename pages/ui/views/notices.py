"""What several pages say: that no data set is open, what is wrong, and the command that does the same."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.cli.spelling import as_typed, export_command
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import DatasetKind
from pages.ui.state import cached, session
from pages.ui.state.choice import PLAIN
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


def opened_dataset(chosen: session.Choice, link: bool = True) -> CocoDataset:
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


def not_open(chosen: session.Choice, error: BoxscopeError, link: bool) -> None:
    """Say why a data set cannot be opened; the sample set may be one that nobody has made yet."""
    if chosen.dataset == PLAIN["dataset"] and not resolve(chosen.dataset).exists():
        where = ", on the page **Data set**" if link else ""
        words = f"No data set is open. Open one, or make the sample set{where}."
        st.info(words, icon=":material/folder_off:")
    else:
        st.error(str(error), icon=":material/folder_off:")
    if link:
        st.page_link("dataset.py", label="Data set", icon=":material/folder_open:")


def kind(split: str) -> DatasetKind:
    """Guess the kind of an export from the name of the split."""
    return DatasetKind.VALID if "val" in split or "test" in split else DatasetKind.TRAIN


def command(dataset: CocoDataset, chosen: session.Choice) -> None:
    """Show the command line that exports what the page shows."""
    words = export_words(dataset, chosen)
    st.caption("The same as a command")
    st.code(as_typed(words), language=None, wrap_lines=True)


def export_words(dataset: CocoDataset, chosen: session.Choice) -> list[str]:
    """Spell the export of what is chosen; see :func:`core.cli.spelling.export_command`."""
    return export_command(
        short(dataset.annotations),
        chosen.out,
        kind(chosen.split),
        chosen.export_setup,
        chosen.sampling,
        format=chosen.format,
        shard_images=chosen.export_shards,
    )
