"""Pictures that lie in a training and in a validation split: looked for in the background."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.caching.memory import MemoryCache
from core.datasets import CocoDataset, Comparison, SharedPicture, compare
from core.errors import BoxscopeError
from core.executors.background import ONLY, Survey
from pages.ui.state import cached
from pages.ui.state.choice import Choice
from pages.ui.state.roots import resolve, short
from pages.ui.views.export_plan import kind

# More pictures than these together are compared by the bytes of their files alone: each would be decoded.
_DECODED = 4000
# Bytes of annotations: larger ones take gigabytes to open, for a word of warning.
_LARGE = 200_000_000
_NAMES = 3
_REFRESH = 2.0

_checks = MemoryCache[Survey[Comparison | str]](8)


def warn(dataset: CocoDataset, chosen: Choice) -> None:
    """Warn where a picture is trained on and measured on; later, if that is not known yet."""
    try:
        beside = others(cached.splits(str(resolve(chosen.dataset))), chosen.split)
    except BoxscopeError:
        return  # the page Data set says what is wrong with it
    small = {name: path for name, path in beside.items() if path.stat().st_size <= _LARGE}
    for name in beside.keys() - small.keys():
        st.caption(
            f"Whether {name} holds pictures of {chosen.split} is left to `check --against`: it is large."
        )
    waiting = any(shared(path, dataset) is None for path in small.values())
    st.fragment(_draw, run_every=_REFRESH if waiting else None)(dataset, small, chosen.split, waiting)


def _draw(dataset: CocoDataset, beside: dict[str, Path], split: str, waiting: bool) -> None:
    known = {name: shared(path, dataset) for name, path in beside.items()}
    if waiting and None not in known.values():
        st.rerun()
    for name, found in known.items():
        if isinstance(found, str):
            st.caption(f"Whether {name} holds pictures of {split} is not known: {found}")
        elif found is not None:
            if found.shared:
                st.warning(_words(found.shared, split, name, beside[name]), icon=":material/content_copy:")
            for one, unread in ((name, found.first_unread), (split, found.second_unread)):
                if unread:
                    st.caption(
                        f"{_pictures(unread)} of {one} cannot be read and {_are(unread)} not compared."
                    )


def _pictures(some: Sequence[object]) -> str:
    return f"{len(some):,} {'picture' if len(some) == 1 else 'pictures'}"


def _are(some: Sequence[object]) -> str:
    return "is" if len(some) == 1 else "are"


def _words(found: Sequence[SharedPicture], split: str, name: str, other: Path) -> str:
    pairs = ((one.second, one.first) for one in found[:_NAMES])
    names = ", ".join(ours if ours == theirs else f"{ours} ({theirs} there)" for ours, theirs in pairs)
    more = f" and {len(found) - _NAMES:,} more" if len(found) > _NAMES else ""
    one = len(found) == 1
    return (
        f"{_pictures(found)} of {split} {_are(found)} in {name} too, by content: "
        f"{names}{more}. What is trained on must not be measured on: take "
        f"{'it' if one else 'them'} out of one of the two. `python -m core check … --against "
        f"{short(other)}` lists all."
    )


def others(splits: dict[str, Path], split: str) -> dict[str, Path]:
    """List the splits of the other kind: those of validation beside one of training, and the reverse."""
    ours = kind(split)
    beside = {name: path for name, path in splits.items() if kind(name) != ours}
    # A file of all images beside train and valid is no leak.
    return {name: path for name, path in beside.items() if "train" in name} or beside


def shared(annotations: Path, dataset: CocoDataset) -> Comparison | str | None:
    """Return the pictures that another set has too, None while that is being found out; ask again for it.

    The first of a pair is the other set's. Where that cannot be opened, it is said why.
    """
    key = tuple((str(path), cached.changed(path)) for path in (annotations, dataset.annotations))
    check = _checks.get(key, lambda: Survey(lambda _: _compared(annotations, dataset)))
    check.measure(ONLY)
    return check.result(0)


def _compared(annotations: Path, dataset: CocoDataset) -> Comparison | str:
    try:
        other = CocoDataset.open(annotations)
    except BoxscopeError as error:
        return str(error)
    return compare(other, dataset, pixels=len(other) + len(dataset) <= _DECODED)
