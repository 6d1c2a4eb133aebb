"""The choices of the page Explore."""

from dataclasses import dataclass
from typing import NamedTuple

from core.datasets.search import OBJECTS, ImageFilter
from pages.ui.state import fields, session
from pages.ui.state.choice import Choice

QUEUES = ("file", "worst")
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
    missed : bool
        Whether the queue holds only images with a missed object.
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

    @property
    def is_measured(self) -> bool:
        """Whether the queue depends on what proposals find."""
        return self.queue == "worst" or self.missed

    @property
    def wanted(self) -> ImageFilter:
        """Which images the queue holds, whatever proposals find in them."""
        return ImageFilter(self.find, self.objects, self.category)


class Chosen(NamedTuple):
    """What all views of the page depend on: the choice that all pages share, and that of this page."""

    shared: Choice
    explore: ExploreChoice


def show_stages() -> None:
    """Choose to show the proposer's steps."""
    session.choose(ExploreChoice, stages=True)


def show_display(display: str) -> None:
    """Choose what the picture shows."""
    session.choose(ExploreChoice, display=display)


def open_first() -> None:
    """Open the first image of the order just chosen once it is known, where images are measured for it."""
    session.remember(_OPENING, session.read(ExploreChoice).is_measured)


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
