"""Whether files look like masks, and where the masks of a folder are: by names, then by the pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.datasets.mask_folders.pairing import Pair, Pairing, pair_by_suffix, pair_up, suffix_pairs
from core.datasets.spread import spread
from core.errors import BoxscopeError
from core.images import header
from core.images.stored import Stored, read_stored

# Masks that are looked at for what their pixels mean, and pairs for whether they are masks at all.
SAMPLE, _PAIRS = 64, 16
# A mask consists of areas of one value: so many of its pixels are like the one to the left, and so many are
# of at most so many levels or colours. Of 118 pictures of CrackForest at most 0.77 are like their neighbour.
_FLAT, _SHARE, _COLOURS = 0.9, 0.97, 24
_SAMPLE_BYTES = 100_000_000
_STEP = 16


class MaskFolder(NamedTuple):
    """A folder in which pictures have masks.

    Attributes
    ----------
    folder : Path
    pairing : Pairing
    looked_at : int
        Pairs that were looked at.
    alike : int
        Those whose mask looks like one, and whose picture does not.
    """

    folder: Path
    pairing: Pairing
    looked_at: int
    alike: int

    @property
    def sure(self) -> float:
        """Return how sure it is that these are masks, 0 to 1: the share of pairs that look so."""
        return self.alike / self.looked_at if self.looked_at else 0.0

    def sample(self) -> list[Stored]:
        """Return up to `SAMPLE` of the masks, spread over the folder, without those that cannot be read.

        Of large masks fewer, the first of these: 100 MB in all.
        """
        masks = spread([pair.mask for pair in self.pairing.pairs if pair.mask], SAMPLE)
        found: list[Stored] = []
        room = _SAMPLE_BYTES
        for name in masks:
            if room <= 0:
                break
            try:
                found.append(read_stored(self.folder / name))
            except BoxscopeError:
                continue  # named when it is converted
            room -= found[-1].values.nbytes
        return found


def find_masks(folder: Path, names: Sequence[str]) -> MaskFolder | None:
    """Return the pictures and masks of a folder, None where there are none.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Paths of the pictures and masks below it.
    """
    by_name = pair_up(names)
    if by_name.pairs:
        return _looked_at(folder, by_name)
    for suffix in suffix_pairs(names):
        found = _looked_at(folder, pair_by_suffix(names, suffix), names_say_it=False)
        if found.sure > 0.5:
            return found
    return None


def looks_like_mask(stored: Stored) -> bool:
    """Return whether a picture consists of areas of few values, as a mask does."""
    if stored.alpha is not None and stored.alpha.min() < stored.alpha.max():
        return True
    values = stored.values.astype(np.int32).reshape(*stored.values.shape[:2], -1)
    if not values.size:
        return False
    # Levels of 16 bits in the same number of steps; palette indices have no order, so each is its own.
    step = 1 if stored.palette is not None else max(1, _STEP * (int(values.max()) + 1) // 256)
    flat = (np.abs(np.diff(values, axis=1)).max(axis=2) < step).mean() if values.shape[1] > 1 else 1.0
    binned = ((values + step // 2) // step).reshape(-1, values.shape[2])
    packed = binned @ (256 ** np.arange(values.shape[2]))
    counts = np.sort(np.unique(packed, return_counts=True)[1])[::-1]
    return bool(flat >= _FLAT and counts[:_COLOURS].sum() >= _SHARE * len(packed))


def _looked_at(folder: Path, pairing: Pairing, names_say_it: bool = True) -> MaskFolder:
    pairs = spread(pairing.pairs, _PAIRS)
    alike = sum(_looks(folder, pair, names_say_it) for pair in pairs)
    return MaskFolder(folder, pairing, len(pairs), alike)


def _looks(folder: Path, pair: Pair, names_say_it: bool) -> bool:
    """Return whether a mask looks like one; and its picture does not, where size or names do not tell."""
    if pair.mask is None:
        return False
    try:
        mask, header_of = read_stored(folder / pair.mask), header(folder / pair.image)
        if not looks_like_mask(mask):
            return False
        told = names_say_it and header_of.size(mask.size) == mask.size
        return told or not looks_like_mask(read_stored(folder / pair.image))
    except BoxscopeError:
        return False
