"""Cutting crops out of a picture: the window, its context and fill, resizing and encoding."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from core import images, kernels
from core.boxes import Boxes
from core.cutting import beyond
from core.errors import BoxscopeError
from core.images import Image
from core.parameters import Checked, parameter

# Sides of a window relative to those of the box, at most: the box is then left with 14 of 224 pixels.
MAX_ZOOM = 16

# Pixels by which an enlarged box may pass a whole pixel: a rounding error must not add a pixel to the window.
_ROUNDING = 1e-6
_SHAPES = {"warp": "warped", "square": "in its square"}
_BORDERS = {"mean": cv2.BORDER_CONSTANT, "black": cv2.BORDER_CONSTANT, "edge": cv2.BORDER_REPLICATE}


@kernels.register("resizing of crops")
@kernels.once
def warm() -> None:
    """Load the resizing kernels; compile them, with a message, where this machine has not yet."""
    from core.cutting import resampling  # importing numba takes 0.5 s

    def compile_all() -> None:
        image, out = np.zeros((8, 8, 3), np.uint8), np.empty((4, 4, 3), np.uint8)
        resampling.bilinear(image, 0, 0, 2, 2, out)
        resampling.bilinear_lower(image, 0, 0, 8, 8, out)

    with kernels.no_collection():
        message = "compiling the resizing of crops; this happens once and takes some 3 seconds"
        kernels.ensure_compiled(resampling.bilinear, Path(__file__).parent, compile_all, message)


@dataclass(frozen=True)
class Cut(Checked):
    """The parameters of cutting crops. The defaults are the article's."""

    side: int = parameter(
        224,
        label="Side",
        help="Width and height of a crop.",
        unit="px",
        min=8,
        max=1024,
    )
    shape: str = parameter(
        "warp",
        label="Shape",
        help="warp: every box is stretched to the square of the crop, as in R-CNN. square: the tightest "
        "square around the box is cut, so that nothing is stretched.",
        choices=tuple(_SHAPES),
    )
    context: int = parameter(
        0,
        label="Context",
        help="Pixels on each side of the crop that show what lies around the box. R-CNN: 16 of 227. The "
        "window is at most 16 times as wide and high as the box.",
        unit="px",
        min=0,
        max=256,
    )
    context_scale: float = parameter(
        1.0,
        label="Enlarge the box",
        help="Width and height of the box are multiplied by this before the crop is cut.",
        unit="times",
        min=1.0,
        max=4.0,
        step=0.1,
    )
    fill: str = parameter(
        "mean",
        label="Padding",
        help="What a crop shows beyond the border of the picture. mean: the mean colour of the picture. "
        "edge: its outermost pixels, repeated. black: black.",
        choices=tuple(_BORDERS),
    )
    interpolation: str = parameter(
        "exact",
        label="Interpolation",
        help="exact: the same pixels as torchvision's Resize. fast: the same, except that values of a box "
        "higher than the crop may differ by 1.",
        choices={"exact": "torchvision-exact", "fast": "fast"},
    )
    encoding: str = parameter(
        "jpeg",
        label="Encoding",
        help="jpeg, or png, which is lossless at about seven times the size.",
        choices=("jpeg", "png"),
    )
    quality: int = parameter(
        75, label="JPEG quality", help="Quality of JPEG files; the article writes 75.", min=1, max=100
    )

    @property
    def suffix(self) -> str:
        """File suffix of a crop, without the dot: ``jpg`` or ``png``."""
        return "png" if self.encoding == "png" else "jpg"

    def describe(self) -> str:
        """Return size and shape in words: ``224 × 224, warped``."""
        return f"{self.side} × {self.side}, {_SHAPES[self.shape]}"

    @property
    def zoom(self) -> float:
        """Side of the window relative to that of the box, at least 1.

        Raises
        ------
        BoxscopeError
            The context leaves no room for the box, or less than a ``MAX_ZOOM``-th of the crop.
        """
        least = math.ceil(self.context_scale * self.side / MAX_ZOOM)
        inner = self.side - 2 * self.context
        if inner < least:
            larger = f" around boxes made {self.context_scale:g} times as large" * (self.context_scale > 1)
            raise BoxscopeError(
                f"got {self.context} px on each side of a crop of {self.side} px{larger}, expected at most "
                f"{(self.side - least) // 2}: the window would be more than {MAX_ZOOM} times the box",
                "context",
            )
        return self.context_scale * self.side / inner


class Cutter:
    """Cuts crops out of one picture.

    Parameters
    ----------
    image : uint8 (H, W, 3)
        RGB.
    cut : Cut

    Raises
    ------
    BoxscopeError
        See :attr:`Cut.zoom`.
    """

    def __init__(self, image: Image, cut: Cut) -> None:
        self.cut = cut
        self.zoom = cut.zoom
        # OpenCV's encoders take BGR: converted once a picture, not once a crop.
        self.picture = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def encode(self, box: Boxes) -> bytes:
        """Return the encoded file of a crop.

        Parameters
        ----------
        box : float32 (4,)
            Inside the picture.
        """
        pixels = self._pixels(box)
        # cv2 rather than Pillow or simplejpeg: the same bytes, or as good, in two thirds of Pillow's time.
        if self.cut.suffix == "png":
            return images.encode(pixels, ".png", cv2.IMWRITE_PNG_COMPRESSION, 1)
        return images.encode(pixels, ".jpg", cv2.IMWRITE_JPEG_QUALITY, self.cut.quality)

    def pixels(self, box: Boxes) -> Image:
        """Return the pixels of a crop before encoding: uint8 (side, side, 3), RGB."""
        return self._pixels(box)[..., ::-1]

    def _pixels(self, box: Boxes) -> Image:
        height, width = self.picture.shape[:2]
        x0, y0, x1, y1 = window(box, self.cut.shape, self.zoom)
        x0, y0 = min(x0, width - 1), min(y0, height - 1)
        inside = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
        if inside == (x0, y0, x1, y1) or (self.zoom == 1 and self.cut.shape == "warp"):
            return resized(self.picture, inside, self.cut)
        border = _BORDERS[self.cut.fill]
        value = self._mean if self.cut.fill == "mean" else (0, 0, 0)
        if (x1 - x0) * (y1 - y0) > beyond.WHOLE:
            return beyond.resized_beyond(self.picture, (x0, y0, x1, y1), self.cut.side, border, value)
        left, top, right, bottom = inside
        part = cv2.copyMakeBorder(
            self.picture[top:bottom, left:right],
            top - y0,
            y1 - bottom,
            left - x0,
            x1 - right,
            border,
            value=value,
        )
        return resized(part, (0, 0, x1 - x0, y1 - y0), self.cut)

    @cached_property
    def _mean(self) -> tuple[int, ...]:
        return tuple(round(value) for value in cv2.mean(self.picture)[:3])


def render(image: Image, box: Boxes, cut: Cut) -> bytes:
    """Return the encoded file of one crop, the same in an export and in a preview.

    Parameters
    ----------
    image : uint8 (H, W, 3)
        RGB.
    box : float32 (4,)
        Inside the image.
    cut : Cut
    """
    return Cutter(image, cut).encode(box)


def window(box: Boxes, shape: str, zoom: float) -> tuple[int, int, int, int]:
    """Return the window of a picture that a crop shows, in whole pixels; it may lie partly outside.

    Girshick et al. 2014, appendix A: the warp and the tightest square with context, where context is
    counted in the pixels of the crop, so that a box's surroundings grow with it.

    Parameters
    ----------
    box : float32 (4,)
    shape : str
        ``warp`` or ``square``.
    zoom : float
        See :attr:`Cut.zoom`.

    Returns
    -------
    x0, y0, x1, y1 : int
        Every pixel that the window touches, at least one.
    """
    x0, y0, x1, y1 = (float(side) for side in box)
    slack = 0.0
    if shape == "square" or zoom != 1:
        half_width, half_height = (x1 - x0) * zoom / 2, (y1 - y0) * zoom / 2
        if shape == "square":
            half_width = half_height = max(half_width, half_height)
        x, y, slack = (x0 + x1) / 2, (y0 + y1) / 2, _ROUNDING
        x0, y0, x1, y1 = x - half_width, y - half_height, x + half_width, y + half_height
    left, top = int(np.floor(x0 + slack)), int(np.floor(y0 + slack))
    return left, top, max(int(np.ceil(x1 - slack)), left + 1), max(int(np.ceil(y1 - slack)), top + 1)


def resized(image: Image, part: tuple[int, int, int, int], cut: Cut) -> Image:
    """Return a part of an image resized to the square of a crop.

    Parameters
    ----------
    image : uint8 (H, W, 3)
        Contiguous, in any order of channels.
    part : (x0, y0, x1, y1)
        Inside the image, at least a pixel.
    cut : Cut
        Its `side` and `interpolation`.

    Returns
    -------
    uint8 (side, side, 3)
        Under ``exact``, equal to :func:`core.images.warp`. Under ``fast`` too, unless the part is higher than
        the crop: then values differ by at most 1, 0.04 in the mean. (With OpenCV's linear by up to 38.)
    """
    x0, y0, x1, y1 = part
    side = cut.side
    if cut.interpolation == "exact" and y1 - y0 > side:
        return images.warp(image[y0:y1, x0:x1], side)
    warm()
    from core.cutting import resampling

    resize = resampling.bilinear_lower if y1 - y0 > side else resampling.bilinear
    out = np.empty((side, side, 3), np.uint8)
    resize(image, x0, y0, x1, y1, out)
    return out
