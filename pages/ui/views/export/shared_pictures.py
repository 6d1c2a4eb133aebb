"""A warning on pictures that are both in a training and in a validation split, found in the background."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.caching.memory import MemoryCache
from core.datasets import CocoDataset, Comparison, SharedPicture, compare
from core.errors import BoxscopeError, unexpected
from core.executors.background import ONLY, Survey
from pages.ui.state import cached, opening
from pages.ui.state.choice import Choice
from pages.ui.state.roots import short
from pages.ui.views.export_plan import kind
from pages.ui.widgets.markdown import code, literal

# Pictures of both splits: more are compared by the bytes of their files alone, since pixels need decoding.
_DECODED = 4000
# Bytes of annotations: larger files are not compared, since opening them takes gigabytes of memory.
_LARGE = 200_000_000
_NAMES = 3  # pictures named in the warning
_REFRESH = 2.0

_checks = MemoryCache[Survey[Comparison | str]](8)


def warn(dataset: CocoDataset, chosen: Choice) -> None:
    """Draw a warning where a picture is both trained on and measured on, once that is known."""
    try:
        other_splits = others(opening.splits(chosen), chosen.split)
        images_dir = opening.images_dir(chosen.images)
    except BoxscopeError:
        return  # the page Data set shows the error
    small = {name: path for name, path in other_splits.items() if path.stat().st_size <= _LARGE}
    for name in other_splits.keys() - small.keys():
        st.caption(
            f"Whether {literal(name)} holds pictures of {literal(chosen.split)} is left to "
            "`check --against`: it is large."
        )
    known = {name: shared(path, images_dir, dataset) for name, path in small.items()}
    waiting = None in known.values()
    draw = st.fragment(_draw, run_every=_REFRESH if waiting else None)
    draw(dataset, small, images_dir, chosen.split, waiting)


def _draw(
    dataset: CocoDataset, other_splits: dict[str, Path], images_dir: Path | None, split: str, waiting: bool
) -> None:
    known = {name: shared(path, images_dir, dataset) for name, path in other_splits.items()}
    if waiting and None not in known.values():
        st.rerun()
    for name, result in known.items():
        if isinstance(result, str):
            st.caption(
                f"Whether {literal(name)} holds pictures of {literal(split)} is not known: {literal(result)}"
            )
        elif result is not None:
            if result.shared:
                text = _warning(result.shared, split, name, other_splits[name])
                st.warning(text, icon=":material/content_copy:")
            for part, unread in ((name, result.first_unread), (split, result.second_unread)):
                if unread:
                    st.caption(
                        f"{_pictures(unread)} of {literal(part)} cannot be read and {_are(unread)} "
                        "not compared."
                    )


def _pictures(items: Sequence[object]) -> str:
    return f"{len(items):,} {'picture' if len(items) == 1 else 'pictures'}"


def _are(items: Sequence[object]) -> str:
    return "is" if len(items) == 1 else "are"


def _warning(pictures: Sequence[SharedPicture], split: str, name: str, other: Path) -> str:
    pairs = ((picture.second, picture.first) for picture in pictures[:_NAMES])
    names = ", ".join(first if first == second else f"{first} ({second} there)" for first, second in pairs)
    more = f" and {len(pictures) - _NAMES:,} more" if len(pictures) > _NAMES else ""
    single = len(pictures) == 1
    return (
        f"{_pictures(pictures)} of {literal(split)} {_are(pictures)} in {literal(name)} too, by content: "
        f"{literal(names)}{more}. What is trained on must not be measured on: take "
        f"{'it' if single else 'them'} out of one of the two. "
        f"{code(f'python -m core check … --against {short(other)}')} lists all."
    )


def others(splits: dict[str, Path], split: str) -> dict[str, Path]:
    """Return the splits of the other kind: those of validation for one of training, and the reverse."""
    own_kind = kind(split)
    other_splits = {name: path for name, path in splits.items() if kind(name) != own_kind}
    # Where a split is named train, the others are left out: a file of all images is no leak.
    return {name: path for name, path in other_splits.items() if "train" in name} or other_splits


def shared(annotations: Path, images_dir: Path | None, dataset: CocoDataset) -> Comparison | str | None:
    """Return the comparison with the pictures of another split, None until it is done in the background.

    The first of a pair is the other split's. Where that cannot be opened, the reason is returned.
    """
    key = (str(annotations), cached.changed(annotations), str(images_dir), *cached.dataset_key(dataset))
    check = _checks.get(key, lambda: Survey(lambda _: _compared(annotations, images_dir, dataset)))
    check.measure(ONLY)
    return check.result(0)


def _compared(annotations: Path, images_dir: Path | None, dataset: CocoDataset) -> Comparison | str:
    try:
        other = CocoDataset.open(cached.coco_file(annotations), images_dir)
        return compare(other, dataset, pixels=len(other) + len(dataset) <= _DECODED)
    except BoxscopeError as error:
        return str(error)
    except Exception as error:
        return unexpected(error)
