"""Pictures of more than 8 bits: what kind they are by their header, and their values."""

import struct
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image as PILImage

from core.errors import BoxscopeError
from core.images import limits
from core.images.grey_levels import Levels, Values, nominal

# Tags of a TIFF and values of them.
_BITS_PER_SAMPLE, _ORIENTATION, _SAMPLE_FORMAT = 258, 274, 339
_SIGNED = 2
_BIG_TIFF = 43
_MOST_BITS = 32

_PNG = b"\x89PNG\r\n\x1a\n"
PNG_START = 26
"""Bytes of a PNG up to its depth and colour type."""
_PNG_BITS = 16
_PNG_COLOURS = frozenset({2, 4, 6})  # grey with alpha is decoded as colours


class Kind(NamedTuple):
    """The pixel type of a picture of more than 8 bits.

    Attributes
    ----------
    format : str
        Pillow's name, such as ``TIFF``.
    colour : bool
    bits : int
        A channel, as stored: 12 only where the file is packed.
    signed : bool
    """

    format: str
    colour: bool
    bits: int
    signed: bool = False

    def __str__(self) -> str:
        """Return it as ``TIFF grey 16 bits``."""
        signed = "signed " if self.signed else ""
        return f"{self.format} {'colour' if self.colour else 'grey'} {signed}{self.bits} bits"

    @property
    def all_levels(self) -> Levels:
        """All levels that the pixel type has."""
        half = 1 << (self.bits - 1)
        return Levels(-half, half - 1) if self.signed else nominal(self.bits)


def kind(picture: PILImage.Image) -> Kind | None:
    """Return the kind of a picture that is open and not decoded yet; None for one of 8 bits or of floats.

    Raises
    ------
    ValueError
        Its header names a number of bits that no picture has.
    """
    colour = picture.mode.startswith(("RGB", "LA")) and _has_16_bits(picture)
    if not colour and not picture.mode.startswith("I"):
        return None
    bits, signed = 16, False
    if picture.format == "TIFF":
        tags = picture.tag_v2  # type: ignore[attr-defined]
        bits = max(tags.get(_BITS_PER_SAMPLE, (bits,)))
        if not 0 < bits <= _MOST_BITS:
            raise ValueError(f"has {bits} bits a channel, expected at most {_MOST_BITS}")
        signed = bits <= 16 and _SIGNED in tags.get(_SAMPLE_FORMAT, ())
    return Kind(picture.format or "", colour, bits, signed)


def kind_of_png(start: bytes) -> Kind | None:
    """Return the kind of a PNG by its first `PNG_START` bytes, as :func:`kind` does.

    Raises
    ------
    ValueError
        They are not those of a PNG.
    """
    if len(start) < PNG_START or not start.startswith(_PNG) or start[24] > _PNG_BITS:
        raise ValueError("not a PNG")
    depth, colours = start[24], start[25]
    return Kind("PNG", colours in _PNG_COLOURS, depth) if depth > 8 else None


def _has_16_bits(picture: PILImage.Image) -> bool:
    """Return whether the colours of an open picture are stored in 16 bits, which Pillow decodes to 8."""
    tile = getattr(picture, "tile", None)
    args = tile[0].args if tile else ""
    if picture.format == "PPM" and tile and tile[0].codec_name == "ppm":
        return int(args[1]) > 255  # the largest value
    raw_mode = args[0] if isinstance(args, tuple) and args else args
    return isinstance(raw_mode, str) and ";16" in raw_mode


def values(picture: PILImage.Image, colour: bool) -> Values:
    """Return the values of an open picture of more than 8 bits.

    Parameters
    ----------
    picture : PIL.Image.Image
    colour : bool
        Of its :class:`Kind`. Pillow keeps only the high byte of colours, so that OpenCV decodes them.

    Returns
    -------
    uint16 or int32 (H, W), uint16 (H, W, 3)
        Grey or RGB. The EXIF orientation is applied where Pillow does so itself: to grey TIFF.

    Raises
    ------
    OSError, ValueError
        The file is truncated or broken.
    """
    if colour:
        return _colours(picture)
    limits.load(picture)
    pixels = np.asarray(picture)
    return pixels.astype(np.uint16 if pixels.dtype.itemsize == 2 else np.int32, copy=False)


def _colours(picture: PILImage.Image) -> Values:
    file = picture.fp  # type: ignore[attr-defined]
    file.seek(0)
    data = bytearray(file.read())
    limits.load(picture)  # finds what is truncated, of which OpenCV decodes a part without an error
    if picture.format == "TIFF":
        _clear_orientation(data)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(error.err) from error
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 3:
        raise ValueError("its 16-bit colours cannot be decoded: convert it to 16-bit PNG, or to 8 bits")
    return np.ascontiguousarray(pixels[..., 2::-1])


def _clear_orientation(data: bytearray) -> None:
    """Set the orientation of a TIFF to upright: OpenCV 5.0 fails on one that swaps the sides."""
    order = "<" if data.startswith(b"II") else ">"
    is_big = struct.unpack_from(f"{order}H", data, 2)[0] == _BIG_TIFF
    offset, count, entry = ("QQ", 8, 20) if is_big else ("LH", 2, 12)
    (start,) = struct.unpack_from(f"{order}{offset[0]}", data, 8 if is_big else 4)
    (number,) = struct.unpack_from(f"{order}{offset[1]}", data, start)
    for at in range(start + count, start + count + number * entry, entry):
        if struct.unpack_from(f"{order}H", data, at)[0] == _ORIENTATION:
            struct.pack_into(f"{order}H", data, at + (12 if is_big else 8), 1)


def refuse_floats(picture: PILImage.Image, path: object) -> None:
    """Raise for a picture of floats, whose values have no common range.

    Raises
    ------
    BoxscopeError
    """
    if picture.mode == "F":
        raise BoxscopeError(
            "pixels are floats, expected 8 or 16 bits a channel: convert it, as to a 16-bit PNG", path
        )
