"""Directories of tags in TIFF and EXIF data, looked at before Pillow reads them.

Pillow reads the values of every tag at once, wherever they lie: in a file of 1 MB, 60,000 tags whose values
are the whole file take 60 GB. And it searches all pages for each further one.
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

MOST_PAGES = 1000
"""Pages that are counted."""

_BYTES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}


def expect_tags_within(file: BinaryIO) -> None:
    """Raise if the tags of the first directory have more bytes of values than the data has.

    Parameters
    ----------
    file : open file
        TIFF, or EXIF data without their mark ``Exif``; of others nothing is expected.

    Raises
    ------
    ValueError
    """
    length = file.seek(0, os.SEEK_END)
    claimed = next(_directories(file), 0)
    if claimed > length:
        raise ValueError(f"its tags claim {claimed:,} bytes, more than there are")


def count_pages(file: BinaryIO) -> int:
    """Return the number of directories of a TIFF, at least 1 and at most `MOST_PAGES`."""
    return max(1, sum(1 for _ in _directories(file)))


def _directories(file: BinaryIO) -> Iterator[int]:
    """Yield for each directory the bytes that the values of its tags claim."""
    file.seek(0)
    start = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order is None:
        return
    is_big = start[2:4] in (b"\x2b\x00", b"\x00\x2b")
    pointer, number, entry = (
        (f"{order}Q", f"{order}Q", f"{order}HHQQ")
        if is_big
        else (
            f"{order}L",
            f"{order}H",
            f"{order}HHLL",
        )
    )
    seen: set[int] = set()
    try:
        (at,) = struct.unpack_from(pointer, start, 8 if is_big else 4)
        while at and at not in seen and len(seen) < MOST_PAGES:
            seen.add(at)
            file.seek(at)
            (count,) = struct.unpack(number, file.read(struct.calcsize(number)))
            size = struct.calcsize(entry)
            tags = file.read(min(count, 0xFFFF) * size)
            claims = (
                tag[2] * _BYTES.get(tag[1], 1)
                for tag in struct.iter_unpack(entry, tags[: len(tags) // size * size])
            )
            inline = struct.calcsize(pointer)
            yield sum(claim for claim in claims if claim > inline)
            (at,) = struct.unpack(pointer, file.read(struct.calcsize(pointer)))
    except (struct.error, OverflowError, OSError):
        return  # the data end here
