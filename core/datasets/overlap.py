"""Pictures that two data sets share: a training split and a validation split should share none."""

import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets import alike
from core.datasets.dataset import CocoDataset
from core.errors import BoxscopeError, Unreachable
from core.files import files_at
from core.files.hashing import sha256

T = TypeVar("T")

# Side in pixels of the grey thumbnails that pictures are compared by, and the mean difference in grey levels
# up to which two pictures are the same. Saved again as JPEG at quality 50, 500 pavements and photographs
# differed by 0.3 at most from themselves, the two most similar different ones by 1.2.
_THUMBNAIL = 16
_SAME = 0.6
_DECODED = 64


@dataclass(frozen=True)
class SharedPicture:
    """A picture in both of two data sets.

    Attributes
    ----------
    first, second : str
        Its name in each.
    same : str
        ``bytes``, or ``pixels`` where the files differ but the pictures are the same or nearly so, or
        ``look`` for a near-duplicate: another size, crop or light of the same picture.
    """

    first: str
    second: str
    same: str


@dataclass(frozen=True)
class Comparison:
    """The pictures that two data sets share.

    Attributes
    ----------
    shared : tuple of SharedPicture
        In the order of the second set.
    first_unread, second_unread : tuple of str
        Names of the pictures in each that could not be read, so not be compared;
        :func:`core.datasets.health.check` reports why.
    """

    shared: tuple[SharedPicture, ...]
    first_unread: tuple[str, ...]
    second_unread: tuple[str, ...]


def compare(
    first: CocoDataset,
    second: CocoDataset,
    pixels: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> Comparison:
    """Return the pictures that two data sets share, compared by content whatever their names.

    Parameters
    ----------
    first, second : CocoDataset
    pixels : bool
        Compare decoded pictures too, at a small size. Otherwise files are compared by their bytes, and only
        those of equal length are read.
    progress : callable or None
        Called with the number of pictures decoded so far and their total.
    """
    one, other = _Reader(first), _Reader(second)
    shared = _same_bytes(one, other)
    if pixels:
        same_bytes = {pair.second for pair in shared}
        shared += [pair for pair in _same_pixels(one, other, progress) if pair.second not in same_bytes]
    index = {name: n for n, name in enumerate(second.file_names)}
    return Comparison(
        shared=tuple(sorted(shared, key=lambda pair: (index[pair.second], pair.first))),
        first_unread=one.unread_except({pair.first for pair in shared}),
        second_unread=other.unread_except({pair.second for pair in shared}),
    )


class _Reader:
    """Reads the pictures of one of the two data sets and records those that could not be read."""

    def __init__(self, dataset: CocoDataset) -> None:
        self.dataset = dataset
        self.names = dataset.file_names
        self._unread: set[int] = set()

    def unread_except(self, shared: set[str]) -> tuple[str, ...]:
        """Return the unread names but for shared ones: the bytes of a damaged file can be compared."""
        return tuple(self.names[index] for index in sorted(self._unread) if self.names[index] not in shared)

    def read(self, function: Callable[[CocoDataset, int], T], index: int) -> T | None:
        """Return what a function reads of a picture, None where it cannot be read."""
        try:
            return function(self.dataset, index)
        except Unreachable:
            raise
        except (BoxscopeError, OSError):
            self._unread.add(index)
            return None


def _same_bytes(first: _Reader, second: _Reader) -> list[SharedPicture]:
    by_length: dict[int, list[int]] = defaultdict(list)
    for index in range(len(first.names)):
        length = first.read(_length, index)
        if length is not None:
            by_length[length].append(index)
    digests: dict[int, dict[str | None, str]] = {}
    shared = []
    for index, name in enumerate(second.names):
        length = second.read(_length, index)
        if length is None or length not in by_length:
            continue
        if length not in digests:
            candidates = reversed(by_length[length])  # the first of equal files is the one that is named
            digests[length] = {first.read(_digest, n): first.names[n] for n in candidates}
        digest = second.read(_digest, index)
        if digest is not None and digest in digests[length]:
            shared.append(SharedPicture(digests[length][digest], name, "bytes"))
    return shared


def _length(dataset: CocoDataset, index: int) -> int:
    path = dataset.path(index)
    if not files_at(path).is_file():
        raise BoxscopeError("no such file", path)
    return int(path.stat().st_size)


def _digest(dataset: CocoDataset, index: int) -> str:
    return sha256(dataset.path(index))


class _Looks(NamedTuple):
    """The pictures that can be read.

    Attributes
    ----------
    names : list of str
    thumbnails : float32 (pictures, _THUMBNAIL**2)
    hashes : uint64 (pictures,)
        See :func:`core.datasets.alike.perceptual_hash`.
    """

    names: list[str]
    thumbnails: NDArray[np.float32]
    hashes: NDArray[np.uint64]

    @classmethod
    def of(cls, reader: _Reader, done: Callable[[], object]) -> "_Looks":
        """Read the pictures of a data set; `done` is called after each."""
        names, thumbnails, hashes = [], [], []
        for index, name in enumerate(reader.names):
            if (small := reader.read(_small, index)) is not None:
                names.append(name)
                thumbnails.append(small[0])
                hashes.append(small[1])
            done()
        flat = np.array(thumbnails, np.float32).reshape(-1, _THUMBNAIL**2)
        return cls(names, flat, np.array(hashes, np.uint64))


def _same_pixels(
    first: _Reader, second: _Reader, progress: Callable[[int, int], object] | None
) -> list[SharedPicture]:
    numbers, total = itertools.count(1), len(first.names) + len(second.names)

    def done() -> None:
        if progress is not None:
            progress(next(numbers), total)

    known, others = _Looks.of(first, done), _Looks.of(second, done)
    means = known.thumbnails.mean(axis=1)
    order = np.argsort(means, kind="stable")
    shared = []
    for name, thumbnail, hashed in zip(*others, strict=True):
        # The mean difference of two thumbnails is at least the difference of their means.
        low, high = np.searchsorted(means[order], [thumbnail.mean() - _SAME, thumbnail.mean() + _SAME])
        rows = order[low:high]
        differences = np.abs(known.thumbnails[rows] - thumbnail).mean(axis=1)
        if len(rows) and differences.min() <= _SAME:
            shared.append(SharedPicture(known.names[rows[differences.argmin()]], name, "pixels"))
        elif len(near := alike.near(hashed, known.hashes)):
            shared.append(SharedPicture(known.names[near[0]], name, "look"))
    return shared


def _small(dataset: CocoDataset, index: int) -> tuple[NDArray[np.float32], int]:
    """Return a thumbnail of a picture and its perceptual hash."""
    small = dataset.read_small(index, _DECODED)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    thumbnail = cv2.resize(grey, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)
    return np.asarray(thumbnail).ravel(), alike.perceptual_hash(small)
