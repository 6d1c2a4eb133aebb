"""Fractal noise, the base of the synthetic concrete.

H and W are the height and width of a plane in pixels.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Picture = NDArray[np.uint8]


def fractal_noise(
    rng: np.random.Generator, height: int, width: int, coarsest: float, finest: float, persistence: float
) -> Plane:
    """Return random noise with structure at every size between two.

    Each octave is added on a grid of its own size and the sum is enlarged to the next: nine octaves of
    640x480 take 4.3 ms, one octave of random numbers at full size 2.6 ms.

    Parameters
    ----------
    rng : numpy.random.Generator
    height, width : int
        Of the plane, pixels.
    coarsest, finest : float
        Size of the first and the last octave's cells, pixels, coarsest >= finest >= 1.
    persistence : float
        Amplitude of an octave relative to the one before it, > 0.

    Returns
    -------
    float32 (H, W)
        Mean about 0, standard deviation about 1.
    """
    octaves = max(1, round(np.log2(coarsest / finest)) + 1)
    noise: Plane = np.zeros((1, 1), np.float32)
    for octave in range(octaves):
        cell = finest * 2 ** (octaves - 1 - octave)
        # At least two cells a side: a single one has no variation.
        noise = enlarge(noise, max(2, round(height / cell)), max(2, round(width / cell)))
        noise += np.float32(persistence**octave) * rng.standard_normal(noise.shape, np.float32)
    noise -= noise.mean()
    noise /= noise.std()
    return enlarge(noise, height, width)


def enlarge(plane: Plane, height: int, width: int) -> Plane:
    """Return a smooth plane enlarged by cubic interpolation.

    Parameters
    ----------
    plane : float32 (h, w)
    height, width : int
        Of the result, pixels.

    Returns
    -------
    float32 (H, W)
        The plane itself when it has that size already.
    """
    if plane.shape == (height, width):
        return plane
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def soften(plane: NDArray[np.uint8] | Plane, radius: float) -> Plane:
    """Return a plane blurred by a Gaussian.

    Parameters
    ----------
    plane : uint8 or float32 (H, W)
    radius : float
        Standard deviation of the blur, pixels, > 0.

    Returns
    -------
    float32 (H, W)
        The values of a uint8 plane remain integers.
    """
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), radius), np.float32)
