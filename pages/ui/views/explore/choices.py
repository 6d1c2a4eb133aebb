"""The choices of the page Explore."""

from dataclasses import dataclass
from typing import NamedTuple

from core.datasets.search import OBJECTS, ImageFilter
from pages.ui.components.viewer import least_score
from pages.ui.state import fields, session
from pages.ui.state.choice import Choice
from pages.ui.state.queue import FALSE, FILE, WORST, Criteria, Order

QUEUES = (FILE, WORST, FALSE)
_ACCEPTED_ORDER = session.page_key("explore", "accepted_order")
_OPENING = session.page_key("explore", "opening")


@dataclass(frozen=True)
class ExploreChoice:
    """The choices of the page Explore.

    Attributes
    ----------
    find : str
        Text that the names of the images in the queue contain.
    objects, category : str
        Of the images in the queue, see :class:`core.datasets.search.ImageFilter`.
    missed, false : bool
        Whether the queue holds only images with a missed object, and with a false positive.
    queue : str
        Order of the images: one of ``QUEUES``.
    stages : bool
        Whether the proposer's steps are shown.
    display : str
        What the picture shows: filters, the step that lies over it, and the zoom.
    """

    find: str = fields.text(of_dataset=True)
    queue: str = fields.text(QUEUES[0], allowed=QUEUES)
    stages: bool = fields.switch()
    display: str = fields.words(of_dataset=True)
    objects: str = fields.text(ImageFilter().objects, allowed=tuple(OBJECTS))
    category: str = fields.text(of_dataset=True)
    missed: bool = fields.switch()
    false: bool = fields.switch()

    @property
    def wanted(self) -> ImageFilter:
        """Which images the queue holds, whatever proposals find in them."""
        return ImageFilter(self.find, self.objects, self.category)


class Chosen(NamedTuple):
    """What all views of the page depend on: the choice that all pages share, and that of this page."""

    shared: Choice
    explore: ExploreChoice

    @property
    def order(self) -> Order:
        """The order of the images; false positives are known only of proposals with scores."""
        by, missed, false = self.explore.queue, self.explore.missed, self.explore.false
        if self.shared.setup.proposer.has_scores:
            return Order(by, missed, false)
        return Order(FILE if by == FALSE else by, missed)

    @property
    def criteria(self) -> Criteria:
        """By what the images are judged."""
        setup = self.shared.setup
        score = least_score(self.explore.display) if setup.proposer.has_scores else None
        return Criteria(setup, self.shared.recall, score)


def show_stages() -> None:
    """Choose to show the proposer's steps."""
    session.choose(ExploreChoice, stages=True)


def show_display(display: str) -> None:
    """Choose what the picture shows."""
    session.choose(ExploreChoice, display=display)


def open_first() -> None:
    """Open the first image of the order just chosen once it is known, where images are measured for it."""
    chosen = Chosen(session.choice(), session.read(ExploreChoice))
    session.remember(_OPENING, chosen.order.is_measured)


def keep_image() -> None:
    """Open no other image by itself."""
    session.remember(_OPENING, False)


def is_opening() -> bool:
    """Return whether the first image is still to be opened, see :func:`open_first`."""
    return bool(session.remembered(_OPENING))


def accept_order(view: str, measured: int) -> None:
    """Accept the order of a view by the images that have been measured so far."""
    session.remember(_ACCEPTED_ORDER, (view, measured))


def accepted_order(view: str) -> int | None:
    """Return the number of measured images of the last :func:`accept_order`, None if of another view."""
    accepted = session.remembered(_ACCEPTED_ORDER)
    return accepted[1] if accepted and accepted[0] == view else None
