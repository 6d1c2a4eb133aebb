"""The setups that are kept for the comparison on the page Evaluate, which other pages add to."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.errors import BoxscopeError
from core.pipeline import Setup
from pages.ui.state import session
from pages.ui.state.fields import Field, Texts
from pages.ui.state.setups import setup_of, spelled

MOST = 6
"""Setups that are kept beside the present one."""

NAME = "setups"
"""The field of the page Evaluate, and its name in a link."""

_SEPARATOR = ";"


class SetupTexts(Field):
    """Setups as text, each as :func:`spelled`; a link joins them by semicolons."""

    def parse(self, name: str, texts: Mapping[str, str]) -> tuple[str, ...]:
        setups = [setup_of(part) for part in texts[name].split(_SEPARATOR) if part.strip()]
        if len(setups) > MOST:
            raise BoxscopeError(f"got {len(setups)}, expected at most {MOST}", name)
        return tuple(dict.fromkeys(map(spelled, setups)))

    def spell(self, name: str, value: Any) -> Texts:
        return {name: _SEPARATOR.join(value)}


def texts() -> tuple[str, ...]:
    """Return the setups that are kept, each as :func:`spelled`."""
    return tuple(session.remembered(NAME) or ())


def keep(setup: Setup) -> None:
    """Keep a setup beside the present one, unless there are ``MOST``."""
    session.remember(NAME, with_others(setup)[:MOST])


def use(setup: Setup) -> None:
    """Make a setup that of all pages, with the label rule and the top of the present one, which is kept."""
    present = session.choice().setup
    keep(present)
    session.choose_setup(replace(setup, top=present.top, rule=present.rule))


def remove(text: str) -> None:
    """Keep a setup no longer."""
    session.remember(NAME, tuple(each for each in texts() if each != text))


def with_others(*setups: Setup) -> tuple[str, ...]:
    """Return the setups that are kept and some more, as text, each once."""
    return tuple(dict.fromkeys((*texts(), *map(spelled, setups))))
