"""The annotations that an export cannot use, and the images that it leaves out because of them.

A negative is cut where no object is annotated. Where an object was lost when the annotations were read, a
negative may show that object, and a detector learns to overlook it. So an image that lost an object gives no
crops, whether it has other objects or not. An entry with ``"bbox": []`` is no loss: it marks an image without
objects.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from core.datasets import CocoDataset, Problem


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
    images = sum(problem.detail.startswith("image") for problem in problems)
    objects = [problem for problem in problems if _of_object(problem)]
    listed = set(dataset.file_names)
    of_images = sorted((problem for problem in objects if problem.item in listed), key=attrgetter("item"))
    reasons = {name: _reason(list(group)) for name, group in groupby(of_images, attrgetter("item"))}
    return Lost(images, len(objects), reasons)


def reason_left_out(dataset: CocoDataset, index: int) -> str:
    """Return why an image gives no crops, as in :attr:`Lost.reasons`; empty where it may give some."""
    return lost(dataset).reasons.get(dataset.file_names[index], "")


def _of_object(problem: Problem) -> bool:
    # The first word names what the problem is of: "annotation 7 …", "annotations[6]: …".
    return problem.detail.startswith("annotation")


def _reason(objects: list[Problem]) -> str:
    first = objects[0].detail.removesuffix(", left out")
    others = ", and others" if len(objects) > 1 else ""
    return f"{len(objects)} of its objects cannot be used ({first}{others})"
