"""The annotations that an export cannot use, and the images that it leaves out because of them.

A negative is cut where no object is annotated. Where an object was lost when the annotations were read, a
negative may show that object, and a detector learns to overlook it. So an image that lost an object gives no
crops, whether it has other objects or not. An entry with ``"bbox": []`` is no loss: it marks an image without
objects.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from core.datasets import CocoDataset


@dataclass(frozen=True)
class Lost:
    """What was left out when the annotations were read; :func:`lost` makes it.

    Attributes
    ----------
    images, objects : int
    reasons : dict of str to str
        By file name: why an image of the data set gives no crops.
    """

    images: int
    objects: int
    reasons: dict[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """The two numbers as plain values, for JSON."""
        return {"images": self.images, "objects": self.objects}

    def text(self) -> str:
        """Return the two numbers as ``2 objects and 1 image``, empty where nothing is lost."""
        counts = {"object": self.objects, "image": self.images}
        return " and ".join(
            f"{number} {name}{'' if number == 1 else 's'}" for name, number in counts.items() if number
        )


@lru_cache(maxsize=1)  # Explore asks at every image, and a broken set has a problem per object
def lost(dataset: CocoDataset) -> Lost:
    """Return the images and objects that were lost of a data set, from the problems of its annotations."""
    problems = [problem for problem in dataset.problems if problem.lost]
    of = Counter(problem.of for problem in problems)
    reasons = {name: doubt for name, doubt in zip(dataset.file_names, dataset.doubts, strict=True) if doubt}
    return Lost(of["image"], of["object"], reasons)


def reason_left_out(dataset: CocoDataset, index: int) -> str:
    """Return why an image gives no crops, as in :attr:`Lost.reasons`; empty where it may give some."""
    return dataset.doubts[index]
