"""The choices of the page Evaluate."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.evaluation.evaluation import ALL, BUDGETS, MATCHINGS
from core.evaluation.misses import REASONS
from core.evaluation.slices import KINDS
from core.evaluation.summary import BINS
from core.pipeline import Setup
from pages.ui.components.chart import picked
from pages.ui.components.steps import chosen
from pages.ui.state import fields, session
from pages.ui.state.kept import SetupTexts, keep

CURVES = {"recall": "Recall", "average": "AR"}
VIEWS = {"overlap": "Best overlap", "slices": "Slices", "reasons": "Reasons"}
BUDGET_TEXTS = {"all" if budget == ALL else str(budget): budget for budget in BUDGETS}
BUDGET = session.page_key("evaluate", "budget")
"""Key of the element that chooses the number of proposals."""

_PAGE = session.page_key("evaluate", "page")
_RANGE = session.page_key("evaluate", "range")
_ADDED = session.page_key("evaluate", "added")


@dataclass(frozen=True)
class EvaluateChoice:
    """The choices of the page Evaluate.

    Attributes
    ----------
    setups : tuple of str
        The setups that are kept, each as :func:`spelled`.
    budget : str
        Proposals an image that count: a key of ``BUDGET_TEXTS``.
    matching : str
        One of ``MATCHINGS``.
    curve : str
        What the first chart shows: one of ``CURVES``.
    fails : str
        What the failures are shown by: one of ``VIEWS``.
    fails_of : str
        The setup whose failures are shown, as :func:`spelled`; empty for the present one.
    sliced_by : str
        What slices are shown: one of ``KINDS``.
    in_slice, in_bins, missed_as : str
        Which objects the images are listed by: a slice as ``kind: name``, bins of best overlap as ``6-7``,
        and one of ``REASONS``; empty for all.
    score : str
        The least score at which precision and recall are shown; empty for the one of the best F1.
    """

    setups: tuple[str, ...] = fields.declared(SetupTexts(), default=())
    budget: str = fields.text("100", allowed=tuple(BUDGET_TEXTS))
    matching: str = fields.text("coco", allowed=tuple(MATCHINGS))
    curve: str = fields.text("recall", allowed=tuple(CURVES))
    fails: str = fields.text("overlap", allowed=tuple(VIEWS))
    fails_of: str = fields.text()
    sliced_by: str = fields.text("size", allowed=tuple(KINDS))
    in_slice: str = fields.text(of_dataset=True)
    in_bins: str = fields.text()
    missed_as: str = fields.text(allowed=("", *REASONS))
    score: str = fields.text(of_dataset=True)

    @property
    def least_score(self) -> float | None:
        """The least score; None where none is chosen."""
        try:
            return float(self.score) if self.score else None
        except ValueError:
            return None

    @property
    def most(self) -> int:
        """Proposals an image that count."""
        return BUDGET_TEXTS[self.budget]

    @property
    def bins(self) -> tuple[int, int] | None:
        """First and last of the bins that are chosen; None for all, as for a text that names none."""
        first, _, last = self.in_bins.partition("-")
        if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last) < BINS):
            return None
        return int(first), int(last)


def first_proposals(budget: str) -> str:
    """Return the proposals that count at a budget in words: a key of ``BUDGET_TEXTS``."""
    return "all proposals" if budget == "all" else f"the first {BUDGET_TEXTS[budget]:,} proposals"


def choose_budget() -> None:
    """Choose the number of proposals that was chosen in its element."""
    budget = chosen(BUDGET)
    if budget in BUDGET_TEXTS:
        session.choose(EvaluateChoice, budget=budget)
        turn_to(0)


def seed_range(page: EvaluateChoice) -> str:
    """Set the widget of a range of best overlap to the bins that are chosen, and return its key."""
    first, last = page.bins or (0, BINS - 1)
    session.remember(_RANGE, (round(first / BINS, 2), round((last + 1) / BINS, 2)))
    return _RANGE


def apply_range() -> None:
    """Choose the bins in the range of the widget of :func:`seed_range`."""
    low, high = session.remembered(_RANGE)
    first = min(round(low * BINS), BINS - 1)
    last = max(round(high * BINS) - 1, first)
    session.choose(EvaluateChoice, in_bins="" if last - first == BINS - 1 else f"{first}-{last}")
    turn_to(0)


def added_key() -> str:
    """Return the key of the widget that adds a proposer."""
    return _ADDED


def keep_added(offered: Mapping[str, Setup]) -> None:
    """Keep the setup that was chosen in the widget of :func:`added_key`, and empty the widget."""
    chosen = session.remembered(_ADDED)
    if chosen in offered:
        keep(offered[chosen])
    session.remember(_ADDED, None)


def pick(chart: str, name: str) -> None:
    """Choose the objects whose marks were clicked in a chart.

    Parameters
    ----------
    chart : str
        Key of the chart.
    name : str
        Field to set: of bins to the range from the first to the last, else to the one that was clicked.
    """
    marks = picked(chart)
    if not marks:
        return
    bins = sorted(int(mark) for mark in marks if mark.isdecimal())
    session.choose(EvaluateChoice, **{name: f"{bins[0]}-{bins[-1]}" if name == "in_bins" else marks[0]})
    turn_to(0)


def pick_setup(rows: str) -> None:
    """List the images of the setup whose row was clicked; `rows` is the key of the element that sent it."""
    sent = (session.remembered(rows) or {}).get("row")
    if sent:
        session.choose(EvaluateChoice, fails_of=str(sent["text"]))
        turn_to(0)


def clear(name: str) -> None:
    """List the images of all objects again, as far as one field goes."""
    session.choose(EvaluateChoice, **{name: ""})
    turn_to(0)


def turn_to(page: int) -> None:
    """Show a page of the images, from 0 on."""
    session.remember(_PAGE, page)


def page_shown(pages: int) -> int:
    """Return the page of the images that is shown, from 0 on."""
    return min(session.remembered(_PAGE) or 0, max(pages - 1, 0))
