"""The formats that pictures may have: no other decoder of Pillow is ever tried, whatever a file holds.

Pillow knows some forty. Among them is PostScript, which it hands to Ghostscript: a program that a file named
``wall.jpg`` brings along would run.
"""

from typing import BinaryIO

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)
from PIL import Image as PILImage

from core.images import heif, limits

# Imported, since Pillow imports all plugins for a format that it does not know yet.
_PLUGINS = (
    JpegImagePlugin.JpegImageFile,  # and MPO, a JPEG with previews
    PngImagePlugin.PngImageFile,
    TiffImagePlugin.TiffImageFile,
    WebPImagePlugin.WebPImageFile,
    GifImagePlugin.GifImageFile,
    BmpImagePlugin.BmpImageFile,
    Jpeg2KImagePlugin.Jpeg2KImageFile,
    AvifImagePlugin.AvifImageFile,
    PpmImagePlugin.PpmImageFile,
)
FORMATS = tuple(plugin.format for plugin in _PLUGINS)
"""Pillow's names."""

_HEIF = "HEIF"
_NAMES = "JPEG, PNG, TIFF, WebP, GIF, BMP, JPEG 2000, AVIF, PNM"


def open_picture(file: BinaryIO) -> PILImage.Image:
    """Return the picture of an open file, decoded no further than its header, whatever its size.

    Raises
    ------
    ValueError
        It has none of the formats, or its header is broken.
    Exception
        Whatever a decoder raises.
    """
    try:
        return PILImage.open(file, formats=FORMATS)
    except PILImage.DecompressionBombError:
        return limits.open_of_any_size(file, FORMATS)
    except UnidentifiedImageError as error:
        file.seek(0)
        if not heif.is_heif(file.read(heif.START)):
            raise ValueError(f"damaged, or none of {_NAMES}") from error
        if not heif.register():
            raise ValueError(heif.ADVICE) from error
        return limits.open_of_any_size(file, (_HEIF,))
