"""The sizes up to which pictures are read: a small file may hold more pixels than the memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import BinaryIO

from PIL import Image as PILImage

from core.errors import BoxscopeError

VARIABLE = "BOXSCOPE_MAX_PIXELS"
BYTES_VARIABLE = "BOXSCOPE_MAX_FILE_BYTES"

# Twice the bytes of the largest picture of 16-bit colours that has not too many pixels.
_MAX_BYTES = 2_000_000_000

_lock = Lock()


def max_pixels() -> int | None:
    """Return the most pixels that a picture may have; None for no limit.

    `BOXSCOPE_MAX_PIXELS` in the environment, or Pillow's own limit, 178,956,970 pixels.

    Raises
    ------
    BoxscopeError
        The variable is not a number of pixels.
    """
    given = _given(VARIABLE, "a number of pixels, as 300000000")
    if given is not None:
        return given
    return None if PILImage.MAX_IMAGE_PIXELS is None else 2 * PILImage.MAX_IMAGE_PIXELS


def max_bytes() -> int:
    """Return the most bytes that a picture's file may have.

    `BOXSCOPE_MAX_FILE_BYTES` in the environment, or 2,000,000,000.

    Raises
    ------
    BoxscopeError
        The variable is not a number of bytes.
    """
    return _given(BYTES_VARIABLE, "a number of bytes, as 4000000000") or _MAX_BYTES


def _given(variable: str, expected: str) -> int | None:
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    # Python converts at most 4,300 digits.
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text)):
        raise BoxscopeError(f"got {text[:40]!r}, expected {expected}", variable)
    return int(text)


def expect_bytes(size: int, path: object) -> None:
    """Raise if a picture's file has more bytes than the limit.

    Raises
    ------
    BoxscopeError
    """
    limit = max_bytes()
    if size > limit:
        raise BoxscopeError(
            f"has {size:,} bytes, more than the limit of {limit:,} (set {BYTES_VARIABLE}={size} to read it)",
            path,
        )


def expect_pixels(width: int, height: int, limit: int | None, path: object) -> None:
    """Raise if a picture has more pixels than the limit.

    Raises
    ------
    BoxscopeError
    """
    pixels = width * height
    if limit is not None and pixels > limit:
        raise BoxscopeError(
            f"is {width}x{height}, {_mega(pixels)} megapixels, more than the limit of {_mega(limit)} "
            f"(set {VARIABLE}={pixels} to read it)",
            path,
        )


def _mega(pixels: int) -> str:
    return f"{pixels / 1e6:,.0f}" if pixels >= 10e6 else f"{pixels / 1e6:.3g}"


def open_of_any_size(file: BinaryIO, formats: tuple[str, ...]) -> PILImage.Image:
    """Return an open picture that Pillow refuses for its size."""
    with _without_limit_of_pillow():
        return PILImage.open(file, formats=formats)


def load(picture: PILImage.Image) -> None:
    """Decode an open picture, whatever size Pillow would refuse: :func:`expect_pixels` has checked it."""
    limit = PILImage.MAX_IMAGE_PIXELS
    if limit is not None and picture.width * picture.height > limit:
        with _without_limit_of_pillow():
            picture.load()
    else:
        picture.load()


@contextmanager
def _without_limit_of_pillow() -> Iterator[None]:
    # The limit is one of the process: meanwhile it holds for no other thread either.
    with _lock:
        limit, PILImage.MAX_IMAGE_PIXELS = PILImage.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            PILImage.MAX_IMAGE_PIXELS = limit
