"""The choices of the page Compare."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import BoxscopeError
from core.evaluation.comparison import DIFFERENT, LOST, WON
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from pages.ui.state import fields, preset_files, session
from pages.ui.state.setups import offered_setups, setup_of, spelled, typed_setup

LISTS = {
    DIFFERENT: "A and B differ",
    LOST: "A finds, B misses",
    WON: "B finds, A misses",
    "all": "All, in file order",
}
_OPENING = session.page_key("compare", "opening")
_WRONG = session.page_key("compare", "wrong")


class SetupText(fields.Text):
    """A setup as text, see :func:`pages.ui.state.setups.spelled`; empty for the one that the page chooses."""

    def parse(self, name: str, texts: Mapping[str, str]) -> str:
        try:
            return spelled(setup_of(texts[name])) if texts[name] else ""
        except BoxscopeError as error:
            raise BoxscopeError(str(error), name) from error


@dataclass(frozen=True)
class CompareChoice:
    """The choices of the page Compare.

    Attributes
    ----------
    against : str
        The setup B, as :func:`pages.ui.state.setups.spelled`; empty for the one that the page chooses.
    listed : str
        Which images are listed: one of ``LISTS``.
    shown : str
        What both pictures show: filters and the zoom.
    """

    against: str = fields.declared(SetupText(), default="")
    listed: str = fields.text(DIFFERENT, allowed=tuple(LISTS))
    shown: str = fields.words(of_dataset=True)


def other(present: Setup, against: str) -> Setup:
    """Return the setup B.

    Where none is chosen it is the first that is offered of the same proposer, such as a preset.
    """
    if against:
        return boxes_setup(setup_of(against))
    here = boxes_setup(present)
    others = [each for each in offered_setups(present, _named()).values() if each != here]
    same = [each for each in others if type(each.proposer) is type(here.proposer)]
    return (same or others)[0]


def _named() -> dict[str, Setup]:
    return preset_files.by_name(session.choice())


def seed_against(setup: Setup) -> str:
    """Set the widget of the setup B to the one that is compared, and return its key."""
    session.choose(CompareChoice, against=spelled(setup))
    return session.seed(CompareChoice, "against")


def accept_against(present: Setup, before: str) -> None:
    """Take the setup chosen or typed in the widget of :func:`seed_against`, if the text names one."""
    text = str(session.read(CompareChoice).against)
    session.remember(_WRONG, "")
    try:
        session.choose(CompareChoice, against=spelled(typed_setup(text, present, _named())) if text else "")
    except BoxscopeError as error:
        session.remember(_WRONG, str(error))
        session.choose(CompareChoice, against=before)
    else:
        open_first()


def wrong() -> str:
    """Return what was wrong with the setup that was typed last, empty where nothing was."""
    return session.remembered(_WRONG) or ""


def open_first() -> None:
    """Open the first image of the list, as soon as some are measured."""
    session.remember(_OPENING, True)


def is_opening() -> bool:
    """Return whether the first image is still to be opened, see :func:`open_first`."""
    return bool(session.remembered(_OPENING))


def keep_image() -> None:
    """Open no other image by itself."""
    session.remember(_OPENING, False)


def show(display: str) -> None:
    """Choose what both pictures show."""
    session.choose(CompareChoice, shown=display)
