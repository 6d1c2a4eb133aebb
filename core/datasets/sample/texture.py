"""Concrete without cracks: grey levels first, then colour.

H and W are the height and width in pixels. ``scale`` is the size of the picture relative to 640x480: the
lengths below are pixels of a picture of that size, so that a picture of 24 megapixels shows the same slab in
more detail, not 80 times its area.
"""

import cv2
import numpy as np

from core.datasets.sample.noise import Picture, Plane, enlarge, fractal_noise, soften


def draw_surface(rng: np.random.Generator, height: int, width: int, scale: float) -> Plane:
    """Return the grey levels of a slab of a random kind of concrete.

    Parameters
    ----------
    rng : numpy.random.Generator
    height, width : int
        Pixels.
    scale : float
        Of the picture relative to 640x480.

    Returns
    -------
    float32 (H, W)
        Grey levels; the mean is in 95-185, single values may be outside 0-255.
    """
    grain = fractal_noise(rng, height, width, max(1.0, 5 * scale), 1.0, rng.uniform(0.6, 1.1))
    surface = grain * np.float32(rng.uniform(3.0, 6.0))
    surface += _relief(grain, scale, rng.uniform(0.5, 2.5))
    surface += _specks(rng, height, width, scale)
    if rng.random() < 0.4:
        surface += _stones(rng, height, width, scale)
    elif rng.random() < 0.6:
        surface += _trowel_marks(rng, height, width, scale)
    surface += _mottling(rng, height, width, scale)
    if rng.random() < 0.6:
        _punch_pores(rng, surface, scale)
    return _light(rng, surface, rng.uniform(95, 185))


def _mottling(rng: np.random.Generator, height: int, width: int, scale: float) -> Plane:
    """Return clouds of uneven drying, from half the picture's size down to a few pixels."""
    coarsest = max(8.0, (height * width) ** 0.5 / 2)
    clouds = fractal_noise(rng, height, width, coarsest, max(2.0, 6 * scale), rng.uniform(0.55, 0.8))
    return clouds * np.float32(rng.uniform(1.5, 5.5))


def _relief(grain: Plane, scale: float, strength: float) -> Plane:
    """Return the shading of a rough surface lit from the upper left: the slope of the grain."""
    reach = max(1, round(scale))
    lit = np.zeros_like(grain)
    lit[reach:, reach:] = grain[reach:, reach:] - grain[:-reach, :-reach]
    lit *= np.float32(strength)
    return lit


def _specks(rng: np.random.Generator, height: int, width: int, scale: float) -> Plane:
    """Return sand grains at the surface: the rare peaks of a noise, bright and dark."""
    noise = fractal_noise(rng, height, width, max(1.0, 4 * scale), max(1.0, 1.5 * scale), 0.9)
    limit = np.float32(rng.uniform(1.5, 2.4))
    peaks = noise - np.clip(noise, -limit, limit)
    np.maximum(peaks, np.float32(-0.8), out=peaks)
    peaks *= np.float32(rng.uniform(8, 24))
    return peaks


def _stones(rng: np.random.Generator, height: int, width: int, scale: float) -> Plane:
    """Return exposed aggregate: the Voronoi cells of random seeds, each of its own grey."""
    size = max(2.0, rng.uniform(3.5, 8.0) * scale)
    count = max(4, round(height * width / size**2))
    seeds = np.ones((height, width), np.uint8)
    seeds[rng.integers(0, height, count), rng.integers(0, width, count)] = 0
    to_seed, cell = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # A gamma distribution: most stones are dull, a few are bright.
    greys = rng.standard_gamma(1.5, count + 1).astype(np.float32) - np.float32(1.5)
    stones = np.take(greys, np.asarray(cell, np.int32))
    stones -= np.asarray(to_seed, np.float32) * np.float32(1.2 / size)
    stones -= stones.mean()
    stones *= np.float32(rng.uniform(4, 10))
    return soften(stones, max(0.6, 0.5 * scale))


def _trowel_marks(rng: np.random.Generator, height: int, width: int, scale: float) -> Plane:
    """Return faint arcs around a distant centre, of varying strength."""
    radius = rng.uniform(0.6, 3.0) * (height + width)
    angle = rng.uniform(0, 2 * np.pi)
    rows = np.arange(height, dtype=np.float32)[:, None] - np.float32(height / 2 + radius * np.sin(angle))
    columns = np.arange(width, dtype=np.float32) - np.float32(width / 2 + radius * np.cos(angle))
    distance = np.sqrt(rows**2 + columns**2)
    distance -= distance.min()
    profile = fractal_noise(rng, 1, int(distance.max()) + 2, 40 * scale, max(1.0, 3 * scale), 0.8)[0]
    marks = np.take(profile, distance.astype(np.int32))
    marks *= np.maximum(_mottling(rng, height, width, 12 * scale), 0) * np.float32(0.4)
    return marks


def _punch_pores(rng: np.random.Generator, surface: Plane, scale: float) -> None:
    """Draw air bubbles, each with a lit lower edge, in place."""
    height, width = surface.shape
    pores = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(5, 70)):
        # Small bubbles are by far the most frequent; coordinates are in eighths of a pixel.
        radius = (0.6 + min(rng.exponential(0.8), 4.0)) * scale
        centre = (int(rng.integers(width) * 8), int(rng.integers(height) * 8))
        axes = (int(8 * radius), int(8 * radius * rng.uniform(0.6, 1.0)))
        shade = int(rng.integers(90, 255))
        cv2.ellipse(pores, centre, axes, rng.uniform(0, 180), 0, 360, shade, -1, cv2.LINE_AA, 3)
    holes = soften(pores, max(0.6, 0.5 * scale))
    holes *= np.float32(rng.uniform(20, 55) / 255)
    reach = max(1, round(scale))
    surface -= holes
    surface[reach:, reach:] += np.float32(0.35) * holes[:-reach, :-reach]


def _light(rng: np.random.Generator, surface: Plane, level: float) -> Plane:
    """Return the slab lit from one side, with a lens's vignetting in the corners."""
    y, x = np.mgrid[-1:1:32j, -1:1:32j]
    angle = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 0.09) * (x * np.cos(angle) + y * np.sin(angle))
    vignette = rng.uniform(0, 0.07) * (x**2 + y**2)
    light = enlarge((1 + slope - vignette).astype(np.float32), *surface.shape)
    surface += np.float32(level)
    surface *= light
    return surface


def draw_tint(rng: np.random.Generator, height: int, width: int) -> Plane:
    """Return how much red, green and blue a random slab reflects, at a quarter of the picture's size.

    A quarter suffices, since tints and stains are soft, and takes 0.4 ms; at full size the tint alone takes
    4.8 ms of the 20 ms that a picture of 640x480 takes.

    Parameters
    ----------
    rng : numpy.random.Generator
    height, width : int
        Of the picture, pixels.

    Returns
    -------
    float32 (H / 4, W / 4, 3)
        Red, green and blue, about 1.
    """
    shape = (max(8, height // 4), max(8, width // 4))
    warmth = np.float32(rng.normal(0.006, 0.016))
    drift = fractal_noise(rng, *shape, max(4.0, shape[1] / 3), 4.0, 0.6)
    drift *= np.float32(rng.uniform(0.0015, 0.007))
    drift += warmth
    green = np.full(shape, 1 + rng.normal(0.003, 0.006), np.float32)
    return np.stack([1 + drift, green, 1 - np.float32(1.2) * drift], axis=-1)


def colour(surface: Plane, tint: Plane) -> Picture:
    """Return the coloured picture of grey levels.

    Parameters
    ----------
    surface : float32 (H, W)
        Grey levels.
    tint : float32 (h, w, 3)
        Of any size; it is enlarged to the surface.

    Returns
    -------
    uint8 (H, W, 3) RGB
    """
    height, width = surface.shape
    picture = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        levels = surface * enlarge(np.ascontiguousarray(tint[..., channel]), height, width)
        np.rint(levels, out=levels)
        picture[..., channel] = np.clip(levels, 0, 255, out=levels)
    return picture
