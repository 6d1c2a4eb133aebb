"""Pictures: every file becomes uint8 (H, W, 3) RGB here and nowhere else."""

import cv2

from core import threads
from core.images.encoding import encode, encode_jpeg, encode_png
from core.images.reading import SUFFIXES, Header, Image, header, read, read_small
from core.images.resizing import levels, shrink, tile, warp

threads.register(cv2.setNumThreads)

__all__ = [
    "SUFFIXES",
    "Header",
    "Image",
    "encode",
    "encode_jpeg",
    "encode_png",
    "header",
    "levels",
    "read",
    "read_small",
    "shrink",
    "tile",
    "warp",
]
