"""The choices of the session: read from the widgets, set from code, and kept in step with the URL.

``st.session_state`` holds the widgets' values under keys that are defined here; everything else is derived
from them. A page registers its own choices, and reads and sets them by their class.
"""

import dataclasses
from contextlib import suppress
from typing import Any, TypeVar

import streamlit as st

from core.errors import BoxscopeError
from core.pipeline import Setup
from pages.ui.state import choices, preset_files
from pages.ui.state.choice import Choice as Choice
from pages.ui.state.choices import Choices, default_of

C = TypeVar("C")

_WRITTEN = "url_written"
# Those before it, with which a rerun may come that the browser sent before the last one had reached it.
_OLDER = "urls_older"
_MOST_OLDER = 20
# Where another page or step is open than the last time, the user has gone there, to an older URL perhaps.
_PLACE = "url_place"
# By name: a class that is loaded again, because its file was edited, replaces the former one.
_registered: dict[str, type] = {}


def register(*kinds: type) -> None:
    """Register kinds of choices, so that links spell them; see :mod:`pages.ui.state.fields`."""
    _registered.update({f"{kind.__module__}.{kind.__qualname__}": kind for kind in kinds})


def restore(page: str, step: float) -> str:
    """Set the widgets from the URL where the user opened or changed it; of a wrong URL, from its valid parts.

    Parameters
    ----------
    page : str
        Title of the open page.
    step : float
        Of the last step back or forward, see :func:`pages.ui.components.address.address`.

    Returns
    -------
    str
        What is wrong with the URL, empty where nothing is.
    """
    texts, written = st.query_params.to_dict(), st.session_state.get(_WRITTEN)
    has_moved = st.session_state.get(_PLACE) != (page, step)
    st.session_state[_PLACE] = (page, step)
    if texts == written:
        st.session_state[_OLDER] = []
    if not texts or texts == written:
        return ""
    # A widget was moved, or the URL written, while an older URL was still being sent: these are newer.
    if written is not None and all_choices().spell() != written:
        return ""
    if not has_moved and texts in st.session_state.get(_OLDER, ()):
        return ""
    texts, wrong_preset = _expanded(texts)
    parsed, wrong = _parse(texts)
    wrong = [*wrong_preset, *wrong]
    for part in parsed.parts:
        choices.write(part, st.session_state)
    st.session_state["box_of"] = ""
    # The URL is written only at the end of a run, and a widget may be moved before the first run has ended.
    st.session_state[_WRITTEN] = all_choices().spell()
    return f"link: {'; '.join(wrong)}" if wrong else ""


def _expanded(texts: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return a link with the settings of the preset that it names, if any; and what is wrong with it."""
    if "preset" not in texts:
        return texts, []
    try:
        return preset_files.expanded(texts), []
    except BoxscopeError as error:
        return {name: text for name, text in texts.items() if name != "preset"}, [str(error)]


def _parse(texts: dict[str, str]) -> tuple[Choices, list[str]]:
    """Return the choices that a URL spells, of a wrong one the valid ones, and the errors of the rest."""
    kinds = (*_registered.values(), Choice)
    with suppress(BoxscopeError):
        return Choices.parse(texts, kinds), []  # values may be valid together, yet not each with the defaults
    valid: dict[str, str] = {}
    wrong = []
    # The proposer first: it decides which parameters exist.
    for name in sorted(texts, key=lambda name: name != "proposer"):
        try:
            Choices.parse({**valid, name: texts[name]}, kinds)
        except BoxscopeError as error:
            wrong.append(str(error))
        else:
            valid[name] = texts[name]
    return Choices.parse(valid, kinds), wrong


def save() -> None:
    """Write the choices into the URL, so that a link opens the same view."""
    texts, sent = all_choices().spell(), st.query_params.to_dict()
    written, older = st.session_state.get(_WRITTEN), st.session_state.get(_OLDER, [])
    is_on_its_way = texts == written and sent in older
    if (sent != texts or written not in (None, texts)) and not is_on_its_way:
        # Without those of no parameters, with which every page is opened by the navigation.
        st.session_state[_OLDER] = [*older, *filter(None, (sent, written))][-_MOST_OLDER:]
        st.query_params.from_dict(texts)
    st.session_state[_WRITTEN] = texts


def all_choices() -> Choices:
    """Return the choices of all pages, read from the widgets."""
    return Choices(tuple(read(kind) for kind in _kinds()))


def _kinds() -> tuple[type, ...]:
    return (Choice, *_registered.values())


def forget_image() -> None:
    """Reset the image and whatever else means nothing in another data set."""
    for kind in _kinds():
        st.session_state.update(choices.of_dataset(kind))


def choice() -> Choice:
    """Return the choice that all pages share, read from the widgets."""
    return read(Choice)


def read(kind: type[C]) -> C:
    """Return the choice of a kind, read from the widgets."""
    return choices.read(kind, st.session_state)


def seed(kind: type, name: str) -> str:
    """Set the widget of a field to its default, if it has no value, and return the widget's key."""
    st.session_state.setdefault(name, default_of(kind, name))
    return name


def seed_proposer() -> str:
    """Set the widget of the proposer to the default, if it has no value, and return its key."""
    st.session_state.setdefault("proposer", choice().setup.proposer.name)
    return "proposer"


def choose(kind: type, **values: Any) -> None:
    """Set fields of a choice that are held under one key each: texts, switches and counts."""
    for name in values:
        default_of(kind, name)  # an error where there is no such field
    st.session_state.update(values)


def page_key(page: str, name: str) -> str:
    """Return the key of a widget, or of a remembered value, that only one page uses."""
    return f"{page}.{name}"


def remember(key: str, value: Any) -> None:
    """Remember a value for the next runs of a page, or set a widget before it is drawn."""
    st.session_state[key] = value


def remembered(key: str) -> Any:
    """Return the value that was remembered last, or that of a widget; None where there is none."""
    return st.session_state.get(key)


def choose_setup(setup: Setup) -> None:
    """Set the widgets of the setup."""
    choices.write(dataclasses.replace(choice(), setup=setup), st.session_state)


def image_of(element: str) -> str | None:
    """Return the id of the image that the user chose in an element, None where they chose none."""
    moved = (st.session_state.get(element) or {}).get("image")
    return str(moved["id"]) if moved else None


def part(name: str) -> str:
    """Return the key of a part of a page that ``page.css`` arranges."""
    return page_key("part", name)
