"""By which grey levels the pictures of a data set are shown, and which of them have more than 8 bits.

The levels are decided once for a data set, from an evenly spaced sample of its pictures of more than 8 bits,
so that its pictures stay comparable; workers get them with their images. JPEGs are not looked at.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from core import images
from core.datasets.spread import spread
from core.errors import BoxscopeError
from core.files import AnyPath, files_at
from core.images import Header, Kind, Levels, Reading, Scale, cameras, used_levels

AUTO, FULL = "auto", "full"

# Pictures whose headers are read: on a disk 20-200 us each; behind a URL a picture comes whole.
_HEADERS, _HEADERS_FAR = 2000, 16
# Pictures of a kind that are decoded, and about how many pixels of them.
_MOST, _LEAST, _PIXELS = 64, 8, 200_000_000

_RANGE = re.compile(r"(-?\d+)-(-?\d+)")


def fixed_levels(levels: str) -> Levels | None:
    """Return the levels of a setting such as ``0-4095``, None for ``auto`` and ``full``.

    Raises
    ------
    BoxscopeError
        It is none of these.
    """
    if levels in (AUTO, FULL):
        return None
    match = _RANGE.fullmatch(levels.strip())
    if match is None:
        raise BoxscopeError(f"got {levels!r}, expected auto, full or LOW-HIGH, as 0-4095", "levels")
    low, high = (int(text) for text in match.groups())
    if low >= high:
        raise BoxscopeError(f"got {levels!r}, expected the lower level first, as 0-4095", "levels")
    return Levels(low, high)


@dataclass(frozen=True)
class DeepPictures:
    """The pictures of more than 8 bits that were found by their headers.

    Attributes
    ----------
    kinds : dict of Kind to list of path
    complete : bool
        False where not every picture was looked at.
    """

    kinds: dict[Kind, list[AnyPath]]
    complete: bool


def find_deep(folder: AnyPath, names: Sequence[str]) -> DeepPictures:
    """Return the pictures of more than 8 bits in a folder, from at most 2,000 evenly spaced headers.

    Parameters
    ----------
    folder : Path or RemotePath
    names : sequence of str
        Paths of the pictures below it. What cannot be read is passed over: the health report names it.
    """
    candidates = [name for name in names if images.may_be_deep(name)]
    files = files_at(folder)
    looked_at = spread(candidates, _HEADERS if files.reads_parts else _HEADERS_FAR)
    found = files.map(lambda name: (folder / name, _kind(folder / name)), looked_at)
    return DeepPictures(_by_kind(found), len(looked_at) == len(candidates))


def read_as_set(paths: Sequence[AnyPath], levels: str = AUTO) -> Reading:
    """Return how pictures of no data set are read: as those of one, see :func:`decide`."""
    fixed_levels(levels)
    return decide(levels, lambda: DeepPictures(_by_kind((path, _kind(path)) for path in paths), True))


def _by_kind(found: Iterable[tuple[AnyPath, Kind | None]]) -> dict[Kind, list[AnyPath]]:
    kinds: dict[Kind, list[AnyPath]] = defaultdict(list)
    for path, kind in found:
        if kind is not None:
            kinds[kind].append(path)
    return dict(sorted(kinds.items()))


def _kind(path: AnyPath) -> Kind | None:
    try:
        return images.kind(path)
    except BoxscopeError:
        return None


def decide(levels: str, find: Callable[[], DeepPictures]) -> Reading:
    """Return how the pictures of a data set are read.

    Parameters
    ----------
    levels : str
        See :func:`fixed_levels`.
    find : callable
        Returns the pictures of more than 8 bits, called only for ``auto``.

    Raises
    ------
    BoxscopeError
        See :func:`core.images.max_pixels`.
    """
    limit = images.max_pixels()
    if levels != AUTO:
        return Reading(fixed=fixed_levels(levels), full=levels == FULL, max_pixels=limit)
    kinds = find().kinds
    scales = [Scale(kind, cameras(_used(kind, paths, limit))) for kind, paths in kinds.items()]
    return Reading(tuple(scale for scale in scales if scale.cameras), max_pixels=limit)


def _used(kind: Kind, paths: Sequence[AnyPath], limit: int | None) -> list[Levels]:
    """Return the levels that each picture of a sample uses; a smaller sample of large pictures."""
    header = next(filter(None, map(_header, paths)), None)
    if header is None:
        return []
    most = _PIXELS // max(1, header.width * header.height)
    sample = spread(paths, min(max(most, _LEAST), _MOST))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: _used_by(kind, path, limit), sample)
        return [used for used in found if used is not None]


def _header(path: AnyPath) -> Header | None:
    try:
        return images.header(path)
    except BoxscopeError:
        return None


def _used_by(kind: Kind, path: AnyPath, limit: int | None) -> Levels | None:
    try:
        found = images.read_deep(path, limit)
        if found is None or found[0] != kind:
            return None
        images.expect_16_bits(found[1])
        return used_levels(found[1])
    except BoxscopeError:
        return None  # the health report says why
