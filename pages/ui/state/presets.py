"""The presets of a proposer: which one the chosen parameters are, and the choice of one."""

from dataclasses import replace

from core import parameters
from core.pipeline import Setup
from core.proposers import Proposer
from core.ranking import ORDER_TEXTS
from core.sampling import PRESETS
from pages.ui.state import held, session

DEFAULT = "default"
_KEY = session.page_key("proposer", "preset")


def names(proposer: Proposer) -> list[str]:
    """Return the names of a proposer's presets, the defaults first."""
    return [DEFAULT, *proposer.preset_names]


def describe(proposer: Proposer, name: str) -> str:
    """Return the settings of a preset in a line, the parameters as the command line spells them."""
    spelled = _proposer(proposer, name).spell().items()
    order = ORDER_TEXTS[Setup(proposer, _order(name)).ranked_by]
    return "; ".join([*(f"{key}={text}" for key, text in spelled), order])


def seed(proposer: Proposer) -> str:
    """Set the widget of the presets to the one that is chosen, or to none, and return its key."""
    setup = session.choice().setup
    chosen = (name for name in names(proposer) if holds(setup, name))
    session.remember(_KEY, next(chosen, None))
    return _KEY


def apply_chosen(proposer: Proposer) -> None:
    """Set the proposer's parameters, and the order, to those of the preset chosen in the widget."""
    name = session.remembered(_KEY)
    if name is not None:
        apply(proposer, name)


def apply(proposer: Proposer, name: str) -> None:
    """Set the parameters of a proposer to those of a preset if it has that one, and the order."""
    if name in names(proposer):
        held.write(proposer.name, _proposer(proposer, name))
    held.write_value("setup", "order", _order(name))


def holds(setup: Setup, name: str) -> bool:
    """Return whether a setup has the order of a preset, and its parameters if its proposer has that one."""
    proposer = setup.proposer
    same = name not in names(proposer) or proposer == _proposer(proposer, name)
    return same and setup.ranked_by == replace(setup, order=_order(name)).ranked_by


def _proposer(proposer: Proposer, name: str) -> Proposer:
    return proposer.of_preset(name) or parameters.plain(proposer)


def _order(name: str) -> str:
    preset = PRESETS.get(name)
    return (preset.order if preset else None) or Setup().order
