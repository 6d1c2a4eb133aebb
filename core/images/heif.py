"""HEIC pictures, which phones write: read where pillow-heif is installed, else refused by their name."""

from functools import cache
from importlib import import_module

# The brands of the file type box by which such files begin.
_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
START = 12
"""Bytes of a file up to its brand."""

ADVICE = "HEIC: install pillow-heif, or convert to JPEG"


def is_heif(start: bytes) -> bool:
    """Return whether the first `START` bytes are those of a HEIC or HEIF file."""
    return start[4:8] == b"ftyp" and start[8:12] in _BRANDS


@cache
def register() -> bool:
    """Let Pillow open such files, and return whether pillow-heif is installed; imported at the first one."""
    try:
        module = import_module("pillow_heif")
    except ImportError:
        return False
    module.register_heif_opener()
    return True
