"""Pictures: every file becomes uint8 (H, W, 3) RGB here and nowhere else."""

from core.images.encoding import encode, encode_jpeg, encode_png
from core.images.reading import SUFFIXES, Header, Image, header, read, read_small
from core.images.resizing import levels, shrink, tile, warp

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
