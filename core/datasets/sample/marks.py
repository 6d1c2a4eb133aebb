"""Marks that resemble cracks: joints, tie holes and stains. None of them has a ground-truth box.

Lengths are pixels of a picture of 640x480; ``scale`` enlarges them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.sample.noise import Plane, fractal_noise, soften

RUST = np.array([0.93, 0.78, 0.62], np.float32)
DAMP = np.array([0.80, 0.81, 0.82], np.float32)


def draw_marks(rng: np.random.Generator, surface: Plane, tint: Plane, scale: float) -> None:
    """Draw random marks on a slab in place; many slabs get none.

    Parameters
    ----------
    rng : numpy.random.Generator
    surface : float32 (H, W)
        Grey levels.
    tint : float32 (h, w, 3)
        Factors of red, green and blue, at a smaller size than the surface.
    scale : float
        Of the picture relative to 640x480.
    """
    for chance, mark in ((0.22, _joint), (0.15, _tie_holes)):
        if rng.random() < chance:
            mark(rng, surface, scale)
    for chance, stain in ((0.3, _damp_stain), (0.12, _rust_stain), (0.1, _rust_run)):
        if rng.random() < chance:
            stain(rng, tint)


def _joint(rng: np.random.Generator, surface: Plane, scale: float) -> None:
    """Draw the joint of two boards of the formwork: a straight dark line, often with a bright edge."""
    height, width = surface.shape
    upright = bool(rng.random() < 0.5)
    reach, across = (height, width) if upright else (width, height)
    start = rng.uniform(0.1, 0.9) * across
    ends = np.array([[0, start], [reach, start + rng.normal(0, 0.02) * reach]])
    ends = ends[:, ::-1] if upright else ends
    thickness = max(1, round(rng.uniform(1, 3.5) * scale))
    depth = rng.uniform(10, 45)
    _stroke(surface, ends, thickness, -depth, max(0.7, 0.6 * scale))
    if rng.random() < 0.7:
        side = ends + (np.array([1, 0]) if upright else np.array([0, 1])) * (thickness + scale)
        _stroke(surface, side, max(1, thickness // 2), 0.4 * depth, max(0.7, 0.8 * scale))


def _stroke(surface: Plane, ends: NDArray[np.float64], thickness: int, levels: float, blur: float) -> None:
    """Add grey levels along a straight blurred line; only the part of the picture around it is computed."""
    height, width = surface.shape
    margin = thickness + 4 * blur + 2
    x0, y0 = np.clip(np.floor(ends.min(axis=0) - margin), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(ends.max(axis=0) + margin), 0, (width, height)).astype(int)
    if x0 >= x1 or y0 >= y1:
        return
    line = np.zeros((y1 - y0, x1 - x0), np.uint8)
    first, last = np.rint((ends - (x0, y0)) * 16).astype(int).tolist()
    cv2.line(line, first, last, 255, thickness, cv2.LINE_AA, 4)
    surface[y0:y1, x0:x1] += soften(line, blur) * np.float32(levels / 255)


def _tie_holes(rng: np.random.Generator, surface: Plane, scale: float) -> None:
    """Draw a row of plugged holes of the ties that held the formwork."""
    height, width = surface.shape
    radius = rng.uniform(5, 10) * scale
    y, step = rng.uniform(0.1, 0.9) * height, rng.uniform(0.3, 0.7) * width
    for x in np.arange(rng.uniform(0, step), width, step):
        _tie_hole(surface, x, y, radius, rng.uniform(12, 45), scale)


def _tie_hole(surface: Plane, x: float, y: float, radius: float, depth: float, scale: float) -> None:
    """Draw a dark plug, its upper edge in shadow and its lower edge lit."""
    height, width = surface.shape
    side = int(radius * 2)
    left, top = int(x) - side, int(y) - side
    rows, columns = (
        slice(max(0, top), min(height, top + 2 * side)),
        slice(max(0, left), min(width, left + 2 * side)),
    )
    dy, dx = np.ogrid[rows, columns]
    distance = np.hypot(dx - x, dy - y).astype(np.float32)
    softness = np.float32(max(0.7, 0.8 * scale))
    plug = np.clip((np.float32(radius) - distance) / softness + np.float32(0.5), 0, 1)
    rim = np.exp(-(((distance - np.float32(radius)) / (2 * softness)) ** 2))
    lit = ((dy - y) / radius).astype(np.float32)
    surface[rows, columns] += np.float32(depth) * (
        np.float32(0.5) * rim * lit - plug * (np.float32(0.7) - 0.3 * lit)
    )


def _stain(tint: Plane, cover: Plane, hue: Plane) -> None:
    """Blend the colour of a stain into the tint, with the opacity `cover` in 0-1."""
    tint *= 1 - cover[..., None] * (1 - hue)


def _blob(rng: np.random.Generator, shape: tuple[int, int], size: float) -> Plane:
    """Return the opacity (0-1) of a soft blot with a ragged edge, ``size`` relative to the picture's."""
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    reach = size * (height * width) ** 0.5
    dy = (y - rng.uniform(0, height)) / (reach * rng.uniform(0.5, 1.2))
    dx = (x - rng.uniform(0, width)) / (reach * rng.uniform(0.5, 1.2))
    fray = fractal_noise(rng, height, width, max(4.0, reach), 1.0, 0.75) * np.float32(0.3)
    cover = np.clip((1 - np.sqrt(dx**2 + dy**2) + fray) * np.float32(1.6), 0, 1)
    return np.asarray(cover, np.float32)


def _damp_stain(rng: np.random.Generator, tint: Plane) -> None:
    cover = _blob(rng, tint.shape[:2], rng.uniform(0.1, 0.35))
    _stain(tint, cover * np.float32(rng.uniform(0.25, 1.0)), DAMP)


def _rust_stain(rng: np.random.Generator, tint: Plane) -> None:
    cover = _blob(rng, tint.shape[:2], rng.uniform(0.07, 0.22))
    _stain(tint, cover * np.float32(rng.uniform(0.25, 0.7)), RUST)


def _rust_run(rng: np.random.Generator, tint: Plane) -> None:
    """Draw rust washed down from a bar: narrow, sharp at the top, fading below."""
    height, width = tint.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    head, length = rng.uniform(0, 0.5) * height, rng.uniform(0.2, 0.9) * height
    sway = fractal_noise(rng, height, 1, max(4.0, height / 3), 4.0, 0.6) * np.float32(0.009 * width)
    breadth = np.float32(max(1.0, rng.uniform(0.005, 0.02) * width))
    down = (y - np.float32(head)) / np.float32(length)
    run = np.exp(-(((x - np.float32(rng.uniform(0.05, 0.95) * width) - sway) / breadth) ** 2))
    run *= np.clip(down * 12, 0, 1) * np.clip(1 - down, 0, 1)
    _stain(tint, run * np.float32(rng.uniform(0.4, 1.0)), RUST)
