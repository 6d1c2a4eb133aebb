"""The choices of the page Tune."""

from dataclasses import dataclass

from pages.ui.components.chart import picked
from pages.ui.state import fields, session

BUDGETS = ("10", "100", "1000")


@dataclass(frozen=True)
class TuneChoice:
    """The choices of the page Tune.

    Attributes
    ----------
    minutes : int
        That a search takes.
    tune_budget : str
        Proposals an image that count for the recall: one of ``BUDGETS``.
    sample : int
        Images of the training split that trials are measured on, at most.
    search : str
        Name of the folder of the search that is shown; empty for the last one.
    trial : str
        Number of the trial that is looked at; empty for that of the highest recall.
    """

    minutes: int = fields.count(4)
    tune_budget: str = fields.text("100", allowed=BUDGETS)
    sample: int = fields.count(100)
    search: str = fields.text(of_dataset=True)
    trial: str = fields.text(of_dataset=True)


def show(folder: str) -> None:
    """Show a search, and of it the best trial."""
    session.choose(TuneChoice, search=folder, trial="")


def pick(chart: str) -> None:
    """Look at the trial whose mark was clicked in a chart, whose marks carry numbers as ``customdata``."""
    for mark in picked(chart):
        session.choose(TuneChoice, trial=mark)
