"""Setups by name and as text, as several pages list, link and keep them."""

import shlex
from collections.abc import Mapping
from dataclasses import replace

from core.cli import setups
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from core.proposers import PROPOSERS, FullImage
from core.ranking import ORDER_TEXTS, SCORE, other_order
from pages.ui.state.roots import expect_files_allowed


def spelled(setup: Setup) -> str:
    """Return the settings of a setup that its boxes depend on, as ``proposer=grid nms=0.8``."""
    return _joined(boxes_setup(setup).changes())


def _joined(texts: Mapping[str, str]) -> str:
    return " ".join(f"{name}={shlex.quote(text) if text else text}" for name, text in texts.items())


def parse(texts: Mapping[str, str]) -> Setup:
    """Return the setup of settings given as text, which reads no file outside the allowed folders.

    Raises
    ------
    BoxscopeError
        See :meth:`core.pipeline.Setup.parse`; or such a file is named.
    """
    setup = Setup.parse(texts)
    expect_files_allowed(setup.proposer)
    return setup


def setup_of(text: str) -> Setup:
    """Return the setup that a text spells, see :func:`spelled`.

    Raises
    ------
    BoxscopeError
        It spells none.
    """
    try:
        pairs = [part.partition("=") for part in shlex.split(text)]
    except ValueError as error:  # an opening quote alone
        raise BoxscopeError(f"got {text[:40]!r} ({error})", "setups") from error
    if wrong := next((name for name, sign, _ in pairs if not sign), None):
        raise BoxscopeError(f"got {wrong[:40]!r}, expected NAME=VALUE", "setups")
    return parse({name: value for name, _, value in pairs})


def name_of(setup: Setup) -> str:
    """Return the proposer of a setup and what differs from its defaults, as ``grid nms=0.8``."""
    return setups.name(boxes_setup(setup))


def for_command(setup: Setup) -> str:
    """Return a setup as the command line takes it, its order named."""
    return _joined(setup.with_order_named().changes())


def in_other_order(setup: Setup) -> Setup | None:
    """Return a setup in the order to compare with; None where it proposes one box."""
    if isinstance(setup.proposer, FullImage):
        return None
    return replace(setup, order=other_order(setup.ranked_by))


def offered_setups(present: Setup, named: Mapping[str, Setup]) -> dict[str, Setup]:
    """Return setups to choose from, by name: proposers, presets, and `present` in other orders.

    Parameters
    ----------
    present : Setup
    named : mapping of str to Setup
        Presets by name, see :func:`pages.ui.state.preset_files.by_name`.
    """
    offered = [Setup(kind()) for kind in PROPOSERS.values() if kind().is_ready]
    orders = [order for order in ORDER_TEXTS if order != SCORE or present.proposer.has_scores]
    offered += named.values()
    offered += [Setup(present.proposer, order, present.min_side, present.nms) for order in orders]
    return {titled(setup, named): setup for setup in map(boxes_setup, offered)}


def titled(setup: Setup, named: Mapping[str, Setup]) -> str:
    """Return a setup by :func:`name_of`, with the name of the preset whose boxes it has."""
    preset = preset_of(setup, named)
    return f"{name_of(setup)} · preset {preset}" if preset else name_of(setup)


def preset_of(setup: Setup, named: Mapping[str, Setup]) -> str:
    """Return the name of the preset whose boxes a setup has, empty for none."""
    boxes = boxes_setup(setup)
    return next((name for name, preset in named.items() if boxes_setup(preset) == boxes), "")


def typed_setup(text: str, present: Setup, named: Mapping[str, Setup]) -> Setup:
    """Return the setup that a person has typed.

    Parameters
    ----------
    text : str
        Such as ``grid nms=0.8``; ``nms=0.8``, which changes the present setup; or the name of a preset.
    present : Setup
    named : mapping of str to Setup
        Presets by name.

    Raises
    ------
    BoxscopeError
        It names none.
    """
    text = text.strip()
    if text in named:
        return boxes_setup(named[text])
    if "=" not in text.partition(" ")[0]:
        text = f"proposer={text}"
    start = "" if "proposer=" in text else spelled(present)
    return boxes_setup(setup_of(f"{start} {text}"))
