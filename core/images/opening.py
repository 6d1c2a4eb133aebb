"""Opening of pictures: their headers, without decoding them."""

import ctypes
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from PIL import Image as PILImage
from PIL import _imaging

from core.errors import BoxscopeError, Unreachable
from core.files import AnyPath, files_at, open_regular, os_reason
from core.images import deep, limits
from core.images.deep import Kind
from core.images.directories import MOST_PAGES, count_pages, expect_tags_within
from core.images.formats import open_picture

_EXIF_ORIENTATION = 0x0112
_EXIF = b"Exif\0\0"
_SWAPS_SIDES = frozenset({5, 6, 7, 8})

# Characters of a decoder's message: some hold bytes of the file.
_LONGEST = 200

# Formats whose further pages or frames are pictures too; those of an MPO, a JPEG of a phone, are previews.
_PAGED = frozenset({"TIFF", "GIF", "WEBP", "PNG", "AVIF", "HEIF"})


# What Pillow logs of broken files it raises too; without any handler it would be printed.
logging.getLogger("PIL").addHandler(logging.NullHandler())
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


@contextmanager
def opened(path: AnyPath, max_pixels: int | None) -> Iterator[PILImage.Image]:
    """Yield an open picture, decoded no further than its header.

    The one door for pictures: only regular files of the formats that are meant, no larger than allowed, are
    opened, and every error of a decoder, also one inside the block, is a BoxscopeError.

    Parameters
    ----------
    path : Path or RemotePath
    max_pixels : int or None
        None for :func:`core.images.limits.max_pixels`.

    Raises
    ------
    BoxscopeError
    """
    limit = limits.max_pixels() if max_pixels is None else max_pixels
    with warnings.catch_warnings():
        # Pillow warns of what is odd in a file, and of many pixels.
        for category in (UserWarning, PILImage.DecompressionBombWarning):
            warnings.simplefilter("ignore", category)
        with _file(path) as file:
            with _errors("not a readable picture", path):
                expect_tags_within(file)
                file.seek(0)
                picture = open_picture(file)
            with picture, _errors("cannot be decoded", path):
                limits.expect_pixels(*picture.size, limit, path)
                yield picture


def start_of(path: AnyPath, count: int) -> bytes:
    """Return the first bytes of a picture's file.

    Raises
    ------
    BoxscopeError
        It is no regular file, or it has too many bytes.
    """
    with _file(path) as file, _errors("not a readable picture", path):
        return file.read(count)


@contextmanager
def _file(path: AnyPath) -> Iterator[BinaryIO]:
    try:
        readable = files_at(path).readable()
        file = open_regular(readable) if isinstance(readable, Path) else readable
    except FileNotFoundError:
        raise BoxscopeError("no such file", path) from None
    except Unreachable:
        raise
    except OSError as error:
        raise BoxscopeError(f"not a readable picture ({os_reason(error)})", path) from error
    with file:
        limits.expect_bytes(file.seek(0, os.SEEK_END), path)
        file.seek(0)
        yield file


@contextmanager
def _errors(what: str, path: AnyPath) -> Iterator[None]:
    """Raise every error in the block as a BoxscopeError: decoders raise RuntimeError, struct.error, any."""
    try:
        yield
    except (BoxscopeError, Unreachable):
        raise
    except Exception as error:
        raise BoxscopeError(f"{what} ({first_line(error)})", path) from error


def header_of(picture: PILImage.Image) -> Header:
    """Return the header of an open picture, with one page: see :func:`pages`."""
    orientation = _orientation(picture)
    valid = orientation in range(2, 9)
    width, height = picture.size
    if picture.format == "TIFF" and orientation in _SWAPS_SIDES:
        width, height = height, width
    format, mode = picture.format or "", picture.mode
    return Header(width, height, orientation if valid else 1, format, mode, deep.kind(picture))


def _orientation(picture: PILImage.Image) -> Any:
    try:
        data = picture.info.get("exif")
        if isinstance(data, bytes):
            expect_tags_within(BytesIO(data.removeprefix(_EXIF)))
        # PngImageFile.getexif would decode all pixels to reach an EXIF chunk behind them.
        return PILImage.Image.getexif(picture).get(_EXIF_ORIENTATION, 1)
    except Exception as error:
        # Whether it is to be turned is not known, so not where its objects are.
        raise ValueError(f"its EXIF data are broken: {first_line(error)}") from error


def pages(picture: PILImage.Image) -> int:
    """Return the number of pages or frames of an open picture, `MOST_PAGES` where there are as many or more.

    The picture cannot be decoded afterwards: see :class:`Header`.
    """
    if picture.format not in _PAGED:
        return 1
    try:
        if picture.format == "TIFF":
            return count_pages(picture.fp)  # type: ignore[attr-defined]
        if picture.format == "GIF":
            return _gif_frames(picture)
        return int(getattr(picture, "n_frames", 1))
    except Exception:
        return 1  # a further page is broken, the first may still be read


def _gif_frames(picture: PILImage.Image) -> int:
    count = 1
    with suppress(EOFError):
        while count < MOST_PAGES:
            picture._seek(count, False)  # type: ignore[attr-defined]  # as n_frames does, without a bound
            count += 1
    return count


def first_line(error: Exception) -> str:
    """Return the first line of an error, or the name of its type where it says nothing; 200 characters."""
    text = next(iter(str(error).splitlines()), "").strip()
    return text[:_LONGEST] or type(error).__name__
