"""The unit in which boxes would fit what is known about them, of several that may.

Notation: R boxes, U units, in the order of :data:`core.datasets.units.unit.UNITS`.
"""

import numpy as np
from numpy.typing import NDArray

NONE, SEVERAL = -1, -2

# Share of the boxes that a unit must fit where it alone can explain those that several units fit.
_COMMON = 0.05


def choose_units(fits: NDArray[np.bool_], image: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the unit of each box.

    Where one unit fits all boxes that any fits, it is the unit of these. Else those of one image have one
    unit where there is one that fits all of them; of several, the one that is common in other images.

    Parameters
    ----------
    fits : bool (R, U)
        Whether a box read in a unit agrees with its evidence.
    image : int64 (R,)
        Any number of its image.

    Returns
    -------
    int64 (R,)
        Index of the unit, ``NONE`` where none fits, ``SEVERAL`` where more than one does.
    """
    units = np.full(len(fits), NONE, np.int64)
    rows = np.flatnonzero(fits.any(axis=1))
    if len(rows):
        fits_all = fits[rows].all(axis=0)
        possible = (
            np.broadcast_to(fits_all, (len(rows), fits.shape[1]))
            if fits_all.any()
            else _narrowed(fits[rows], image[rows])
        )
        units[rows] = _only(possible)
    return units


def _narrowed(fits: NDArray[np.bool_], image: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which units remain possible for each box, of an image and beside those of others."""
    possible = _same_in_image(fits, image)
    only = _only(possible)
    counts = np.bincount(only[only >= 0], minlength=fits.shape[1])
    common = possible & (counts >= max(1, _COMMON * len(fits)))
    open_rows = (only == SEVERAL) & common.any(axis=1)
    return np.where(open_rows[:, None], common, possible)


def _same_in_image(fits: NDArray[np.bool_], image: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the units that fit all boxes of an image, for each box; its own where there is no such unit."""
    order = np.argsort(image, kind="stable")
    _, starts, counts = np.unique(image[order], return_index=True, return_counts=True)
    fit_all = np.minimum.reduceat(fits[order], starts, axis=0)
    of_image = np.repeat(fit_all, counts, axis=0)
    result = np.empty_like(fits)
    result[order] = np.where(of_image.any(axis=1, keepdims=True), of_image, fits[order])
    return result


def _only(possible: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the one possible unit of each row, or ``SEVERAL``."""
    return np.where(possible.sum(axis=1) == 1, possible.argmax(axis=1), SEVERAL)
