"""The queue of images, in the chosen order as far as it has been measured."""

from typing import NamedTuple

from core.datasets import CocoDataset
from core.executors.background import Indices
from pages.ui.server import addresses
from pages.ui.state import queue
from pages.ui.state.queue import FILE_ORDER, Criteria, Order
from pages.ui.views.explore.choices import Chosen, accepted_order


class Queue(NamedTuple):
    """The images to go through.

    Attributes
    ----------
    indices : int64 (I,)
        Indices into the data set.
    order : Order
        Theirs.
    known : (Criteria, int) or None
        By what, and how many images have been measured.
    waiting : bool
        Whether the order or the filter still waits for images to be measured.
    is_ready : bool
        Whether they are in that order, as far as it is known; False before any is.
    """

    indices: Indices
    order: Order = FILE_ORDER
    known: tuple[Criteria, int] | None = None
    waiting: bool = False
    is_ready: bool = True

    def position(self, index: int) -> int:
        """Return the position of an image in the queue, that of the image before where it is not in it."""
        if self.holds(index):
            return int((self.indices == index).argmax())
        return int((self.indices < index).sum()) - 1 if self.order.by == queue.FILE else -1

    def holds(self, index: int) -> bool:
        """Return whether an image is in the queue."""
        return bool((self.indices == index).any())

    def address(self, dataset: CocoDataset, chosen: Chosen, counts: bool = False) -> str:
        """Return the address of the images for the browser, see :func:`pages.ui.server.addresses.queue`."""
        known = self.known if counts or self.order.is_measured else None
        return addresses.queue(dataset, chosen.explore.wanted, self.order, known, counts)


def in_order(dataset: CocoDataset, chosen: Chosen) -> Queue:
    """Return the images that fit, in the chosen order as far as it has been measured."""
    wanted, order, criteria = chosen.explore.wanted, chosen.order, chosen.criteria
    matches = queue.matching(dataset, wanted)
    to_measure = queue.to_measure(dataset, matches, order)
    survey = queue.survey(dataset, criteria.setup)
    if not order.is_measured:
        done = survey.done(to_measure)
        return Queue(matches, known=(criteria, done) if done == len(to_measure) else None)
    done = survey.measure(to_measure)
    waiting = done < len(to_measure)
    if waiting:
        done = accepted_order(view_name(dataset, chosen)) or 0
        if not done:
            return Queue(matches, waiting=True, is_ready=False)
    indices = queue.ordered(dataset, wanted, order, criteria, done)
    return Queue(indices, order, (criteria, done), waiting)


def view_name(dataset: CocoDataset, chosen: Chosen) -> str:
    """Return a text that identifies the data set, the filter and the setup of an order."""
    parts = (
        dataset.annotations,
        dataset.images_dir,
        *chosen.explore.wanted,
        *chosen.order[1:],
        addresses.spell(chosen.shared.setup),
    )
    return "|".join(map(str, parts))
