"""What the health report says of pixels: grey levels of more than 8 bits, pages that are not used."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core import images, wording
from core.datasets.dataset import CocoDataset
from core.datasets.problems import Problem
from core.images import Header, Kind, Levels, used_levels
from core.images.directories import MOST_PAGES

# A picture is clipped if more of its pixels are: fewer may be dead or hot ones.
_CLIPPED = 1e-4
# A picture that is shown by fewer steps than this is nearly flat.
_FLAT = 16


class Shown(NamedTuple):
    """By which levels a picture of more than 8 bits is shown.

    Attributes
    ----------
    kind : Kind
    levels : str
        As ``0-4095``; all levels of its kind, joined by "or", where it was not decoded.
    problems : tuple of Problem
    """

    kind: Kind
    levels: str
    problems: tuple[Problem, ...] = ()


def shown(dataset: CocoDataset, index: int, kind: Kind, decode: bool) -> Shown:
    """Return by which levels a picture of more than 8 bits is shown.

    Raises
    ------
    BoxscopeError
        It cannot be read.
    """
    reading = dataset.reading
    if not decode:
        return Shown(kind, reading.possible_levels(kind))
    found = images.read_deep(dataset.path(index), reading.max_pixels)
    if found is None:  # it was replaced meanwhile
        return Shown(kind, "")
    kind, values = found
    levels = reading.levels(kind, values)
    name = dataset.file_names[index]
    problems: list[Problem] = []
    outside = levels.share_outside(values)
    if outside > _CLIPPED:
        detail = f"{outside:.2%} of its pixels lie outside of {levels}, which are shown, and are clipped"
        problems.append(Problem("clipped-levels", name, detail, False))
    elif reading.fixed is None and (steps := _steps(used_levels(values), levels)) < _FLAT:
        detail = f"uses {used_levels(values)} of {levels}, {steps} of the 256 steps that are shown"
        problems.append(Problem("few-levels", name, f"{detail}: see --levels", False))
    return Shown(kind, str(levels), tuple(problems))


def _steps(used: Levels, levels: Levels) -> int:
    return max(1, round(used.width * 256 / levels.width))


def level_notes(dataset: CocoDataset, pictures: Iterable[Shown]) -> Iterator[Problem]:
    """Yield a note for the pictures that are shown by the same levels."""
    counts = Counter((one.kind.colour, one.levels) for one in pictures if one.levels)
    for (colour, levels), count in sorted(counts.items()):
        name = "colour" if colour else "grey"
        detail = f"{_depth(levels)}{name} levels, {levels} shown as 0-255: {wording.count(count, 'picture')}"
        yield Problem("grey-levels", dataset.annotations.name, detail, False, "file")


def _depth(levels: str) -> str:
    """Return ``12-bit`` for ``0-4095``, nothing for levels that are those of no depth."""
    low, _, high = levels.partition("-")
    bits = (int(high) + 1).bit_length() - 1 if low == "0" and high.isdecimal() else 0
    return f"{bits}-bit " if bits and 1 << bits == int(high) + 1 else ""


def page_note(name: str, header: Header) -> Iterator[Problem]:
    """Yield a note if a picture has further pages or frames, which are not used."""
    if header.pages > 1:
        things = "pages" if header.format == "TIFF" else "frames"
        more = " or more" if header.pages == MOST_PAGES else ""
        yield Problem("more-pages", name, f"has {header.pages}{more} {things}: the first is used", False)
