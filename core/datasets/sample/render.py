"""Rendering of cracks: a ragged outline, a darkness, a spalled rim, and the box of the visible pixels.

P is the number of points of a path. Lengths are pixels of a picture of 640x480; ``scale`` enlarges them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.datasets.sample.noise import Picture, Plane, enlarge, fractal_noise, soften

VISIBLE = 8
"""Grey levels by which a crack must darken a pixel for it to count as part of the crack.

The grain of the slabs has a standard deviation of 4-12 levels: nobody would annotate a fainter crack.
"""

MIN_PIXELS = 40
"""Visible pixels of a crack at 640x480; one with fewer is left out of the picture and of the ground truth."""

Points = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Strand:
    """A section of a crack without branches.

    Attributes
    ----------
    points : float64 (P, 2)
        x and y, pixels.
    widths : float64 (P,)
        Pixels.
    darkness : float64 (P,)
        In 0-1, relative to the crack's; 0 in a gap.
    """

    points: Points
    widths: NDArray[np.float64]
    darkness: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crack:
    """The effect of a crack on a window of the picture.

    Attributes
    ----------
    left, top : int
        Corner of the window, pixels.
    gain : float32 (h, w)
        Factor on the grey levels: below 1 in the crack, above 1 on a spalled rim.
    """

    left: int
    top: int
    gain: Plane

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the picture."""
        height, width = self.gain.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def render_crack(
    rng: np.random.Generator, strands: list[Strand], height: int, width: int, scale: float, opacity: float
) -> Crack:
    """Return the effect of strands on a picture.

    Parameters
    ----------
    rng : numpy.random.Generator
    strands : list of Strand
        At least one, with a point inside the picture; parts outside are cut off.
    height, width : int
        Of the picture, pixels.
    scale : float
        Of the picture relative to 640x480.
    opacity : float
        In 0-1: share of the light that the darkest part of the crack absorbs.

    Returns
    -------
    Crack
        Its window lies inside the picture and includes all pixels that the strands change.
    """
    points = np.concatenate([strand.points for strand in strands])
    margin = 12 * scale + 4
    x0, y0 = np.clip(np.floor(points.min(axis=0) - margin), 0, (width - 1, height - 1)).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(points.max(axis=0) + margin), 1, (width, height)).astype(int).tolist()
    cover = _cover(rng, strands, (x0, y0), (y1 - y0, x1 - x0), scale)
    gain: Plane = 1 - np.float32(opacity) * cover
    # Dirt and moisture beside the crack: broad, and fainter than VISIBLE except at the widest cracks.
    reach = 2 * round(3 * scale) + 3
    gain -= np.float32(opacity * rng.uniform(0, 0.15)) * cv2.blur(cover, (reach, reach))
    if rng.random() < 0.4:
        gain += _rim(rng, cover, scale)
    return Crack(x0, y0, gain)


def _cover(
    rng: np.random.Generator,
    strands: list[Strand],
    corner: tuple[int, int],
    shape: tuple[int, int],
    scale: float,
) -> Plane:
    """Return the filled outlines of strands, in 0-1, in a window with its upper left corner at (x, y)."""
    height, width = shape
    # Drawn at three times the resolution where cracks are about a pixel wide; in larger pictures that would
    # take nine times the memory without a visible difference.
    fine = 3 if scale < 2 else 1
    cover = np.zeros((height * fine, width * fine), np.uint8)
    for strand in strands:
        sides = (_outline(rng, strand) - corner) * fine
        shades = np.rint(255 * strand.darkness).astype(int).tolist()
        corners = np.rint(16 * sides).astype(np.int32)  # (P, 2, 2)
        quads = np.concatenate([corners[:-1], corners[1:, ::-1]], axis=1)  # (P - 1, 4, 2)
        for quad, shade in zip(quads, shades, strict=False):
            if shade:
                cv2.fillConvexPoly(cover, quad, shade, cv2.LINE_8, 4)
    small = np.asarray(cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return soften(small, max(0.5, 0.45 * scale)) / np.float32(255)


def _outline(rng: np.random.Generator, strand: Strand) -> Points:
    """Return the left and the right edge of a strand, (P, 2, 2), each with its own raggedness."""
    ahead = np.gradient(strand.points, axis=0)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    ragged = rng.lognormal(0, 0.3, (len(normal), 2)) * strand.widths[:, None] / 2
    left, right = strand.points + normal * ragged[:, :1], strand.points - normal * ragged[:, 1:]
    return np.stack([left, right], axis=1)


def _rim(rng: np.random.Generator, cover: Plane, scale: float) -> Plane:
    """Return the brightness of concrete that has spalled off the edge on one side, at random spots."""
    height, width = cover.shape
    reach = max(1, round(1.6 * scale))
    dy, dx = rng.choice([-reach, reach], 2).tolist()
    padded = np.pad(cover, reach)
    rim: Plane = np.maximum(padded[reach - dy :, reach - dx :][:height, :width] - cover, 0)
    spots = fractal_noise(rng, max(2, height // 8), max(2, width // 8), max(2.0, 4 * scale), 2.0, 0.7)
    np.clip(spots, 0, 1, out=spots)
    rim *= enlarge(spots, height, width) * np.float32(rng.uniform(0.08, 0.3))
    return rim


def darken(picture: Picture, crack: Crack) -> Picture:
    """Return the window of a picture with the crack drawn in it.

    Parameters
    ----------
    picture : uint8 (H, W, 3)
    crack : Crack

    Returns
    -------
    uint8 (h, w, 3)
        The window's size.
    """
    cracked = picture[crack.window] * crack.gain[..., None]
    np.rint(cracked, out=cracked)
    return np.clip(cracked, 0, 255, out=cracked).astype(np.uint8)


def visible_box(before: Picture, after: Picture, min_pixels: int) -> tuple[int, int, int, int] | None:
    """Return the bounds of the pixels that a crack darkens by `VISIBLE` grey levels or more.

    Parameters
    ----------
    before, after : uint8 (h, w, 3) RGB
        The same window without and with the crack.
    min_pixels : int
        >= 1.

    Returns
    -------
    x0, y0, x1, y1 : int
        Half-open, pixels of the window. None where fewer than `min_pixels` pixels are that much darker.
    """
    darker = cv2.subtract(cv2.cvtColor(before, cv2.COLOR_RGB2GRAY), cv2.cvtColor(after, cv2.COLOR_RGB2GRAY))
    visible = (darker >= VISIBLE).view(np.uint8)
    if cv2.countNonZero(visible) < min_pixels:
        return None
    x, y, width, height = cv2.boundingRect(visible)
    return x, y, x + width, y + height
