"""Reading, resizing and encoding of pictures, which are uint8 (H, W, 3) RGB everywhere else."""

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
