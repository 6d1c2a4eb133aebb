"""What of the annotations an export cannot use, and which images it leaves alone because of that.

A negative is cut where no object is annotated. Where an object was lost when the annotations were read, it
may show that very object: a crack that a detector learns to pass over. So an image that lost an object gives
no crops, whether it has others or not. The mark ``"bbox": []`` is no loss: it says that there is none.
"""

from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from core.datasets import CocoDataset, Problem


@dataclass(frozen=True)
class Lost:
    """What was left out when the annotations were read; make it with :func:`lost`.

    Attributes
    ----------
    images, objects : int
    reasons : dict of str to str
        By file name: why an image that is there gives no crops.
    """

    images: int
    objects: int
    reasons: dict[str, str]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers as plain values, for JSON."""
        return {"images": self.images, "objects": self.objects}

    def text(self) -> str:
        """Return how much it is in words, empty where nothing is lost."""
        counts = {"object": self.objects, "image": self.images}
        return " and ".join(
            f"{number} {name}{'' if number == 1 else 's'}" for name, number in counts.items() if number
        )


def lost(dataset: CocoDataset) -> Lost:
    """Count what a data set names as lost, and find the images that it concerns."""
    problems = [problem for problem in dataset.problems if problem.lost]
    images = sum(problem.detail.startswith("image") for problem in problems)
    objects = [problem for problem in problems if _of_object(problem)]
    listed = set(dataset.file_names)
    own = sorted((problem for problem in objects if problem.item in listed), key=attrgetter("item"))
    reasons = {name: _reason(list(found)) for name, found in groupby(own, attrgetter("item"))}
    return Lost(images, len(objects), reasons)


def reason_left_out(dataset: CocoDataset, index: int) -> str:
    """Return why an image gives no crops, as in :attr:`Lost.reasons`; empty where it may give some."""
    name = dataset.file_names[index]
    own = (problem for problem in dataset.problems if problem.item == name and problem.lost)
    found = [problem for problem in own if _of_object(problem)]
    return _reason(found) if found else ""


def _of_object(problem: Problem) -> bool:
    # A problem says what it concerns by its first word: "annotation 7 …", "annotations[6]: …".
    return problem.detail.startswith("annotation")


def _reason(found: list[Problem]) -> str:
    first = found[0].detail.removesuffix(", left out")
    return f"{len(found)} of its objects cannot be used ({first}{', and others' if len(found) > 1 else ''})"
