"""The images of the page Compare: those in which the setups differ, or all."""

from typing import NamedTuple

from core.datasets import CocoDataset
from core.datasets.search import ImageFilter
from core.errors import BoxscopeError
from core.evaluation.comparison import Pair
from core.executors.background import Indices
from pages.ui.server import addresses, lists
from pages.ui.state import comparisons, image_ids, opened, queue
from pages.ui.views.compare.choices import is_opening, keep_image
from pages.ui.views.compare.drawn import Drawn


class Listed(NamedTuple):
    """The images to go through.

    Attributes
    ----------
    indices : int64 (I,)
        In the data set; all, where none is in the list.
    address : str
        That of the list, for the browser.
    is_empty : bool
        Whether no image is in the list that was chosen, so that all are shown.
    """

    indices: Indices
    address: str
    is_empty: bool = False

    def holds(self, index: int) -> bool:
        """Return whether an image is listed."""
        return bool((self.indices == index).any())

    def position(self, index: int) -> int:
        """Return the position of an image in the list, -1 where it is not in it."""
        return int((self.indices == index).argmax()) if self.holds(index) else -1


def listed(drawn: Drawn, pair: Pair | None) -> Listed:
    """Return the images of the chosen list, as far as they are measured."""
    dataset, which = drawn.dataset, drawn.page.listed
    if which != "all" and pair is not None:
        changed = comparisons.changed(pair, drawn.budget, drawn.iou, which)
        if len(changed.indices):
            return Listed(changed.indices, lists.address(dataset, changed.indices, changed.won, changed.lost))
    every = ImageFilter()
    return Listed(queue.found(dataset, every), addresses.queue(dataset, every), which != "all")


def choose_image(drawn: Drawn, images: Listed, is_ready: bool) -> int:
    """Return the index of the image to show, and choose it.

    It is the present one; else, and where another list has just been chosen, the first of the list, chosen
    once that `is_ready`.
    """
    index = _present(drawn.dataset, drawn.chosen.image)
    if index is None or (is_opening() and is_ready):
        index = int(images.indices[0])
        if is_ready:
            keep_image()
            opened.forget_box()
            opened.go_to_image(image_ids.text_of(drawn.dataset, index))
    return index


def _present(dataset: CocoDataset, image: str) -> int | None:
    try:
        return image_ids.index_of(dataset, image) if image else None
    except BoxscopeError:
        return None
