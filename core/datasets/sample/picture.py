"""One picture of the sample: a slab of concrete with marks, its cracks and their boxes."""

import numpy as np

from core.datasets.sample.cracks import draw_cracks
from core.datasets.sample.marks import draw_marks
from core.datasets.sample.noise import Picture
from core.datasets.sample.render import MIN_PIXELS, darken, visible_box
from core.datasets.sample.texture import colour, draw_surface, draw_tint

SPLITS = ("train", "valid")
"""A split's index in this tuple is part of the seed of its pictures."""

CRACK_FREE = 1 / 6
"""Share of pictures without a crack, so that a detector meets pictures without objects."""

Box = tuple[int, int, int, int]


def draw_picture(seed: int, split: str, index: int, width: int, height: int) -> tuple[Picture, list[Box]]:
    """Return one random picture and the boxes of its cracks.

    Parameters
    ----------
    seed : int
        >= 0.
    split : str
        ``train`` or ``valid``.
    index : int
        Within the split, >= 0.
    width, height : int
        Pixels.

    Returns
    -------
    picture : uint8 (H, W, 3) RGB
    boxes : list of tuple of int
        ``x0 y0 x1 y1``, pixels, half-open: the tight bounds of the pixels that this crack alone darkens by
        `core.datasets.sample.render.VISIBLE` grey levels or more, gaps and branches included.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    scale = (width * height / (640 * 480)) ** 0.5
    slab = draw_slab(rng, width, height, scale)
    picture = slab.copy()
    boxes: list[Box] = []
    if rng.random() < CRACK_FREE:
        return picture, boxes
    for crack in draw_cracks(rng, height, width, scale, float(slab.mean())):
        # Measured on the slab without cracks: where two cross, each box encloses all of its crack.
        box = visible_box(slab[crack.window], darken(slab, crack), max(1, round(MIN_PIXELS * scale)))
        if box is not None:
            picture[crack.window] = darken(picture, crack)
            boxes.append((box[0] + crack.left, box[1] + crack.top, box[2] + crack.left, box[3] + crack.top))
    return picture, boxes


def draw_slab(rng: np.random.Generator, width: int, height: int, scale: float) -> Picture:
    """Return a random picture of concrete with marks but without cracks.

    Parameters
    ----------
    rng : numpy.random.Generator
    width, height : int
        Pixels.
    scale : float
        Of the picture relative to 640x480.

    Returns
    -------
    uint8 (H, W, 3) RGB
    """
    surface = draw_surface(rng, height, width, scale)
    tint = draw_tint(rng, height, width)
    draw_marks(rng, surface, tint, scale)
    return colour(surface, tint)
