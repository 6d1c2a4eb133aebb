"""Mutated pictures of every format: each is read, or refused with one line that names it.

``python -m bench.fuzz_pictures [--seconds 300] [--seed 0] [--keep DIR]`` in one process; ends with 1 at the
first file that raises anything else, kept in DIR.
"""

import argparse
import io
import os
import resource
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image as PILImage

from core import images
from core.datasets import read_as_set
from core.errors import BoxscopeError
from core.images.limits import VARIABLE

Random = np.random.Generator
Options = dict[str, Any]

# A decoder takes the memory that a header asks for, up to the limit: the default one lets fewer be tried.
_PIXELS = "20000000"
_SLOW = 2.0

_PNG = b"\x89PNG\r\n\x1a\n"
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def seeds() -> dict[str, bytes]:
    """Return small whole pictures of every format and pixel type, by file name."""
    noise = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    rgb = PILImage.fromarray(noise)
    grey16 = PILImage.fromarray(noise[..., 0].astype(np.uint16) * 257)
    exif = PILImage.Exif()
    exif[0x0112] = 6
    frames: Options = {"save_all": True, "append_images": [rgb.rotate(90), rgb.rotate(180)]}
    pictures: dict[str, tuple[PILImage.Image, Options]] = {
        "rgb.jpg": (rgb, {"exif": exif}),
        "progressive.jpg": (rgb, {"progressive": True, "comment": "a"}),
        "cmyk.jpg": (rgb.convert("CMYK"), {}),
        "two.mpo": (rgb, frames),
        "rgb.png": (rgb, {"exif": exif}),
        "palette.png": (rgb.quantize(16), {"transparency": 3}),
        "grey16.png": (grey16, {}),
        "animated.png": (rgb, frames),
        "rgb.tif": (rgb, {"exif": exif}),
        "lzw.tif": (rgb, {"compression": "tiff_lzw"}),
        "jpeg.tif": (rgb, {"compression": "jpeg"}),
        "grey16.tif": (grey16, {"compression": "tiff_adobe_deflate"}),
        "pages.tif": (rgb, frames),
        "bilevel.tif": (rgb.convert("1"), {"compression": "group4"}),
        "lossy.webp": (rgb, {"exif": exif}),
        "lossless.webp": (rgb, {"lossless": True}),
        "animated.webp": (rgb, frames),
        "animated.gif": (rgb, frames),
        "rgb.bmp": (rgb, {}),
        "palette.bmp": (rgb.quantize(16), {}),
        "rgb.jp2": (rgb, {}),
        "grey16.jp2": (grey16, {}),
        "rgb.avif": (rgb, {"exif": exif}),
        "animated.avif": (rgb, frames),
        "rgb.ppm": (rgb, {}),
        "grey16.pgm": (grey16, {}),
        "bilevel.pbm": (rgb.convert("1"), {}),
    }
    found = {}
    for name, (picture, options) in pictures.items():
        file = io.BytesIO()
        format = PILImage.registered_extensions()[Path(name).suffix]
        # Pillow leaves settings of an encoder in a picture that it has saved.
        copies = [page.copy() for page in options.get("append_images", ())]
        picture.copy().save(file, format, **{**options, **({"append_images": copies} if copies else {})})
        found[name] = file.getvalue()
    found["rgb16.ppm"] = b"P6 32 24 65535\n" + (noise.astype(np.uint16) * 257).astype(">u2").tobytes()
    return found


def mutated(random: Random, data: bytes, other: bytes) -> bytes:
    """Return data with one to four random changes, one of which may be a part of other data."""
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 5))):
        changes: list[Callable[[Random, bytearray, bytes], None]] = [
            *(_bytes, _number, _number, _cut, _repeat, _remove, _splice)
        ]
        changes[int(random.integers(len(changes)))](random, changed, other)
    if data.startswith(_PNG) and random.random() < 0.7:
        _seal(changed)
    return bytes(changed)


def _seal(data: bytearray) -> None:
    """Make the checksums of a PNG right, by which all changes would be refused."""
    at = len(_PNG)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            return
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4


def _at(random: Random, data: bytearray) -> int:
    # Most of what a decoder believes stands at the start.
    last = len(data) if random.random() < 0.5 else min(len(data), 120)
    return int(random.integers(0, max(1, last)))


def _bytes(random: Random, data: bytearray, other: bytes) -> None:
    at, count = _at(random, data), int(random.integers(1, 5))
    data[at : at + count] = random.bytes(count)


def _number(random: Random, data: bytearray, other: bytes) -> None:
    at, size = _at(random, data), int(random.choice([1, 2, 4]))
    value = int(random.choice(_NUMBERS)) % 256**size
    data[at : at + size] = value.to_bytes(size, "big" if random.random() < 0.5 else "little")


def _cut(random: Random, data: bytearray, other: bytes) -> None:
    if random.random() < 0.3:
        del data[_at(random, data) :]


def _repeat(random: Random, data: bytearray, other: bytes) -> None:
    at, count = _at(random, data), int(random.integers(1, 65))
    data[at:at] = data[at : at + count]


def _remove(random: Random, data: bytearray, other: bytes) -> None:
    at = _at(random, data)
    del data[at : at + int(random.integers(1, 17))]


def _splice(random: Random, data: bytearray, other: bytes) -> None:
    at, start = _at(random, data), int(random.integers(0, len(other)))
    data[at : at + 64] = other[start : start + 64]


class Case(NamedTuple):
    """A mutated picture: the name of its seed, and its content."""

    name: str
    data: bytes


def cases(seed: int) -> Iterator[Case]:
    """Yield mutated pictures without end, the seeds in turn; the same for the same seed."""
    random, whole = np.random.default_rng(seed), seeds()
    names = list(whole)
    while True:
        for name in names:
            yield Case(name, mutated(random, whole[name], whole[names[int(random.integers(len(names)))]]))


def read_everywhere(path: Path) -> bool:
    """Read a file on every road of a picture; return whether the picture itself was read.

    Raises
    ------
    Exception
        Anything but a refusal of the file in one line.
    """
    roads: list[Callable[[], object]] = [
        lambda: images.header(path),
        lambda: images.kind(path),
        lambda: images.read_small(path, 8),
        lambda: images.read_deep(path),
        lambda: read_as_set([path]).levels,
        lambda: images.read(path),
    ]
    refused = False
    for road in roads:
        try:
            road()
        except BoxscopeError as error:
            refused = road is roads[-1]
            if error.item != str(path) or len(str(error).splitlines()) != 1:
                raise AssertionError(f"not one line that names the file: {error!r}") from error
    return not refused


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    args = parser.parse_args()
    os.environ[VARIABLE] = _PIXELS
    read, tried, slow = Counter[str](), Counter[str](), list[tuple[float, str]]()
    end = time.monotonic() + args.seconds
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, data) in enumerate(cases(args.seed)):
            start = time.monotonic()
            if start > end:
                break
            path = Path(folder) / name
            path.write_bytes(data)
            try:
                read[name] += read_everywhere(path)
            except Exception:
                _keep(args.keep, f"{number}-{name}", data)
                raise
            tried[name] += 1
            if time.monotonic() - start > _SLOW:
                slow.append((time.monotonic() - start, _keep(args.keep, f"slow-{number}-{name}", data)))
    for name, count in tried.items():
        print(f"{name:16} {count:7,} tried {read[name]:7,} read {count - read[name]:7,} refused")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{sum(tried.values()):,} files, {len(slow)} took longer than {_SLOW:g} s, at most {peak:,} MB")
    for seconds, kept in slow:
        print(f"{seconds:.1f} s: {kept}")
    return 0


def _keep(folder: Path, name: str, data: bytes) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return str(folder / name)


if __name__ == "__main__":
    sys.exit(_main())
