"""What is chosen on the page Explore."""

from dataclasses import dataclass
from typing import NamedTuple

from pages.ui.state import fields, session
from pages.ui.state.choice import Choice

QUEUES = ("file", "worst")
_ORDER_KEPT = session.own_key("explore", "order_kept")


@dataclass(frozen=True)
class ExploreChoice:
    """What is chosen on the page Explore.

    Attributes
    ----------
    find : str
        What the names in the list of images must contain.
    queue : str
        In which order the images come: one of ``QUEUES``.
    stages : bool
        Whether the proposer's steps are shown.
    """

    find: str = fields.text(of_dataset=True)
    queue: str = fields.text(QUEUES[0], words=QUEUES)
    stages: bool = fields.switch()


class Chosen(NamedTuple):
    """What all views of the page depend on: what is chosen for all pages, and for this one."""

    shared: Choice
    own: ExploreChoice


def show_stages() -> None:
    """Choose to see the proposer's steps."""
    session.choose(ExploreChoice, stages=True)


def keep_order(of: str, measured: int) -> None:
    """Be content with an order by what has been measured so far of a view."""
    session.note(_ORDER_KEPT, (of, measured))


def kept_order(of: str) -> int | None:
    """Return how many images :func:`keep_order` was told of last, None where that was another view."""
    kept = session.noted(_ORDER_KEPT)
    return kept[1] if kept and kept[0] == of else None
