"""The search at each scale: maps, cuts of the line map at several percentiles, and their groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from core import boxes as bx
from core.boxes import Boxes
from core.duplicate_boxes import distinct
from core.images import Image
from core.images.region_colours import palette
from core.proposers.crack_groups import maps, overlaps
from core.proposers.crack_groups.grouping import Fragments, Groups, fragments, groups
from core.proposers.found import Found
from core.proposers.origins import Origins, joined
from core.proposers.stages import Stage

if TYPE_CHECKING:
    from core.proposers.crack_groups import CrackGroups

Cut = tuple[str, Groups]
"""The groups at a percentile, with the name of the step."""

# Groups of a scale that are compared for duplicates at most, the best; the first 1,000 differ in nothing.
_MOST = 4000

# IoU above which a better group lowers the score of another, how often at most, and proposals that are
# ordered so.
_OVERLAP, _TIMES, _DAMPED = 0.7, 3, 1000

# Proposals that are compared with each other for agreement, the best; of 2,000 no figure is another.
_COMPARED = 1000


@dataclass(frozen=True, eq=False)
class Scale:
    """The search at one scale.

    Attributes
    ----------
    settings : CrackGroups
    scale : float
    grey : uint8 (h, w)
        The picture at this scale.
    size : (int, int)
        Width and height of the picture as it is.
    """

    settings: "CrackGroups"
    scale: float
    grey: Image
    size: tuple[int, int]

    @cached_property
    def contrast(self) -> maps.Map:
        """See :func:`core.proposers.crack_groups.maps.contrast`."""
        return maps.contrast(self.grey, self.settings.window, self.settings.polarity)

    @cached_property
    def lines(self) -> maps.Map:
        """See :func:`core.proposers.crack_groups.maps.lines`."""
        return maps.lines(self.contrast, self.settings.length)

    def cuts(self) -> Iterator[tuple[str, Fragments]]:
        """Yield the fragments at each percentile, with a name for the step."""
        # Every second pixel each way: the percentiles differ in the third digit.
        levels = np.percentile(self.lines[::2, ::2], self.settings.percentiles)
        for percentile, level in zip(self.settings.percentiles, levels.tolist(), strict=True):
            name = f"scale {self.scale:g}, above {percentile:g} %"
            yield name, fragments(self.lines, self.contrast, max(level, 0.0), self.settings.min_length)

    def shown(self, picture: Image) -> Image:
        """Return a picture at this scale in the size of the picture as it is, pixel by pixel."""
        return cv2.resize(picture, self.size, interpolation=cv2.INTER_NEAREST)

    def enlarged(self, boxes: Boxes) -> Boxes:
        """Return boxes at this scale in the frame of the picture as it is."""
        height, width = self.grey.shape
        factor = np.tile(np.array(self.size, np.float64) / (width, height), 2)
        return (boxes * factor).astype(np.float32)


def scales(settings: "CrackGroups", image: Image) -> Iterator[Scale]:
    """Yield the search at each scale."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    for scale in settings.scales:
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        small = grey if size == (width, height) else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        yield Scale(settings, scale, small, (width, height))


def grouped(scale: Scale) -> list[Cut]:
    """Return the groups at each percentile, each with the name of the step."""
    return [(name, groups(pieces, scale.settings.max_gap)) for name, pieces in scale.cuts()]


def found(scale: Scale, steps: Sequence[Cut]) -> Found:
    """Return the fragments and groups of some of its percentiles at a scale, best first."""
    boxes = np.concatenate([bx.as_boxes([]), *(each.boxes for _, each in steps)])
    scores = np.concatenate([np.zeros(0, np.float32), *(each.scores for _, each in steps)])
    step = np.repeat(np.arange(len(steps), dtype=np.int16), [len(each.boxes) for _, each in steps])
    origins = Origins(tuple(name for name, _ in steps), step)
    rows = np.argsort(-scores, kind="stable")[:_MOST]
    # The energy of the same line falls by the square of the scale, the range of gaps by its root. Divided by
    # the scale alone, AR@10 and AR@100 are highest on the training splits of CrackForest and CrackSeg.
    ranked = (scores / scale.scale).astype(np.float32)
    return Found(scale.enlarged(boxes), ranked, origins).take(rows)


def ordered(parts: Sequence[Found], settings: "CrackGroups") -> Found:
    """Return the proposals of all scales as :class:`CrackGroups` proposes them."""
    of = best_first(parts, settings.agreement)
    if settings.duplicates < 1:
        of = of.take(distinct(of.boxes, settings.duplicates))
    return damped(of, settings.damping)


def best_first(parts: Sequence[Found], agreement: float) -> Found:
    """Return the proposals of all scales, the highest score first; of equal boxes the first.

    Parameters
    ----------
    parts : sequence of Found
        Those of each scale.
    agreement : float
        Power of the number of percentiles and scales that find nearly the same box, by which the score of
        each of the first 1,000 is multiplied.
    """
    boxes, scores = np.concatenate([part.boxes for part in parts]), np.concatenate(list(map(_scores, parts)))
    found = Found(boxes, scores, _origins(parts)).take(np.argsort(-scores, kind="stable"))
    if agreement:
        found = _with_agreement(found, agreement)
    return found.take(bx.firsts(found.boxes))


def _with_agreement(found: Found, power: float) -> Found:
    assert found.origins is not None
    first, scores = slice(_COMPARED), _scores(found).copy()
    counts = overlaps.agreeing(found.boxes[first], found.origins.step[first], _OVERLAP)
    scores[first] *= (counts**power).astype(np.float32)
    return replace(found, scores=scores).take(np.argsort(-scores, kind="stable"))


def damped(of: Found, factor: float) -> Found:
    """Return the proposals with lower scores where better ones overlap them, the highest first.

    On the training splits of CrackForest and CrackSeg AR@10 and AR@100 rise by .004 and .006 on average
    against dropping boxes above an IoU of .9; see docs/proposers.md.
    """
    if factor == 1:
        return of
    rows, scores = overlaps.damped(of.boxes, _scores(of), _OVERLAP, factor, _TIMES, _DAMPED)
    return replace(of.take(rows), scores=scores)


def _scores(part: Found) -> NDArray[np.float32]:
    assert part.scores is not None
    return part.scores


def _origins(parts: Sequence[Found]) -> Origins:
    origins = [part.origins for part in parts if part.origins is not None]
    assert len(origins) == len(parts)
    return joined(origins)


def stages(scale: Scale) -> list[Stage]:
    """Return the maps of a scale, then the fragments of each percentile with the boxes of their groups."""
    result = [
        Stage(f"scale {scale.scale:g}, contrast", scale.shown(_stretched(scale.contrast))),
        Stage(f"scale {scale.scale:g}, along lines", scale.shown(_stretched(scale.lines))),
    ]
    for name, pieces in scale.cuts():
        each = groups(pieces, scale.settings.max_gap)
        boxes = scale.enlarged(each.boxes[np.argsort(-each.scores, kind="stable")])
        colours = palette(len(pieces.boxes) + 1)
        colours[0] = 0
        result.append(Stage(name, scale.shown(colours[pieces.labels]), boxes))
    return result


def _stretched(of: maps.Map) -> Image:
    """Return a map as a picture: black at 0 and below, white at its 99.5th percentile."""
    white = max(float(np.percentile(of[::2, ::2], 99.5)), 1e-6)
    return np.clip(of * (255 / white), 0, 255).astype(np.uint8)
