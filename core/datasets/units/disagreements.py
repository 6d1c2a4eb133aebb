"""What a report says of boxes that disagree with what is known of them, and the command that mends them."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core import wording
from core.datasets.coco import Columns
from core.datasets.problems import Problem
from core.datasets.units.check import BoxCheck, check_boxes
from core.datasets.units.choice import SEVERAL
from core.datasets.units.evidence import BoxTable, outlines_in_pixels
from core.datasets.units.judge import Why
from core.datasets.units.unit import UNITS


class Disagreements:
    """The boxes of a file that disagree with their segmentations, areas or images.

    Parameters
    ----------
    columns : Columns
    image : int64 (A,)
        The image of each annotation, negative where it has none.
    sizes : int64 (A, 2)
        Width and height of that, 0 where they are not known.
    """

    def __init__(self, columns: Columns, image: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        table = BoxTable(columns.bbox, columns.outline, columns.area, sizes, image)
        self.table = outlines_in_pixels(table)
        self.check: BoxCheck = check_boxes(self.table)

    def rows(self, except_outside: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the annotations whose boxes disagree, ascending.

        Parameters
        ----------
        except_outside : bool (A,)
            Annotations that are left out where all that contradicts them is the image, outside of which they
            lie.
        """
        why = self.check.why
        return np.flatnonzero((why != Why.NOTHING) & ~((why == Why.IMAGE) & except_outside))

    def reason(self, n: int) -> str:
        """Return what the box of an annotation disagrees with, and the units in which it would not."""
        unit = int(self.check.unit[n])
        units = np.flatnonzero(self.check.fits[n]).tolist() if unit == SEVERAL else [unit] * (unit >= 0)
        would = f": as {' or as '.join(UNITS[u].text for u in units[:3])} it would fit" if units else ""
        return self._contradiction(n) + would

    def _contradiction(self, n: int) -> str:
        table = self.table
        width, height = table.bbox[n, 2:]
        match Why(int(self.check.why[n])):
            case Why.OUTLINE:
                x0, y0, x1, y1 = table.outline[n]
                around = ", ".join(f"{side:.6g}" for side in (x0, y0, x1 - x0, y1 - y0))
                return f"is not where its segmentation is, [{around}]"
            case Why.AREA:
                return f"is one of {width:.6g} x {height:.6g}, its area is {table.area[n]:.6g}"
            case Why.PIXEL:
                return "is smaller than a pixel"
            case Why.IMAGE:
                size = "x".join(map(str, table.sizes[n]))
                return f"lies for more than half outside the image, {size}"
            case _:
                return "is in other units, as others of this file are"

    def refusals(self, item: str) -> tuple[str, ...]:
        """Return why the boxes of the file as such are wrong, with what mends them; empty where not."""
        check = self.check
        if not check.whole_file:
            return ()
        parts = [f"{count:,} would fit as {UNITS[unit].text}" for unit, count in check.units()]
        parts += [f"{count:,} {would}" for would, count in self._open().items()]
        text = (
            f"{check.disagreeing:,} of {check.compared:,} boxes disagree with their own segmentations or "
            "areas, or with their images"
        )
        return (
            f"{text}, but {_listed(parts)}; {self._remedy(item)}"
            if parts
            else f"{text}; {self._remedy(item)}",
        )

    def _open(self) -> Counter[str]:
        """Return how many boxes would fit in which of several units."""
        rows = np.flatnonzero(self.check.unit == SEVERAL)
        sets = Counter(map(bytes, self.check.fits[rows]))
        texts: Counter[str] = Counter()
        for fits, count in sets.most_common(2):
            units = np.flatnonzero(np.frombuffer(fits, bool)).tolist()
            texts[f"as {' or as '.join(UNITS[unit].text for unit in units[:3])}"] += count
        return texts

    def _remedy(self, item: str) -> str:
        """Return the command that would mend the file."""
        command = f"`convert {item} OUT.json --boxes"
        units = [unit for unit, count in self.check.units() if count > 0.02 * self.check.disagreeing]
        several = np.flatnonzero(self.check.unit == SEVERAL)
        if len(several) > 0.02 * self.check.disagreeing:
            common = np.flatnonzero(self.check.fits[several].all(axis=0)).tolist()
            names = " or ".join(f"--boxes {UNITS[unit].name}" for unit in common) or "--boxes UNIT"
            return f"`convert {item} OUT.json` with {names}, whichever is right, writes a right file"
        if len(units) == 1:
            return f"{command} {UNITS[units[0]].name}` writes a right file"
        if units:
            return f"{command} auto` writes a right file"
        if (self.table.sizes[self.check.why != Why.NOTHING] == 0).any(axis=1).mean() > 0.5:
            return f"their images have no sizes: {command} auto --sizes` takes these from the pictures"
        return (
            f"no unit explains them: {command} segmentation` takes the boxes from the segmentations, "
            "`--boxes xywh` says that the boxes are right"
        )

    def problems(self, item: str) -> Iterator[Problem]:
        """Yield the problems of the file as such."""
        for text in self.refusals(item):
            yield Problem("box-units", item, text, True, "file")
        if self.check.stale_areas:
            count = wording.count(self.check.stale_areas, "area")
            detail = f"{count} larger than the box, but a box of that area would lie outside the image: "
            yield Problem(
                "area-differs",
                item,
                f"{detail}those of pictures of another size, not used",
                False,
                "file",
            )


def _listed(parts: list[str]) -> str:
    shown = parts[:4]
    return f"{', '.join(shown)}{', and others' if len(parts) > 4 else ''}"
