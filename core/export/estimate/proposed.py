"""The proposed boxes of one image, before labels and sampling: what a dry run keeps of it.

To propose costs what the proposer costs; to label and sample the boxes costs a millisecond. Who keeps the
boxes can move thresholds and caps at once.
"""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core import pipeline
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export.config import ExportConfig
from core.export.decision import Decision, Quota, decide
from core.images import Image
from core.labelling import LabelRule, label
from core.pipeline import Proposals, Setup


@dataclass(frozen=True, eq=False)
class ProposedBoxes:
    """The proposed boxes of one image.

    Attributes
    ----------
    boxes : float32 (N, 4)
        Best first.
    size : (width, height)
        Of the picture, pixels.
    seconds : float
        It took to read the picture and to propose.
    reason : str
        Why the image cannot be used, empty where it can.
    """

    boxes: Boxes
    size: tuple[int, int]
    seconds: float
    reason: str = ""


def base_setup(setup: Setup) -> Setup:
    """Return the setup that the proposed boxes depend on: without the label rule and `top`."""
    return dataclasses.replace(setup, top=0, rule=LabelRule())


def propose_boxes(
    setup: Setup, dataset: CocoDataset, index: int, read: Callable[[int], Image] | None = None
) -> ProposedBoxes:
    """Return all proposed boxes of an image; see :func:`core.pipeline.look` for the arguments."""
    setup.proposer.prepare()
    start = time.perf_counter()
    try:
        image, found = pipeline.look(base_setup(setup), dataset, index, read)
    except BoxscopeError as error:
        reason = error.without(dataset.path(index))
        return ProposedBoxes(np.zeros((0, 4), np.float32), (0, 0), time.perf_counter() - start, reason)
    height, width = image.shape[:2]
    return ProposedBoxes(found.boxes, (width, height), time.perf_counter() - start)


def decide_proposed(
    config: ExportConfig, index: int, proposed: ProposedBoxes, quota: Quota | None = None
) -> Decision:
    """Label the proposed boxes of an image and decide which become crops, see :func:`decide`.

    Parameters
    ----------
    config : ExportConfig
    index : int
        Of the image in the data set.
    proposed : ProposedBoxes
    quota : (positives, negatives) or None
        The image's share where caps reach over the whole set.
    """
    setup, dataset = config.setup, config.dataset
    boxes, truth = proposed.boxes[: setup.top or None], dataset.truth(index)
    proposals = Proposals(boxes, label(boxes, truth, setup.rule), proposed.seconds)
    return decide(
        proposals,
        truth,
        setup.rule,
        config.sampling,
        int(dataset.image_ids[index]),
        proposed.size,
        incomplete=config.lost.reasons.get(dataset.file_names[index], ""),
        quota=quota,
    )
