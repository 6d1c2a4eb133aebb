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
        """Give the numbers as plain values, for JSON."""
        return {"images": self.images, "objects": self.objects}

    @property
    def words(self) -> str:
        """Say how much it is, empty where nothing is lost."""
        counts = {"object": self.objects, "image": self.images}
        return " and ".join(
            f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items() if count
        )


def lost(dataset: CocoDataset) -> Lost:
    """Count what a data set names as lost, and find the images that it concerns."""
    # A problem tells of what it concerns by its first word: "annotation 7 …", "annotations[6]: …".
    problems = [problem for problem in dataset.problems if problem.lost]
    objects = [problem for problem in problems if problem.detail.startswith("annotation")]
    images = sum(problem.detail.startswith("image") for problem in problems)
    listed = set(dataset.file_names)
    own = sorted((problem for problem in objects if problem.item in listed), key=attrgetter("item"))
    reasons = {name: _reason(list(found)) for name, found in groupby(own, attrgetter("item"))}
    return Lost(images, len(objects), reasons)


def _reason(found: list[Problem]) -> str:
    first = found[0].detail.removesuffix(", left out")
    return f"{len(found)} of its objects cannot be used ({first}{', and others' if len(found) > 1 else ''})"
