"""What some pictures of a folder of masks give: how many objects, of which areas."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from core.datasets.mask_folders.meaning import Meaning
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.reading import read_pair
from core.datasets.mask_folders.settings import MaskSettings
from core.errors import BoxscopeError

# Pixels of the pictures of a sample: 24 of 448 x 448, which take 50 ms.
_PIXELS = 24 * 448 * 448


class Sampled(NamedTuple):
    """What some pictures of a folder give.

    Attributes
    ----------
    pictures, empty : int
        Those that were read, and those of them without objects.
    objects : list of int
        Of each picture.
    areas : list of int
        Pixels of each object, ascending.
    small : int
        Objects left out as too small.
    failed : list of str
        Why pictures cannot be used, a line each.
    """

    pictures: int
    empty: int
    objects: list[int]
    areas: list[int]
    small: int
    failed: list[str]

    def text(self) -> str:
        """Return it as one line."""
        if not self.pictures:
            return "none of the pictures looked at can be used"
        mean = sum(self.objects) / self.pictures
        parts = [
            f"{mean:.1f} objects a picture, at most {max(self.objects)}",
            f"{self.empty} without objects",
        ]
        if self.areas:
            middle = self.areas[len(self.areas) // 2]
            parts.append(f"objects of {self.areas[0]:,} to {self.areas[-1]:,} px², median {middle:,}")
        parts += [f"{self.small} left out as too small"] if self.small else []
        parts += [f"{len(self.failed)} cannot be used"] if self.failed else []
        return "; ".join(parts)


def sampled(
    root: Path, pairs: Sequence[Pair], settings: MaskSettings, meaning: Meaning, pixels: int = _PIXELS
) -> Sampled:
    """Return what some pictures give.

    Parameters
    ----------
    root, settings, meaning
        See :func:`preview`.
    pairs : sequence of Pair
    pixels : int
        The first of them are read that have so many pixels together, one at least.
    """
    objects, areas, failed, small = [], [], [], 0
    for pair in pairs:
        try:
            found = read_pair(root, pair, settings, meaning)
        except BoxscopeError as error:
            failed.append(f"{pair.image}: {error.without(pair.image)}")
            continue
        objects.append(sum(len(one.numbers) for _, one in found.layers))
        areas += [int(area) for _, one in found.layers for area in one.areas]
        small += sum(one.small for _, one in found.layers)
        pixels -= found.size[0] * found.size[1]
        if pixels <= 0:
            break
    return Sampled(len(objects), objects.count(0), objects, sorted(areas), small, failed)
