"""Reading, resizing and encoding of pictures, which are uint8 (H, W, 3) RGB everywhere else."""

import cv2

from core import threads
from core.images.deep import Kind
from core.images.encoding import encode, encode_jpeg, encode_png
from core.images.grey_levels import Image, Levels, expect_16_bits, used_levels
from core.images.limits import max_pixels
from core.images.opening import Header
from core.images.reading import SUFFIXES, header, kind, may_be_deep, read, read_deep, read_small
from core.images.resizing import levels, shrink, tile, warp
from core.images.scales import Reading, Scale, cameras

threads.register(cv2.setNumThreads)

__all__ = [
    "SUFFIXES",
    "Header",
    "Image",
    "Kind",
    "Levels",
    "Reading",
    "Scale",
    "cameras",
    "encode",
    "encode_jpeg",
    "encode_png",
    "expect_16_bits",
    "header",
    "kind",
    "levels",
    "max_pixels",
    "may_be_deep",
    "read",
    "read_deep",
    "read_small",
    "shrink",
    "tile",
    "used_levels",
    "warp",
]
