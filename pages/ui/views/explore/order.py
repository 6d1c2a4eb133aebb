"""The queue of images, in the chosen order as far as it has been measured."""

from typing import NamedTuple

from core.datasets import CocoDataset
from core.executors.background import Indices
from core.pipeline import Setup
from pages.ui.server import addresses
from pages.ui.state import queue
from pages.ui.views.explore.choices import Chosen, accepted_order


class Queue(NamedTuple):
    """The images to go through.

    Attributes
    ----------
    indices : int64 (I,)
        Indices into the data set.
    by : str
        Their order, ``file`` or ``worst``.
    known : (Setup, int) or None
        A setup, and how many images have been measured under it.
    waiting : bool
        Whether worst first still waits for images to be measured.
    """

    indices: Indices
    by: str
    known: tuple[Setup, int] | None = None
    waiting: bool = False

    def position(self, index: int) -> int:
        """Return the position of an image in the queue, 0 where it is not in it."""
        return int((self.indices == index).argmax())


def in_order(dataset: CocoDataset, chosen: Chosen) -> Queue:
    """Return the images that the search finds, in the chosen order as far as it has been measured."""
    matches = queue.matching(dataset, chosen.explore.find)
    to_measure = queue.to_measure(dataset, matches)
    survey = queue.survey(dataset, chosen.shared.setup)
    if chosen.explore.queue != "worst":
        done = survey.done(to_measure)
        return Queue(matches, "file", (chosen.shared.setup, done) if done == len(to_measure) else None)
    done = survey.measure(to_measure)
    waiting = done < len(to_measure)
    if waiting:
        done = accepted_order(view_name(dataset, chosen)) or 0
        if not done:
            return Queue(matches, "file", waiting=True)
    known = (chosen.shared.setup, done)
    worst = queue.worst(dataset, chosen.explore.find, *known, chosen.shared.recall)
    return Queue(worst, "worst", known, waiting)


def view_name(dataset: CocoDataset, chosen: Chosen) -> str:
    """Return a text that identifies the data set, the search and the setup of an order."""
    parts = (
        dataset.annotations,
        dataset.images_dir,
        chosen.explore.find,
        addresses.spell(chosen.shared.setup),
    )
    return "|".join(map(str, parts))
