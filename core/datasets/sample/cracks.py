"""The shape of cracks: branching, interrupted paths with a width and a darkness along them.

P is the number of points of a path. Lengths are pixels of a picture of 640x480; ``scale`` enlarges them.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.datasets.sample.render import Crack, Points, Strand, render_crack


def draw_cracks(
    rng: np.random.Generator, height: int, width: int, scale: float, level: float
) -> Iterator[Crack]:
    """Yield one to four random cracks, about every third near or across the previous one.

    Parameters
    ----------
    rng : numpy.random.Generator
    height, width : int
        Of the picture, pixels.
    scale : float
        Of the picture relative to 640x480.
    level : float
        Mean grey level of the picture, > 0.

    Yields
    ------
    Crack
        Its window lies inside the picture and is not empty.
    """
    side = (height * width) ** 0.5
    centre = np.zeros(2)
    for index in range(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]) + 1):
        if index > 0 and rng.random() < 0.33:
            centre = centre + rng.normal(0, 0.08 * side, 2)
        else:
            centre = rng.uniform(0.12, 0.88, 2) * (width, height)
        centre = np.clip(centre, 0, (width - 1, height - 1))
        breadth = min(6.5, rng.lognormal(1.0, 0.4))
        strands = _grow(rng, centre, rng.uniform(0.2, 1.15) * side, max(1.0, breadth * scale), scale)
        # A wide crack is deep and so dark: a wide faint one looks unnatural, like a pencil stroke.
        depth = min(85.0, 11 + rng.gamma(2.0, 9) + 8 * breadth)
        yield render_crack(rng, strands, height, width, scale, min(0.85, depth / level))


def _grow(
    rng: np.random.Generator, centre: Points, length: float, width: float, scale: float
) -> list[Strand]:
    """Return a random crack around a centre: its branches, then the trunk."""
    trunk = _path(rng, rng.uniform(0, 2 * np.pi), length, scale)
    trunk += centre - trunk[len(trunk) // 2]
    branches = [
        _branch(rng, trunk, length * rng.uniform(0.12, 0.4), width * rng.uniform(0.4, 0.8), scale)
        for _ in range(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))
    ]
    return [*branches, _strand(rng, trunk, width, _taper(len(trunk), both=True))]


def _branch(rng: np.random.Generator, trunk: Points, length: float, width: float, scale: float) -> Strand:
    """Return a random branch that starts at a point of the trunk, at an angle, forwards or backwards."""
    root = rng.integers(1, len(trunk) - 1)
    ahead = trunk[root + 1] - trunk[root - 1]
    side, back = rng.choice([-1, 1]), rng.choice([0, np.pi])
    heading = np.arctan2(ahead[1], ahead[0]) + back + side * rng.uniform(0.4, 1.2)
    points = trunk[root] + _path(rng, heading, length, scale)
    return _strand(rng, points, width, _taper(len(points), both=False))


def _path(rng: np.random.Generator, heading: float, length: float, scale: float) -> Points:
    """Return a random path from the origin that turns at kinks of three sizes.

    The heading is constant between two kinks and independent of the one before: a crack runs straight
    through the cement paste and around each stone, unlike a smooth curve or a random walk.
    """
    step = 1.5 * max(0.7, scale**0.5)
    steps = max(4, round(length / step))
    headings = np.full(steps, heading)
    for run, spread in ((length / 3, 0.28), (max(4.0, 20 * scale), 0.38), (max(2.0, 5 * scale), 0.5)):
        kinks = np.cumsum(rng.random(steps) < step / run)
        headings += rng.normal(0, spread, kinks[-1] + 1)[kinks]
    strides = step * np.stack([np.cos(headings), np.sin(headings)], axis=1)  # (P, 2)
    return np.cumsum(strides, axis=0)


def _taper(points: int, both: bool) -> NDArray[np.float64]:
    """Return a relative width (0-1) that falls to 0 at the end of a path, or at both ends."""
    along = np.linspace(0, 1, points)
    to_end = np.minimum(along, 1 - along) if both else 1 - along
    return np.clip(to_end / 0.25, 0, 1) ** 0.6


def _along(rng: np.random.Generator, points: int, knots: int) -> NDArray[np.float64]:
    """Return smooth noise along a path, standard deviation about 1."""
    return np.interp(np.linspace(0, knots - 1, points), np.arange(knots), rng.standard_normal(knots))


def _strand(rng: np.random.Generator, points: Points, width: float, taper: NDArray[np.float64]) -> Strand:
    """Return a path with random widths, a varying darkness, and gaps."""
    count = len(points)
    widths = width * taper * np.clip(1 + 0.35 * _along(rng, count, 9), 0.3, 2)
    darkness = np.clip(0.85 + 0.22 * _along(rng, count, 6), 0.2, 1) * (0.5 + 0.5 * taper)
    position = np.linspace(0, 1, count)
    for _ in range(rng.poisson(0.6)):
        gap = np.abs(position - rng.uniform(0.1, 0.9)) / rng.uniform(0.01, 0.06)
        darkness *= np.clip(gap, 0, 1) ** 3
    return Strand(points, widths, darkness)
