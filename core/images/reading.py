"""Reading of pictures: every file becomes uint8 (H, W, 3) RGB here and nowhere else."""

import ctypes
import math
import warnings
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage
from PIL import UnidentifiedImageError, _imaging

from core.errors import BoxscopeError, Unreachable
from core.files import AnyPath, files_at
from core.images.resizing import shrink

Image = NDArray[np.uint8]

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".ppm", ".pgm"})

_EXIF_ORIENTATION = 0x0112
_TRANSPOSES = {
    2: PILImage.Transpose.FLIP_LEFT_RIGHT,
    3: PILImage.Transpose.ROTATE_180,
    4: PILImage.Transpose.FLIP_TOP_BOTTOM,
    5: PILImage.Transpose.TRANSPOSE,
    6: PILImage.Transpose.ROTATE_270,
    7: PILImage.Transpose.TRANSVERSE,
    8: PILImage.Transpose.ROTATE_90,
}
_SWAPS_SIDES = frozenset({5, 6, 7, 8})

# Pillow's libtiff prints each error that Pillow also raises; without a handler it is reported once.
with suppress(AttributeError, OSError):
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)


class Header(NamedTuple):
    """The header of a picture's file.

    Attributes
    ----------
    width, height : int
        Of the pixels as stored.
    orientation : int
        EXIF, 1-8; 1 where the file has none or an invalid one.
    format : str
        Pillow's name, such as ``JPEG``.
    mode : str
        Pillow's name of the pixel type, such as ``RGB`` or ``I;16``.
    """

    width: int
    height: int
    orientation: int
    format: str
    mode: str

    def upright(self, size: tuple[int, int] | None) -> bool:
        """Return whether the EXIF orientation is to be applied.

        Annotations may refer to the picture with or without it; the one whose size agrees with the
        annotated size is used. Where both agree, or neither, EXIF is applied, as viewers and OpenCV do.

        Parameters
        ----------
        size : (width, height) or None
            As annotated; None where it is not.
        """
        stored, rotated = (self.width, self.height), (self.height, self.width)
        return not (self.orientation in _SWAPS_SIDES and size == stored and stored != rotated)

    def size(self, size: tuple[int, int] | None) -> tuple[int, int]:
        """Return width and height of the picture that :func:`read` returns for the same `size`."""
        if self.orientation in _SWAPS_SIDES and self.upright(size):
            return self.height, self.width
        return self.width, self.height


def header(path: AnyPath) -> Header:
    """Return a picture's size, orientation and pixel type without decoding it.

    Raises
    ------
    BoxscopeError
        The file is missing or not a picture.
    """
    with _opened(path) as picture:
        return _header(picture)


def read(path: AnyPath, size: tuple[int, int] | None = None) -> Image:
    """Return the decoded picture of a file of any kind that Pillow knows: grey, palette, RGBA, CMYK, 16-bit.

    Parameters
    ----------
    path : Path or RemotePath
    size : (width, height) or None
        As annotated: decides whether the EXIF orientation is applied, see :meth:`Header.upright`.

    Returns
    -------
    uint8 (H, W, 3)
        RGB. Alpha is dropped, not blended, as cv2.imread does; of 16 bits the lower byte is dropped.

    Raises
    ------
    BoxscopeError
        The file is missing, not a picture, or truncated.
    """
    return _decoded(path, size, None)


def read_small(path: AnyPath, side: int, size: tuple[int, int] | None = None) -> Image:
    """Return a picture at a size for display; see :func:`read`.

    A JPEG is decoded directly at a half, a quarter or an eighth of its size: for 24 megapixels at a side of
    256 this takes a twentieth of the time and of the memory.

    Parameters
    ----------
    path : Path or RemotePath
    side : int
        Longer side of the returned picture, pixels; a smaller picture keeps its size.
    size : (width, height) or None
        As annotated, of the picture at full size.

    Returns
    -------
    uint8 (h, w, 3)
    """
    return shrink(_decoded(path, size, side), side)


def _decoded(path: AnyPath, size: tuple[int, int] | None, side: int | None) -> Image:
    with _opened(path) as picture:
        header = _header(picture)
        upright = header.upright(size)
        transpose = _TRANSPOSES.get(header.orientation) if upright else None
        if picture.format == "TIFF":  # Pillow applies the orientation of these itself while loading
            inverse = {6: 8, 8: 6}.get(header.orientation, header.orientation)
            transpose = None if upright else _TRANSPOSES.get(inverse)
        if side is not None:
            scale = side / max(picture.size)
            picture.draft(picture.mode, (math.ceil(picture.width * scale), math.ceil(picture.height * scale)))
        try:
            picture.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise BoxscopeError(f"cannot be decoded ({_first_line(error)})", path) from error
        pixels = _eight_bit_rgb(picture, path)
        return np.array(pixels.transpose(transpose) if transpose is not None else pixels)


def _opened(path: AnyPath) -> PILImage.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PILImage.DecompressionBombWarning)
            return PILImage.open(files_at(path).readable())
    except FileNotFoundError:
        raise BoxscopeError("no such file", path) from None
    except Unreachable:
        raise
    except (
        UnidentifiedImageError,
        PILImage.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:
        raise BoxscopeError(f"not a readable picture ({_first_line(error)})", path) from error


def _header(picture: PILImage.Image) -> Header:
    # PngImageFile.getexif would decode all pixels to reach an EXIF chunk behind them.
    orientation = PILImage.Image.getexif(picture).get(_EXIF_ORIENTATION, 1)
    valid = orientation in _TRANSPOSES
    width, height = picture.size
    if picture.format == "TIFF" and orientation in _SWAPS_SIDES:
        width, height = height, width
    return Header(width, height, orientation if valid else 1, picture.format or "", picture.mode)


def _eight_bit_rgb(picture: PILImage.Image, path: AnyPath) -> PILImage.Image:
    if picture.mode.startswith("I"):
        return PILImage.fromarray(_high_byte(np.asarray(picture), path)).convert("RGB")
    if picture.mode == "F":
        raise BoxscopeError("pixels are floats, expected 8 or 16 bits a channel", path)
    # Pillow warns if a palette's transparency is given as bytes; alpha is dropped in any case.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return picture.convert("RGB")


def _high_byte(pixels: NDArray[np.generic], path: AnyPath) -> Image:
    values = pixels.astype(np.int64)
    if values.size and not 0 <= values.min() <= values.max() <= 0xFFFF:
        raise BoxscopeError(f"grey levels {values.min()} to {values.max()}, expected 16 bits", path)
    return (values >> 8).astype(np.uint8)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
