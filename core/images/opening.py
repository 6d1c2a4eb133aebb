"""Opening of pictures: their headers, without decoding them."""

import ctypes
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image as PILImage
from PIL import UnidentifiedImageError, _imaging

from core.errors import BoxscopeError, Unreachable
from core.files import AnyPath, files_at
from core.images import deep, heif, limits
from core.images.deep import Kind

_EXIF_ORIENTATION = 0x0112
_SWAPS_SIDES = frozenset({5, 6, 7, 8})


# Formats whose further pages or frames are pictures too; those of an MPO, a JPEG of a phone, are previews.
_PAGED = frozenset({"TIFF", "GIF", "WEBP", "PNG", "AVIF", "HEIF"})


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
    kind : Kind or None
        Of a picture of more than 8 bits; None for one of 8 bits.
    pages : int
        Pages of a TIFF, frames of an animation; 1 for other pictures.
    """

    width: int
    height: int
    orientation: int
    format: str
    mode: str
    kind: Kind | None = None
    pages: int = 1

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
        """Return width and height of what :func:`core.images.read` returns for the same `size`."""
        if self.orientation in _SWAPS_SIDES and self.upright(size):
            return self.height, self.width
        return self.width, self.height


def opened(path: AnyPath, max_pixels: int | None) -> PILImage.Image:
    """Return an open picture, decoded no further than its header.

    Parameters
    ----------
    path : Path or RemotePath
    max_pixels : int or None
        None for :func:`core.images.limits.max_pixels`.
    """
    try:
        picture = _open(files_at(path).readable())
    except FileNotFoundError:
        raise BoxscopeError("no such file", path) from None
    except Unreachable:
        raise
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BoxscopeError(f"not a readable picture ({first_line(error)})", path) from error
    try:
        limit = limits.max_pixels() if max_pixels is None else max_pixels
        limits.expect_pixels(*picture.size, limit, path)
    except BoxscopeError:
        picture.close()
        raise
    return picture


def _open(file: Path | BytesIO) -> PILImage.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PILImage.DecompressionBombWarning)
            return PILImage.open(file)
    except PILImage.DecompressionBombError:
        return limits.open_of_any_size(file)
    except UnidentifiedImageError as error:
        if not heif.is_heif(_start(file)):
            raise
        if not heif.register():
            raise ValueError(heif.ADVICE) from error
        return PILImage.open(file)


def _start(file: Path | BytesIO) -> bytes:
    if isinstance(file, BytesIO):
        return file.getvalue()[: heif.START]
    with file.open("rb") as opened:
        return opened.read(heif.START)


def header_of(picture: PILImage.Image) -> Header:
    """Return the header of an open picture, with one page: see :func:`pages`."""
    # PngImageFile.getexif would decode all pixels to reach an EXIF chunk behind them.
    orientation = PILImage.Image.getexif(picture).get(_EXIF_ORIENTATION, 1)
    valid = orientation in range(2, 9)
    width, height = picture.size
    if picture.format == "TIFF" and orientation in _SWAPS_SIDES:
        width, height = height, width
    format, mode = picture.format or "", picture.mode
    return Header(width, height, orientation if valid else 1, format, mode, deep.kind(picture))


def pages(picture: PILImage.Image) -> int:
    """Return the number of pages or frames of an open picture, see :class:`Header`."""
    if picture.format not in _PAGED or (
        picture.format == "TIFF" and not getattr(picture, "is_animated", False)
    ):
        return 1
    try:
        return int(getattr(picture, "n_frames", 1))
    except (OSError, EOFError, SyntaxError, ValueError):
        return 1  # a further page is broken, the first may still be read


def first_line(error: Exception) -> str:
    """Return the first line of an error, or the name of its type."""
    return (str(error).splitlines() or [type(error).__name__])[0]
