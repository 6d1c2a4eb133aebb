"""The values of a picture as they are stored: palette indices, alpha and 16 bits stay what they are."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from core.files import AnyPath
from core.images import deep, limits
from core.images.opening import opened


class Stored(NamedTuple):
    """The decoded values of a file, as a mask needs them.

    Attributes
    ----------
    values : uint8, uint16 or int32 (H, W), or uint8 or uint16 (H, W, 3)
        Grey levels, palette indices or RGB; 0 and 255 for a picture of 1 bit.
    alpha : uint8 (H, W), or None
    palette : uint8 (N, 3), or None
        RGB of each index.
    """

    values: NDArray[Any]
    alpha: NDArray[np.uint8] | None = None
    palette: NDArray[np.uint8] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.values.shape[:2]
        return width, height


def read_stored(path: AnyPath) -> Stored:
    """Return the values of a picture's file; the EXIF orientation is not applied.

    Raises
    ------
    BoxscopeError
        The file is missing, not a picture, or truncated; it has too many pixels, or floats.
    """
    with opened(path, None) as picture:
        kind = deep.kind(picture)
        if kind is not None:
            return Stored(deep.values(picture, kind.colour))
        limits.load(picture)
        deep.refuse_floats(picture, path)
        return _eight_bits(picture)


def _eight_bits(picture: PILImage.Image) -> Stored:
    if picture.mode in ("1", "L"):
        return Stored(np.array(picture.convert("L")))
    if picture.mode == "P":
        colours = np.array(picture.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
        return Stored(np.array(picture), palette=colours)
    if picture.mode == "LA":
        both = np.array(picture)
        return Stored(both[..., 0].copy(), both[..., 1].copy())
    if picture.mode in ("RGBA", "RGBa", "La", "PA"):
        channels = np.array(picture.convert("RGBA"))
        return Stored(channels[..., :3].copy(), channels[..., 3].copy())
    return Stored(np.array(picture.convert("RGB")))
