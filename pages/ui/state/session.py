"""From the widgets to what is chosen and back, and to the URL.

``st.session_state`` holds the widgets' values under keys that are made here; everything else follows from
them. A page registers the choices of its own, and reads and sets them by their class.
"""

from contextlib import suppress
from typing import Any, TypeVar

import streamlit as st

from core.errors import BoxscopeError
from pages.ui.state import choices
from pages.ui.state.choice import Choice as Choice
from pages.ui.state.choices import Choices, default_of

C = TypeVar("C")

_WRITTEN = "url_written"
# By name: when its file is edited while the server runs, a class takes the place of its former self.
_registered: dict[str, type] = {}


def register(*kinds: type) -> None:
    """Make kinds of choices known, so that links spell them; see :mod:`pages.ui.state.fields`."""
    _registered.update({f"{kind.__module__}.{kind.__qualname__}": kind for kind in kinds})


def restore() -> str:
    """Take over the URL where it was opened or changed by hand, not by us; of a wrong one, what is right.

    Returns
    -------
    str
        What is wrong with the URL, empty where nothing is.
    """
    given, written = st.query_params.to_dict(), st.session_state.get(_WRITTEN)
    # A widget moved while an older URL was still under way: the widget is newer.
    if not given or given == written or (written is not None and everything().spell() != written):
        return ""
    asked, wrong = _parse(given)
    for part in asked.parts:
        choices.write(part, st.session_state)
    st.session_state["box_of"] = ""
    # Written only at the end of a run, and a widget may be moved before the first one has come there.
    st.session_state[_WRITTEN] = everything().spell()
    return f"link: {'; '.join(wrong)}" if wrong else ""


def _parse(given: dict[str, str]) -> tuple[Choices, list[str]]:
    """Read a URL; of a wrong one, name by name, what fits, and what is wrong with the rest."""
    kinds = (*_registered.values(), Choice)
    with suppress(BoxscopeError):
        return Choices.parse(given, kinds), []  # values may fit each other, and not one of them the defaults
    kept: dict[str, str] = {}
    wrong = []
    for name in sorted(given, key=lambda name: name != "proposer"):  # whose parameters others are
        try:
            Choices.parse({**kept, name: given[name]}, kinds)
        except BoxscopeError as error:
            wrong.append(str(error))
        else:
            kept[name] = given[name]
    return Choices.parse(kept, kinds), wrong


def save() -> None:
    """Write what is chosen into the URL, so that a link opens the same view."""
    texts = everything().spell()
    if st.query_params.to_dict() != texts:
        st.query_params.from_dict(texts)
    st.session_state[_WRITTEN] = texts


def everything() -> Choices:
    """Read the choices of all pages off the widgets."""
    return Choices(tuple(read(kind) for kind in _kinds()))


def _kinds() -> tuple[type, ...]:
    return (Choice, *_registered.values())


def leave_image() -> None:
    """Forget the image and what else means nothing in another data set."""
    for kind in _kinds():
        st.session_state.update(choices.of_dataset(kind))


def choice() -> Choice:
    """Read off the widgets what all pages share."""
    return read(Choice)


def read(kind: type[C]) -> C:
    """Read the choice of a kind off the widgets."""
    return choices.read(kind, st.session_state)


def seed(kind: type, name: str) -> str:
    """Set the widget of a field to its first value, if it has none yet; returns the widget's key."""
    st.session_state.setdefault(name, default_of(kind, name))
    return name


def seed_proposer() -> str:
    """Set the widget of the proposer to its first value, if it has none yet; returns its key."""
    st.session_state.setdefault("proposer", choice().setup.proposer.name)
    return "proposer"


def choose(kind: type, **values: Any) -> None:
    """Set fields of a choice that are held under their own names: texts, switches and counts."""
    for name in values:
        default_of(kind, name)  # an error where there is no such field
    st.session_state.update(values)


def own_key(page: str, name: str) -> str:
    """Return the key of a widget, or of something noted, that only a page itself knows of."""
    return f"{page}.{name}"


def note(key: str, value: Any) -> None:
    """Keep what a person has said or done on a page for its next runs, or set a widget before it is drawn."""
    st.session_state[key] = value


def noted(key: str) -> Any:
    """Return what :func:`note` was told last, or the value of a widget; None where there is none."""
    return st.session_state.get(key)


def told(element: str) -> int | None:
    """Return the image that an element which moves by itself has moved to, None where it has not."""
    moved = (st.session_state.get(element) or {}).get("image")
    return int(moved["id"]) if moved else None


def part(name: str) -> str:
    """Return the key of a part of a page that page.css arranges."""
    return own_key("part", name)
