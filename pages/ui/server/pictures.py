"""Pictures, thumbnails and tiles of a data set, as a browser can show them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Semaphore

from starlette.responses import FileResponse, Response

from core import images
from core.caching import disk
from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.files import as_local_path
from core.images import Header, Image
from pages.ui.server import addresses
from pages.ui.state import cached, precedence
from pages.ui.state.roots import allowed

# Formats that every browser decodes to the same pixels as core.images; others are sent as JPEG.
_MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_MODES = frozenset({"L", "RGB"})
_QUALITY = {0: 92, addresses.SCREEN: 90}
_THUMBNAIL_QUALITY, _TILE_QUALITY = 80, 92
# Formats that are decoded at a half of their size in a third of the time.
_DECODED_SMALLER = frozenset({"JPEG", "MPO"})

# Bytes: some hundred encoded pictures of the size of a screen.
_screens = MemoryCache[bytes](60_000_000, len)
# One of a page; the others that a browser wants it asks for itself.
_ahead = ThreadPoolExecutor(1, thread_name_prefix="boxscope picture")
# A filmstrip requests dozens of thumbnails at once; the viewer's picture must not wait for all of them. Of 24
# megapixels a JPEG takes 0.1 s, a PNG, which is decoded whole, 0.8.
_thumbnail_slots, _whole_slots = Semaphore(2), Semaphore(1)
# s: a click moves the filmstrip some 60 ms before the viewer asks for its picture.
_SOON = 0.2


def allowed_path(dataset: CocoDataset, index: int) -> Path:
    """Return the path of a picture, checked to be one that the app may read.

    Raises
    ------
    BoxscopeError
        It leads outside the images folder, or lies outside the folders that the app may use.
    """
    if not allowed(dataset.path(index)):
        raise BoxscopeError("outside the folders this app may use", dataset.file_names[index])
    return as_local_path(dataset.readable_path(index))


def picture(dataset: CocoDataset, index: int, side: int, headers: Mapping[str, str]) -> Response:
    """Return the response with a picture whose longer side is at most `side`, 0 for all pixels."""
    path = allowed_path(dataset, index)
    if side == addresses.THUMBNAIL:
        return jpeg(_thumbnail(dataset, index, path), headers)
    header = images.header(path)
    fits = not side or max(header.width, header.height) <= side
    if fits and _is_web_safe(header):
        return FileResponse(path, media_type=_MEDIA[header.format], headers=dict(headers))
    key = (str(path), cached.changed(path), dataset.size(index), side, str(dataset.reading))

    def make() -> bytes:
        with precedence.of_viewers.first():
            return images.encode_jpeg(_pixels(dataset, index, side, header.format), _QUALITY[side])

    return jpeg(_screens.get(key, make), headers)


def begin(dataset: CocoDataset, index: int) -> None:
    """Begin the version of a picture that a screen shows: a browser asks for it once it has the viewer."""
    _ahead.submit(_begin, dataset, index)


def _begin(dataset: CocoDataset, index: int) -> None:
    with suppress(BoxscopeError, OSError):  # who asks for the picture is told
        picture(dataset, index, addresses.SCREEN, {})


def _is_web_safe(header: Header) -> bool:
    has_8_bits = header.kind is None
    return header.format in _MEDIA and header.mode in _MODES and has_8_bits and header.orientation == 1


def _pixels(dataset: CocoDataset, index: int, side: int, format: str) -> Image:
    """Return a picture at a size for display, decoded once for this and for its proposals where it can be."""
    if side and format in _DECODED_SMALLER:
        return dataset.read_small(index, side)
    image = cached.image(dataset, index, background=True)
    return images.shrink(image, side) if side else image


def thumbnail(dataset: CocoDataset, index: int) -> bytes:
    """Return the thumbnail of a picture as JPEG; errors as of :func:`allowed_path`, or of reading it."""
    return _thumbnail(dataset, index, allowed_path(dataset, index))


def _thumbnail(dataset: CocoDataset, index: int, path: Path) -> bytes:
    levels = f"|{dataset.reading}" if str(dataset.reading) else ""
    key = f"{path.resolve()}|{cached.changed(path)}|{dataset.size(index)}|{addresses.THUMBNAIL}{levels}"

    def make() -> bytes:
        is_quick = images.header(path).format in _DECODED_SMALLER
        if not is_quick:
            precedence.of_viewers.give_way(after=_SOON)
        with _thumbnail_slots if is_quick else _whole_slots:
            precedence.of_viewers.give_way()
            image = dataset.read_small(index, addresses.THUMBNAIL)
            return images.encode_jpeg(image, _THUMBNAIL_QUALITY)

    return _on_disk(disk.folder()).get(key, make)


@cache
def _on_disk(folder: Path) -> disk.DiskCache:
    return disk.DiskCache(folder / "thumbnails")


def tile(
    dataset: CocoDataset, index: int, level: int, column: int, row: int, headers: Mapping[str, str]
) -> Response:
    """Return the response with a tile of a large picture, see :func:`core.images.tile`.

    Raises
    ------
    BoxscopeError
        The picture is not large enough for tiles, or has no such tile.
    """
    allowed_path(dataset, index)
    width, height = addresses.size(dataset, index)
    if addresses.tiles(dataset, index, width, height) is None:
        raise BoxscopeError("has no tiles", dataset.file_names[index])
    if level >= images.levels(width, height, addresses.SCREEN):
        raise BoxscopeError(f"has no tiles of level {level}", dataset.file_names[index])
    part = images.tile(cached.image(dataset, index), level, column, row, addresses.TILE)
    return jpeg(images.encode_jpeg(part, _TILE_QUALITY), headers)


def jpeg(data: bytes, headers: Mapping[str, str]) -> Response:
    """Return the response with an encoded picture."""
    return Response(data, media_type="image/jpeg", headers=dict(headers))
