"""Whether two data sets share a picture: what is trained on must not be measured on."""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core import images
from core.dataset import CocoDataset
from core.errors import BoxscopeError

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


def shared_pictures(
    first: CocoDataset,
    second: CocoDataset,
    pixels: bool = True,
    progress: Callable[[int, int], object] | None = None,
) -> list[SharedPicture]:
    """Find the pictures that two data sets share, by content: names say nothing.

    Parameters
    ----------
    first, second : CocoDataset
    pixels : bool
        Look at what is seen too: every picture is decoded, small. Else files are compared by their bytes,
        and only those of equal length are read at all.
    progress : callable or None
        Called with the pictures looked at and their number.

    Returns
    -------
    list of SharedPicture
        In the order of `second`; a file that cannot be read is passed over, as :func:`core.health.check`
        names it.
    """
    found = _same_bytes(first, second)
    if pixels:
        told = {shared.second for shared in found}
        found += [shared for shared in _same_pixels(first, second, progress) if shared.second not in told]
    place = {name: n for n, name in enumerate(second.file_names)}
    return sorted(found, key=lambda shared: (place[shared.second], shared.first))


def _same_bytes(first: CocoDataset, second: CocoDataset) -> list[SharedPicture]:
    by_length: dict[int, list[Path]] = defaultdict(list)
    names = {}
    for index, name in enumerate(first.file_names):
        path = first.path(index)
        if path.is_file():
            by_length[path.stat().st_size].append(path)
            names[path] = name
    digests: dict[int, dict[bytes, str]] = {}
    found = []
    for index, name in enumerate(second.file_names):
        path = second.path(index)
        length = path.stat().st_size if path.is_file() else -1
        if length not in by_length:
            continue
        if length not in digests:
            digests[length] = {_digest(other): names[other] for other in reversed(by_length[length])}
        other = digests[length].get(_digest(path))
        if other is not None:
            found.append(SharedPicture(other, name, "bytes"))
    return found


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _same_pixels(
    first: CocoDataset, second: CocoDataset, progress: Callable[[int, int], object] | None
) -> list[SharedPicture]:
    total = len(first) + len(second)
    seen = [0]

    def thumbnails(dataset: CocoDataset) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        rows, pictures = [], []
        for index in range(len(dataset)):
            try:
                pictures.append(_thumbnail(dataset, index))
                rows.append(index)
            except BoxscopeError:
                pass
            seen[0] += 1
            if progress is not None:
                progress(seen[0], total)
        return np.array(rows, np.int64), np.array(pictures, np.float32).reshape(-1, _THUMBNAIL**2)

    ours, small = thumbnails(first)
    theirs, others = thumbnails(second)
    means = small.mean(axis=1)
    order = np.argsort(means, kind="stable")
    found = []
    for row, other in zip(theirs.tolist(), others, strict=True):
        # Two thumbnails differ at least by as much as their means.
        low, high = np.searchsorted(means[order], [other.mean() - _SAME, other.mean() + _SAME])
        near = order[low:high]
        apart = np.abs(small[near] - other).mean(axis=1)
        if len(near) and apart.min() <= _SAME:
            nearest = int(ours[near[apart.argmin()]])
            found.append(SharedPicture(first.file_names[nearest], second.file_names[row], "pixels"))
    return found


def _thumbnail(dataset: CocoDataset, index: int) -> NDArray[np.float32]:
    small = images.read_small(dataset.path(index), _DECODED, dataset.size(index))
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.asarray(cv2.resize(grey, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)).ravel()
