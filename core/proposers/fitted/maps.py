"""The maps that the features of boxes are sums of, as integral images."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.images import Image
from core.proposers.crack_groups import maps as lines
from core.proposers.fitted import kernel

# Longer side of the picture at most, pixels: a larger one adds nothing to the recall and four times the time.
_MOST_SIDE = 320

MAPS = (
    *("grey", "grey squared", "dark", "bright", "lines", "strong lines", "gradient"),
    *("gradient 0", "gradient 45", "gradient 90", "gradient 135", "a", "b"),
)
"""The maps, in the order of the last axis of an integral image."""

_WINDOW, _LINE, _PERCENTILES = 25, 11, (90, 97)


def maps(image: Image) -> NDArray[np.float32]:
    """Return the maps of an image: float32 (h, w, 13), on the picture shrunk to 320 px at most."""
    small = _shrunk(image)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # One plane after the other in memory: each is filled, and summed, as a whole.
    out = np.empty((len(MAPS), *grey.shape), np.float32).transpose(1, 2, 0)
    out[..., 0] = (grey - grey.mean()) / _positive(grey.std())
    np.square(out[..., 0], out=out[..., 1])
    around = cv2.blur(grey, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REFLECT)
    darkness = around - cv2.GaussianBlur(grey, (0, 0), 0.7)
    line = lines.lines(darkness, _LINE)
    deviation = _positive(line.std())
    np.maximum(darkness, 0, out=out[..., 2])
    np.maximum(-darkness, 0, out=out[..., 3])
    for channel, level in zip((4, 5), np.percentile(line[::2, ::2], _PERCENTILES), strict=True):
        np.maximum(line - np.float32(level), 0, out=out[..., channel])
    out[..., 2:6] /= deviation
    _gradients(grey, out[..., 6:11])
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    np.subtract(lab[..., 1:], np.float32(128), out=out[..., 11:])
    out[..., 11:] /= 16
    return out


def integral(of: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the integral image of maps: float64 (h + 1, w + 1, 13)."""
    height, width, count = of.shape
    out = np.empty((height + 1, width + 1, count))
    kernel.integral(np.ascontiguousarray(of.transpose(2, 0, 1)), out)
    return out


def _gradients(grey: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Fill the magnitude of the gradient over its mean, whole and by its nearest orientation of four."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 1)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *axis) for axis in ((1, 0), (0, 1)))
    magnitude, angle = cv2.cartToPolar(across, down, angleInDegrees=True)
    magnitude /= _positive(magnitude.mean())
    nearest = np.rint(angle * np.float32(1 / 45)).astype(np.int32) % 4
    out[..., 0] = magnitude
    for number in range(4):
        out[..., number + 1] = np.where(nearest == number, magnitude, np.float32(0))


def _shrunk(image: Image) -> Image:
    height, width = image.shape[:2]
    scale = _MOST_SIDE / max(width, height)
    if scale >= 1:
        return image
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _positive(value: np.floating) -> np.float32:
    return np.float32(max(float(value), 1e-3))
