"""The images that are gone through, in the order chosen as far as it is known."""

from typing import NamedTuple

from core.datasets import CocoDataset
from core.executors.background import Indices
from core.pipeline import Setup
from pages.ui.server import addresses
from pages.ui.state import queue
from pages.ui.views.explore.choices import Chosen, kept_order


class Queue(NamedTuple):
    """The images to go through.

    Attributes
    ----------
    indices : int64 (I,)
        Indices into the data set.
    by : str
        The order they are in, ``file`` or ``worst``.
    known : (Setup, int) or None
        How many have been measured under which setup.
    waiting : bool
        Whether worst first still waits for images to be measured.
    """

    indices: Indices
    by: str
    known: tuple[Setup, int] | None = None
    waiting: bool = False

    def position(self, index: int) -> int:
        """Return where an image is in the queue, 0 where it is not in it."""
        return int((self.indices == index).argmax())


def in_order(dataset: CocoDataset, chosen: Chosen) -> Queue:
    """Return the images that the search finds in the order chosen, as far as it is known."""
    found = queue.matching(dataset, chosen.own.find)
    wanted = queue.to_measure(dataset, found)
    survey = queue.survey(dataset, chosen.shared.setup)
    if chosen.own.queue != "worst":
        done = survey.done(wanted)
        return Queue(found, "file", (chosen.shared.setup, done) if done == len(wanted) else None)
    done = survey.measure(wanted)
    waiting = done < len(wanted)
    if waiting:
        done = kept_order(view_name(dataset, chosen)) or 0
        if not done:
            return Queue(found, "file", waiting=True)
    known = (chosen.shared.setup, done)
    return Queue(queue.worst(dataset, chosen.own.find, *known), "worst", known, waiting)


def view_name(dataset: CocoDataset, chosen: Chosen) -> str:
    """Return what names the data set, the search and the setup that an order belongs to."""
    return f"{dataset.annotations}|{chosen.own.find}|{addresses.spell(chosen.shared.setup)}"
