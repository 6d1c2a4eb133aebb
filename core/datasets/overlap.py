"""Whether two data sets share a picture: what is trained on must not be measured on."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from core import images
from core.datasets.dataset import CocoDataset
from core.errors import BoxscopeError, Unreachable
from core.files import files_at
from core.files.hashing import sha256

T = TypeVar("T")

# Side of the grey thumbnail that pictures are compared by, and the mean difference, in grey levels, up to
# which two are one. Saved again as JPEG at quality 50, 500 pavements and photographs moved by 0.3 at most;
# the nearest two different ones are 1.2 apart.
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
        ``bytes``, or ``pixels`` where only what is seen is the same, or nearly.
    """

    first: str
    second: str
    same: str


@dataclass(frozen=True)
class Comparison:
    """What is known of the pictures that two data sets share.

    Attributes
    ----------
    shared : tuple of SharedPicture
        In the order of the second set.
    first_unread, second_unread : tuple of str
        Names of the pictures in each that nothing can be said of, since they cannot be read;
        :func:`core.datasets.health.check` says why.
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
    """Find the pictures that two data sets share, by content: names say nothing.

    Parameters
    ----------
    first, second : CocoDataset
    pixels : bool
        Look at what is seen too: every picture is decoded, small. Else files are compared by their bytes,
        and only those of equal length are read at all.
    progress : callable or None
        Called with the pictures looked at and their number.
    """
    ours, theirs = _Side(first), _Side(second)
    found = _same_bytes(ours, theirs)
    if pixels:
        told = {shared.second for shared in found}
        found += [shared for shared in _same_pixels(ours, theirs, progress) if shared.second not in told]
    place = {name: n for n, name in enumerate(second.file_names)}
    return Comparison(
        shared=tuple(sorted(found, key=lambda shared: (place[shared.second], shared.first))),
        first_unread=ours.unread_but({shared.first for shared in found}),
        second_unread=theirs.unread_but({shared.second for shared in found}),
    )


class _Side:
    """One of the two data sets, and which of its pictures could not be read."""

    def __init__(self, dataset: CocoDataset) -> None:
        self.dataset = dataset
        self.names = dataset.file_names
        self._unread: set[int] = set()

    def unread_but(self, known: set[str]) -> tuple[str, ...]:
        """Name what could not be read, but for those found all the same: broken files have bytes."""
        return tuple(self.names[index] for index in sorted(self._unread) if self.names[index] not in known)

    def look(self, act: Callable[[CocoDataset, int], T], index: int) -> T | None:
        """Do something with a picture, None where it cannot be read."""
        try:
            return act(self.dataset, index)
        except Unreachable:
            raise
        except (BoxscopeError, OSError):
            self._unread.add(index)
            return None


def _same_bytes(ours: _Side, theirs: _Side) -> list[SharedPicture]:
    by_length: dict[int, list[int]] = defaultdict(list)
    for index in range(len(ours.names)):
        length = ours.look(_length, index)
        if length is not None:
            by_length[length].append(index)
    digests: dict[int, dict[str | None, str]] = {}
    found = []
    for index, name in enumerate(theirs.names):
        length = theirs.look(_length, index)
        if length is None or length not in by_length:
            continue
        if length not in digests:
            same = reversed(by_length[length])
            digests[length] = {ours.look(_digest, other): ours.names[other] for other in same}
        digest = theirs.look(_digest, index)
        if digest is not None and digest in digests[length]:
            found.append(SharedPicture(digests[length][digest], name, "bytes"))
    return found


def _length(dataset: CocoDataset, index: int) -> int:
    path = dataset.path(index)
    if not files_at(path).is_file():
        raise BoxscopeError("no such file", path)
    return int(path.stat().st_size)


def _digest(dataset: CocoDataset, index: int) -> str:
    return sha256(dataset.path(index))


def _same_pixels(
    ours: _Side, theirs: _Side, progress: Callable[[int, int], object] | None
) -> list[SharedPicture]:
    total = len(ours.names) + len(theirs.names)
    seen = [0]

    def thumbnails(side: _Side) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        rows, pictures = [], []
        for index in range(len(side.names)):
            if (picture := side.look(_thumbnail, index)) is not None:
                pictures.append(picture)
                rows.append(index)
            seen[0] += 1
            if progress is not None:
                progress(seen[0], total)
        return np.array(rows, np.int64), np.array(pictures, np.float32).reshape(-1, _THUMBNAIL**2)

    first, small = thumbnails(ours)
    second, others = thumbnails(theirs)
    means = small.mean(axis=1)
    order = np.argsort(means, kind="stable")
    found = []
    for row, other in zip(second.tolist(), others, strict=True):
        # Two thumbnails differ at least by as much as their means.
        low, high = np.searchsorted(means[order], [other.mean() - _SAME, other.mean() + _SAME])
        near = order[low:high]
        apart = np.abs(small[near] - other).mean(axis=1)
        if len(near) and apart.min() <= _SAME:
            nearest = int(first[near[apart.argmin()]])
            found.append(SharedPicture(ours.names[nearest], theirs.names[row], "pixels"))
    return found


def _thumbnail(dataset: CocoDataset, index: int) -> NDArray[np.float32]:
    small = images.read_small(dataset.path(index), _DECODED, dataset.size(index))
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.resize(grey, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)).ravel()
