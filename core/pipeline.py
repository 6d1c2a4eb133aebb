"""The processing of an image: read, propose, rank, filter, label.

Explore, the export, its estimate and the command line all use it with a :class:`Setup`, so what is shown
is what is measured and what is written. Nothing else calls a proposer on a data set's image.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core import memory, parameters
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.duplicate_boxes import FIRST, NEAR_DUPLICATE
from core.errors import BoxscopeError
from core.filtering import filtered
from core.images import Image
from core.labelled_proposals import Proposals as Proposals
from core.labelled_proposals import labelled
from core.labelling import LabelRule
from core.parameters import Checked, parameter, part
from core.proposers import AdaptiveThreshold, Found, ImageRef, Proposer, Stage, make_proposer
from core.ranking import AGREEMENT, DEFAULT_ORDER, ORDER_CHOICES, SCORE
from core.truth import Truth


@dataclass(frozen=True)
class Setup(Checked):
    """All settings that decide which boxes an image gets and how they are labelled.

    It is written as text in the URL, the command line and the manifest, by the names of its fields and of the
    fields of its parts. A field that is added here or to a part is an option of the command line and a widget
    of the sidebar, with no other edit.
    """

    proposer: Proposer = part(AdaptiveThreshold(), flat=True, make=make_proposer)
    order: str = parameter(
        DEFAULT_ORDER,
        label="Rank by",
        help="default: own; distinct for selective-search; area for a proposer that does not rank its boxes "
        "(adaptive-threshold). own: the order in which the proposer returns them, its best first. distinct: "
        f"own, but no two of the first {FIRST} have an IoU above {NEAR_DUPLICATE:g}; those left out come "
        "after them. area: the largest proposal has rank 0, as in the article. score: the highest score has "
        "rank 0. consensus: the proposal with which most others agree, by an IoU above "
        f"{AGREEMENT:g}, has rank 0; it needs NMS. own+consensus: by the sum of the ranks in both. small: "
        "the smallest has rank 0.",
        choices=ORDER_CHOICES,
    )
    min_side: int = parameter(
        0,
        label="Minimum side",
        help="Proposals with a shorter side are dropped.",
        unit="px",
        min=0,
        max=1000,
        logarithmic=True,
    )
    nms: float = parameter(
        1.0,
        label="NMS above IoU",
        help="Non-maximum suppression: a proposal is dropped when its IoU with a higher-ranked one is above "
        "this; 1 keeps all.",
        min=0.05,
        max=1.0,
        step=0.05,
    )
    top: int = parameter(
        0, label="Top N", help="The first N proposals by rank are kept; 0 keeps all.", unit="proposals", min=0
    )
    rule: LabelRule = part(LabelRule(), flat=True)

    def spell(self) -> dict[str, str]:
        """Return all settings as text: the proposer's name, its parameters, then the rest."""
        return parameters.spell(self)

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> "Setup":
        """Return the setup of settings given as text; those not named keep their defaults.

        Raises
        ------
        BoxscopeError
            An unknown proposer or name, or a value that does not fit.
        """
        return parameters.build(cls, texts, owner="setup")

    @property
    def ranked_by(self) -> str:
        """The order, one of :data:`core.ranking.ORDERS`: the one chosen, or the proposer's default."""
        return self.proposer.default_order if self.order == DEFAULT_ORDER else self.order

    def with_order_named(self) -> "Setup":
        """Return the same settings with the order by name, for what is kept: a default may change."""
        return replace(self, order=self.ranked_by)

    def with_all_proposals(self) -> "Setup":
        """Return the same settings for a use of all proposals, of which no first ones are to be distinct.

        The default order is then ``own`` where it is ``distinct``.
        """
        is_distinct = self.order == DEFAULT_ORDER and self.ranked_by == "distinct"
        return replace(self, order="own") if is_distinct else self

    def changes(self) -> dict[str, str]:
        """Return as text the proposer's name and the settings that differ from their defaults."""
        return parameters.changes(self)


def propose(
    setup: Setup, image: Image, item: str = "image", ref: ImageRef | None = None
) -> tuple[Found, float]:
    """Return the proposals on an image, ranked and filtered.

    Parameters
    ----------
    setup : Setup
    image : uint8 (H, W, 3)
        RGB.
    item : str
        Name of the image in errors.
    ref : ImageRef or None
        See :func:`image_ref`; None for a picture of no data set.

    Returns
    -------
    found : Found
        Best first. `top` is applied last, so a smaller one returns the head of the same list.
    seconds : float
        Spent in the proposer.

    Raises
    ------
    BoxscopeError
        The proposer cannot use the image.
    """
    found, seconds = run_proposer(setup.proposer, image, item, ref)
    return ranked(setup, found), seconds


def run_proposer(
    proposer: Proposer, image: Image, item: str = "image", ref: ImageRef | None = None
) -> tuple[Found, float]:
    """Return what a proposer proposes, in its own order and without filters; see :func:`propose`."""
    proposer.prepare()
    with _enough_memory(proposer, image, item), _proposer_errors(proposer, item):
        start = time.perf_counter()
        found = proposer.propose(image, ref)
        return found, time.perf_counter() - start


def ranked(setup: Setup, found: Found) -> Found:
    """Return the proposals of a proposer in the order of a setup, without those that it filters out."""
    return found.take(_kept_rows(setup, found.boxes, found.scores))


def _kept_rows(setup: Setup, boxes: Boxes, scores: NDArray[np.float32] | None) -> NDArray[np.int64]:
    """Return the rows of the boxes that pass the filters, best first."""
    if setup.ranked_by == SCORE and scores is None:
        raise setup.proposer.without_scores("order")
    rows = filtered(boxes, setup.ranked_by, setup.min_side, setup.nms, scores).kept
    return rows[: setup.top] if setup.top else rows


def expect_scores(setup: Setup) -> None:
    """Raise if proposals are to be ranked by scores that they do not have.

    Raises
    ------
    BoxscopeError
    """
    if setup.ranked_by == SCORE:
        setup.proposer.expect_scores("order")


def image_ref(dataset: CocoDataset, index: int, image: Image) -> ImageRef:
    """Return the reference to an image of a data set that a proposer is passed with the picture."""
    height, width = image.shape[:2]
    first, *others = dataset.ids_of(index)
    return ImageRef(
        None if dataset.renumbered[index] else first,
        dataset.file_names[index],
        width,
        height,
        tuple(others),
        bool(dataset.alone[index]),
    )


def stages(setup: Setup, image: Image, item: str = "image") -> list[Stage]:
    """Return the proposer's steps, see :meth:`Proposer.stages`; errors as of :func:`propose`."""
    with _enough_memory(setup.proposer, image, item), _proposer_errors(setup.proposer, item):
        return setup.proposer.stages(image)


def _enough_memory(proposer: Proposer, image: Image, item: str) -> AbstractContextManager[None]:
    """Reserve what the proposer takes, see :func:`core.memory.reserved`."""
    height, width = image.shape[:2]
    return memory.reserved(proposer.memory(width, height), item, needed_by(proposer, width, height))


def needed_by(proposer: Proposer, width: int, height: int) -> str:
    """Return what takes memory, for :func:`core.memory.reserved`: ``grid on 640x480``."""
    return f"{proposer.name} on {width}x{height}"


@contextmanager
def _proposer_errors(proposer: Proposer, item: str) -> Iterator[None]:
    try:
        yield
    except (cv2.error, ValueError, MemoryError, ArithmeticError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BoxscopeError(f"{proposer.name} failed on it ({reason})", item) from error


def run(
    setup: Setup, image: Image, truth: Truth, item: str = "image", ref: ImageRef | None = None
) -> Proposals:
    """Propose on an image and label against its truth; see :func:`propose`."""
    found, seconds = propose(setup, image, item, ref)
    return labelled(found, truth, setup.rule, seconds)


def process_image(
    setup: Setup, dataset: CocoDataset, index: int, read: Callable[[int], Image] | None = None
) -> tuple[Image, Proposals]:
    """Read one image of a data set, propose boxes on it and label them.

    Parameters
    ----------
    setup : Setup
    dataset : CocoDataset
    index : int
    read : callable or None
        Returns the picture at an index, for a caller that caches them; None is :meth:`CocoDataset.read`.

    Returns
    -------
    image : uint8 (H, W, 3)
    proposals : Proposals

    Raises
    ------
    BoxscopeError
        The picture cannot be read, see :meth:`CocoDataset.read`; or the proposer cannot use it.
    """
    image, found, seconds = propose_image(setup, dataset, index, read)
    return image, labelled(found, dataset.truth(index), setup.rule, seconds)


def propose_image(
    setup: Setup, dataset: CocoDataset, index: int, read: Callable[[int], Image] | None = None
) -> tuple[Image, Found, float]:
    """Read one image of a data set and propose boxes on it; for the parameters see :func:`process_image`.

    Returns
    -------
    image : uint8 (H, W, 3)
    found : Found
    seconds : float
        See :func:`propose`.
    """
    image = (read or dataset.read)(index)
    item, ref = str(dataset.path(index)), image_ref(dataset, index, image)
    return image, *propose(setup, image, item, ref)
