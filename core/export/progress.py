"""How far an export is."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from core import runs


@dataclass(frozen=True)
class Progress(runs.Progress):
    """How far an export is.

    Attributes
    ----------
    crops, positives, negatives, bytes : int
        Done so far, earlier runs included.
    counted : int
        Images whose offers are counted; where a cap spans the whole set, that precedes the first crop.
    counted_before : int
        Those of them that earlier runs had counted.
    resumed_crops : int
        Crops that earlier runs had done.
    no_negatives : tuple of dict
        ``file`` and ``reason`` of each image that gives positives alone, since its truth may lack an object.
    """

    crops: int = 0
    positives: int = 0
    negatives: int = 0
    bytes: int = 0
    counted: int = 0
    counted_before: int = 0
    resumed_crops: int = 0
    no_negatives: tuple[dict[str, str], ...] = ()

    sums: ClassVar[tuple[str, ...]] = ("images", "crops", "positives", "negatives", "bytes")
    rates: ClassVar[tuple[str, ...]] = ("images_per_second", "crops_per_second", "seconds_left")

    @property
    def crops_per_second(self) -> float:
        """Crops per second of this run alone."""
        return self.rate(self.crops - self.resumed_crops)

    @property
    def counting(self) -> bool:
        """Whether offers are being counted, see `counted`."""
        return self.counted > 0 and self.done == 0

    @property
    def pace(self) -> str:
        """The rates and the remaining time, as text."""
        if self.counting:
            return "counted, for the limits over the whole set"
        pace = f"{self.images_per_second:.1f} images/s, {self.crops_per_second:.0f} crops/s"
        return pace if self.seconds_left is None else f"{pace}, {self.seconds_left:.0f} s left"

    def add(self, counts: dict[str, Any]) -> Self:
        """Return the progress with the counts of another part added."""
        return replace(super().add(counts), no_negatives=(*self.no_negatives, *counts["no_negatives"]))

    def resumed(self) -> "Progress":
        """Return the progress of a run that resumes here."""
        return replace(super().resumed(), resumed_crops=self.crops)

    def result(self) -> dict[str, Any]:
        """Return the counts as the command line prints them."""
        lists = {"skipped": self.skipped, "no_negatives": self.no_negatives}
        by_name = {key: sorted(images, key=lambda image: image["file"]) for key, images in lists.items()}
        return {**{name: getattr(self, name) for name in self.sums}, **by_name}
