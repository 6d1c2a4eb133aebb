"""By which grey levels pictures of more than 8 bits are shown: decided once for all pictures of a kind.

Pictures of one camera share their levels, so that they stay comparable. One kind of file may come from
several cameras: pictures of 10 and 12 bits, and thermal ones, all in 16 bits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.images.deep import Kind
from core.images.grey_levels import (
    Levels,
    Values,
    depth,
    expect_16_bits,
    natural_levels,
    nominal,
    used_levels,
)

# A picture that a camera's levels would show with fewer steps than this is not of that camera, unless it is
# dark, as with the lens cap on: below this part of the levels.
_VISIBLE_STEPS = 4
_DARK = 1 / 16
# Pictures of one depth are of one camera if each uses at least this part of the levels of both.
_SAME_CAMERA = 1 / 16
# Side of the grid of pixels by which a picture is assigned to a camera.
_GRID = 256


class Camera(NamedTuple):
    """Pictures that share their levels.

    Attributes
    ----------
    used : Levels
        The range that the pictures looked at use.
    levels : Levels
        By which they are shown.
    """

    used: Levels
    levels: Levels


@dataclass(frozen=True)
class Scale:
    """The cameras that pictures of a kind come from.

    Attributes
    ----------
    kind : Kind
    cameras : tuple of Camera
    """

    kind: Kind
    cameras: tuple[Camera, ...]

    def __str__(self) -> str:
        """Return the kind and its levels, as ``TIFF grey 16 bits 0-4095, 30120-30392``."""
        return f"{self.kind} {', '.join(str(camera.levels) for camera in self.cameras)}"

    def levels(self, values: Values) -> Levels:
        """Return the levels of the camera that a picture comes from, its own where it comes from none."""
        low, middle, high = _spread(values)
        known = [camera for camera in self.cameras if camera.levels.contains(middle)]
        if not known:
            return natural_levels(used_levels(values))
        # Levels of 0-1023 contain the middle of a dark picture of 12 bits too, but not its width.
        wide = [camera for camera in known if 2 * camera.used.width >= high - low]
        if wide:
            return min(wide, key=lambda camera: camera.used.width).levels
        return max(known, key=lambda camera: camera.used.width).levels


@dataclass(frozen=True)
class Reading:
    """How the pictures of a data set become 8 bits, and how large they may be.

    Attributes
    ----------
    scales : tuple of Scale
        For pictures of more than 8 bits. A kind that is not among them is shown picture by picture.
    fixed : Levels or None
        The levels of all of them instead.
    full : bool
        Show all levels of the pixel type instead: the high byte of 16 bits.
    max_pixels : int or None
        See :func:`core.images.limits.max_pixels`; None asks it at every picture.
    """

    scales: tuple[Scale, ...] = ()
    fixed: Levels | None = None
    full: bool = False
    max_pixels: int | None = None

    def levels(self, kind: Kind, values: Values) -> Levels:
        """Return the levels by which a picture is shown.

        Raises
        ------
        BoxscopeError
            The pixels have more than 16 bits, and no levels were given.
        """
        if self.fixed is not None:
            return self.fixed
        expect_16_bits(values)
        if self.full:
            return kind.all_levels
        scale = next((scale for scale in self.scales if scale.kind == kind), None)
        if scale is None or not values.size:
            return natural_levels(used_levels(values)) if values.size else nominal(16)
        return scale.levels(values)

    def possible_levels(self, kind: Kind) -> str:
        """Return the levels by which pictures of a kind are shown, as ``0-4095 or 30120-30392``.

        Empty where each picture is shown by its own.
        """
        if self.fixed is not None or self.full:
            return str(self.fixed or kind.all_levels)
        found = [camera for scale in self.scales if scale.kind == kind for camera in scale.cameras]
        return " or ".join(str(camera.levels) for camera in found)

    def __str__(self) -> str:
        """Return the levels, empty for pictures of 8 bits."""
        if self.fixed is not None:
            return str(self.fixed)
        return "full" if self.full else "; ".join(map(str, self.scales))


def cameras(used: Iterable[Levels]) -> tuple[Camera, ...]:
    """Return the cameras that pictures of one kind come from, by the ranges that the pictures use."""
    joined: list[list[Levels]] = []
    for group in sorted(_groups(sorted(used))):
        if joined and _one_camera([*joined[-1], group]):
            joined[-1].append(group)
        else:
            joined.append([group])
    unions = map(_union, joined)
    return tuple(Camera(union, natural_levels(union)) for union in unions)


def _groups(used: Sequence[Levels]) -> list[Levels]:
    """Return the ranges of pictures whose ranges overlap, without those that would show nothing."""
    found: list[Levels] = []
    invisible: list[Levels] = []
    for members in _overlapping(used):
        group = _union(members)
        levels = natural_levels(group)
        apart = [one for one in members if _is_invisible(one, levels)]
        if len(apart) in (0, len(members)):
            found.append(group)
            continue
        invisible += apart
        found += _groups([one for one in members if one not in apart])
    return found + (_groups(sorted(invisible)) if invisible else [])


def _overlapping(used: Sequence[Levels]) -> list[list[Levels]]:
    """Return sorted ranges in groups, each range overlapping another one of its group."""
    groups: list[list[Levels]] = []
    for one in used:
        if groups and _union(groups[-1]).overlaps(one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _union(members: Sequence[Levels]) -> Levels:
    return Levels(min(one.low for one in members), max(one.high for one in members))


def _is_invisible(used: Levels, levels: Levels) -> bool:
    steps = used.width * 256 / levels.width
    return steps < _VISIBLE_STEPS and used.low - levels.low > levels.width * _DARK


def _one_camera(groups: Sequence[Levels]) -> bool:
    """Return whether ranges that do not overlap may be those of one camera: of dull days and bright ones."""
    levels = natural_levels(_union(groups))
    of_one_depth = len({depth(group.high) for group in groups}) == 1
    return of_one_depth and min(group.width for group in groups) >= levels.width * _SAME_CAMERA


def _spread(values: Values) -> tuple[float, float, float]:
    """Return the levels below which 1, 50 and 99 % of a grid of pixels lie."""
    step = max(1, -(-max(values.shape[:2]) // _GRID))
    low, middle, high = np.percentile(values[::step, ::step], (1, 50, 99))
    return float(low), float(middle), float(high)
