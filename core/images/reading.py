"""Reading of pictures: every file becomes uint8 (H, W, 3) RGB here and nowhere else."""

import math
from contextlib import suppress

import numpy as np
from PIL import Image as PILImage

from core.errors import BoxscopeError
from core.files import AnyPath
from core.images import deep, limits
from core.images.deep import Kind
from core.images.grey_levels import Image, Values
from core.images.opening import Header, header_of, opened, pages, start_of
from core.images.resizing import shrink
from core.images.scales import Reading

# Suffixes of formats that have 8 bits a channel, or that are decoded to 8 bits.
_SHALLOW = {".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".webp", ".gif", ".avif", ".heic", ".heif"}
SUFFIXES = frozenset({*_SHALLOW, ".png", ".tif", ".tiff", ".ppm", ".pgm", ".pnm", ".jp2"})

AS_THEY_ARE = Reading()

_TRANSPOSES = {
    2: PILImage.Transpose.FLIP_LEFT_RIGHT,
    3: PILImage.Transpose.ROTATE_180,
    4: PILImage.Transpose.FLIP_TOP_BOTTOM,
    5: PILImage.Transpose.TRANSPOSE,
    6: PILImage.Transpose.ROTATE_270,
    7: PILImage.Transpose.TRANSVERSE,
    8: PILImage.Transpose.ROTATE_90,
}


def header(path: AnyPath) -> Header:
    """Return a picture's size, orientation and pixel type without decoding it.

    Raises
    ------
    BoxscopeError
        The file is missing or not a picture, or it has too many pixels.
    """
    with opened(path, None) as picture:
        return header_of(picture)._replace(pages=pages(picture))


def kind(path: AnyPath) -> Kind | None:
    """Return the kind of a picture of more than 8 bits, None for one of 8 bits: of a PNG in 20 us.

    Raises
    ------
    BoxscopeError
        See :func:`header`.
    """
    if path.suffix.lower() in _SHALLOW:
        return None
    if path.suffix.lower() == ".png":
        with suppress(ValueError):
            return deep.kind_of_png(start_of(path, deep.PNG_START))
    with opened(path, None) as picture:
        return deep.kind(picture)


def may_be_deep(name: str) -> bool:
    """Return whether a file of a name may have more than 8 bits."""
    return name[name.rfind(".") :].lower() not in _SHALLOW  # os.path.splitext takes three times as long


def read(path: AnyPath, size: tuple[int, int] | None = None, reading: Reading = AS_THEY_ARE) -> Image:
    """Return the decoded picture of a file of any pixel type: grey, palette, RGBA, CMYK, 16-bit.

    Parameters
    ----------
    path : Path or RemotePath
    size : (width, height) or None
        As annotated: decides whether the EXIF orientation is applied, see :meth:`Header.upright`.
    reading : Reading
        That of the data set, see :attr:`core.datasets.CocoDataset.reading`: by which levels pictures of more
        than 8 bits are shown. By default each is shown by its own.

    Returns
    -------
    uint8 (H, W, 3)
        RGB. Alpha is dropped, not blended, as cv2.imread does.

    Raises
    ------
    BoxscopeError
        The file is missing, not a picture, or truncated; it has too many pixels, or other than integers of 8
        or 16 bits.
    """
    return _decoded(path, size, None, reading)


def read_small(
    path: AnyPath, side: int, size: tuple[int, int] | None = None, reading: Reading = AS_THEY_ARE
) -> Image:
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
    reading : Reading

    Returns
    -------
    uint8 (h, w, 3)
    """
    return shrink(_decoded(path, size, side, reading), side)


def read_deep(path: AnyPath, max_pixels: int | None = None) -> tuple[Kind, Values] | None:
    """Return kind and values of a picture of more than 8 bits, None for one of 8 bits, which is not decoded.

    Returns
    -------
    kind : Kind
    values : uint16 or int32 (H, W), uint16 (H, W, 3)
        See :func:`core.images.deep.values`.
    """
    with opened(path, max_pixels) as picture:
        found = deep.kind(picture)
        return None if found is None else (found, deep.values(picture, found.colour))


def _decoded(path: AnyPath, size: tuple[int, int] | None, side: int | None, reading: Reading) -> Image:
    with opened(path, reading.max_pixels) as picture:
        header = header_of(picture)
        upright = header.upright(size)
        transpose = _TRANSPOSES.get(header.orientation) if upright else None
        if picture.format == "TIFF" and not (header.kind and header.kind.colour):
            # Pillow applies the orientation of these itself while loading
            inverse = {6: 8, 8: 6}.get(header.orientation, header.orientation)
            transpose = None if upright else _TRANSPOSES.get(inverse)
        if header.kind is None:
            pixels = _eight_bits(picture, path, side)
        else:
            values = deep.values(picture, header.kind.colour)
            pixels = PILImage.fromarray(_shown(values, header.kind, reading, path)).convert("RGB")
        return np.array(pixels.transpose(transpose) if transpose is not None else pixels)


def _eight_bits(picture: PILImage.Image, path: AnyPath, side: int | None) -> PILImage.Image:
    """Return an open picture of 8 bits decoded as RGB, a JPEG not much larger than `side`."""
    if side is not None:
        scale = side / max(picture.size)
        picture.draft(picture.mode, (math.ceil(picture.width * scale), math.ceil(picture.height * scale)))
    limits.load(picture)
    deep.refuse_floats(picture, path)
    # Pillow's convert copies what is RGB already: 72 MB and up to 60 ms of 24 megapixels.
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _shown(values: Values, kind: Kind, reading: Reading, path: AnyPath) -> Image:
    try:
        return reading.levels(kind, values).apply(values)
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, path) from error
