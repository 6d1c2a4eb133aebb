"""The size up to which pictures are decoded: a small file may hold more pixels than the memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from PIL import Image as PILImage

from core.errors import BoxscopeError

VARIABLE = "BOXSCOPE_MAX_PIXELS"
_lock = Lock()


def max_pixels() -> int | None:
    """Return the most pixels that a picture may have; None for no limit.

    `BOXSCOPE_MAX_PIXELS` in the environment, or Pillow's own limit, 178,956,970 pixels.

    Raises
    ------
    BoxscopeError
        The variable is not a number of pixels.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if text:
        if not text.isdecimal() or int(text) < 1:
            raise BoxscopeError(f"got {text!r}, expected a number of pixels, as 300000000", VARIABLE)
        return int(text)
    return None if PILImage.MAX_IMAGE_PIXELS is None else 2 * PILImage.MAX_IMAGE_PIXELS


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


def open_of_any_size(file: Any) -> PILImage.Image:
    """Return an open picture that Pillow refuses for its size."""
    with _without_limit_of_pillow():
        return PILImage.open(file)


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
