"""What an export does with an image as a whole, in words.

The page Explore shows it; :func:`core.export.decision.decide` does the same box by box.
"""

import numpy as np

from core.datasets import CocoDataset
from core.export.incomplete import reason_left_out
from core.labelling import NEGATIVE, Labels
from core.sampling import Sampling


def uncertainty(dataset: CocoDataset, index: int) -> str:
    """Return what is uncertain about an image, and what the export therefore does; empty where nothing is.

    Parameters
    ----------
    dataset : CocoDataset
    index : int
    """
    texts = []
    if dataset.refusals:
        texts.append(f"The export refuses this data set as it is: {'; '.join(dataset.refusals)}.")
    if reason := reason_left_out(dataset, index):
        texts.append(f"The export leaves this image out: {reason}.")
    elif doubt := dataset.doubts[index]:
        texts.append(f"The export takes no negatives from this image: {doubt}.")
    return " ".join(texts)


def without_objects(dataset: CocoDataset, index: int, labels: Labels, sampling: Sampling) -> str:
    """Return what the export does with an image that has no objects; empty where it has some.

    Parameters
    ----------
    dataset : CocoDataset
    index : int
    labels : Labels
        Of all its proposals.
    sampling : Sampling
    """
    if dataset.object_counts[index]:
        return ""
    if dataset.doubts[index]:
        return "No object of this image is certain: none of its proposals is exported."
    if not sampling.empty_images:
        return "A background image, without objects: the export leaves these out."
    if (labels.kind == NEGATIVE).all():
        return "A background image, without objects: every proposal is a negative."
    negatives = int(np.count_nonzero(labels.kind == NEGATIVE))
    return (
        f"A background image, without objects: {negatives:,} of {len(labels.kind):,} proposals are negatives."
    )
