"""The annotations that an export cannot use, and the images whose truth may lack an object because of them.

A negative is cut where no object is annotated. Where an object was lost when the annotations were read, a
negative may show that object, and a detector learns to overlook it. So an image in doubt, see
:attr:`core.datasets.CocoDataset.doubts`, gives no negatives: only the positives of its certain objects, and
nothing at all where it has none left.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core import wording
from core.datasets import CocoDataset
from core.labelling import LabelRule


@dataclass(frozen=True)
class Lost:
    """What was left out when the annotations were read; :func:`lost` makes it.

    Attributes
    ----------
    images, objects : int
    in_doubt : int
        Images of the data set that give no negatives.
    """

    images: int
    objects: int
    in_doubt: int

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of what is lost as plain values, for JSON."""
        return {"images": self.images, "objects": self.objects}

    def text(self) -> str:
        """Return what is lost as ``2 objects and 1 image``, empty where nothing is."""
        counts = {"object": self.objects, "image": self.images}
        return " and ".join(wording.count(number, name) for name, number in counts.items() if number)


@lru_cache(maxsize=1)  # a broken set has a problem per object
def lost(dataset: CocoDataset) -> Lost:
    """Return how many images and objects of a data set were lost, from the problems of its annotations."""
    of = Counter(problem.of for problem in dataset.problems if problem.lost)
    return Lost(of["image"], of["object"], sum(map(bool, dataset.doubts)))


def reason_left_out(dataset: CocoDataset, index: int) -> str:
    """Return why an image gives no crops at all by its annotations, empty where it may give some."""
    return "" if dataset.object_counts[index] else dataset.doubts[index]


def no_negatives(dataset: CocoDataset, index: int) -> list[dict[str, str]]:
    """Return the entry ``file`` and ``reason`` of an image that gives positives alone; none for others."""
    doubt = dataset.doubts[index]
    return [{"file": dataset.file_names[index], "reason": doubt}] if doubt else []


def without_masks(dataset: CocoDataset, rule: LabelRule, index: int | None = None) -> str:
    """Return how many objects have no mask of which a label rule could count pixels; empty where all have.

    Empty too where the rule does not ask for masks. With an index, those of that image alone.
    """
    given = dataset.segmentations.given
    if index is not None:
        given = given[dataset.starts[index] : dataset.starts[index + 1]]
    missing = int(np.count_nonzero(~given))
    if not (rule.asks_for_masks and missing):
        return ""
    has, its = ("has", "all of its box counts") if missing == 1 else ("have", "all of their boxes count")
    return f"{missing:,} of {wording.count(len(given), 'object')} {has} no segmentation: {its} as mask"
