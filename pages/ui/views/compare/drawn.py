"""What all parts of the page Compare show."""

from typing import NamedTuple

from core.datasets import CocoDataset
from core.evaluation.evaluation import ALL
from core.evaluation.summary import nearest_threshold
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from core.ranking import ORDER_TEXTS
from pages.ui.state import session
from pages.ui.state.choice import Choice
from pages.ui.state.setups import in_other_order, spelled
from pages.ui.views.compare.choices import CompareChoice, other


class Side(NamedTuple):
    """One of the two setups.

    Attributes
    ----------
    letter : str
        ``A`` or ``B``.
    setup : Setup
        With the settings that boxes depend on.
    """

    letter: str
    setup: Setup

    @property
    def text(self) -> str:
        """The setup as a link spells it."""
        return spelled(self.setup)

    @property
    def other(self) -> Setup | None:
        """The setup in the order to compare with; None where it proposes one box."""
        return in_other_order(self.setup)

    @property
    def order(self) -> str:
        """The order of its proposals."""
        return ORDER_TEXTS[self.setup.ranked_by]


class Drawn(NamedTuple):
    """What all parts of the page show.

    Attributes
    ----------
    dataset : CocoDataset
    chosen : Choice
    page : CompareChoice
    sides : (Side, Side)
        A, the setup of the sidebar, and B.
    iou : float
        From which an object is found, one of the thresholds of an evaluation.
    """

    dataset: CocoDataset
    chosen: Choice
    page: CompareChoice
    sides: tuple[Side, Side]
    iou: float

    @property
    def setups(self) -> list[Setup]:
        """The setups A and B."""
        return [side.setup for side in self.sides]

    @property
    def budget(self) -> int:
        """Proposals an image that count: those that the pictures show."""
        return self.chosen.setup.top or ALL


def drawn(dataset: CocoDataset) -> Drawn:
    """Return what the page shows at present."""
    chosen, page = session.choice(), session.read(CompareChoice)
    sides = Side("A", boxes_setup(chosen.setup)), Side("B", other(chosen.setup, page.against))
    return Drawn(dataset, chosen, page, sides, nearest_threshold(chosen.recall.recall_iou))
