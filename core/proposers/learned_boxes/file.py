"""The file of fitted boxes: JSON, with what they were fitted to."""

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.caching.memory import MemoryCache
from core.errors import BoxscopeError, quoted
from core.files import open_regular, os_reason

KIND, VERSION = "boxscope learned boxes", 1
MOST_BOXES = 1000
_MOST_BYTES = 1_000_000


class Header(msgspec.Struct, frozen=True):
    """What the file says of itself, before its boxes.

    Attributes
    ----------
    kind, version
        ``KIND`` and ``VERSION``.
    annotations_sha256 : str
        Of the annotations of the training split.
    images, objects : int
        That the boxes were fitted to.
    seed : int
    """

    kind: str
    version: int
    annotations_sha256: str
    images: int
    objects: int
    seed: int


class _Whole(Header, frozen=True):
    boxes: list[tuple[float, float, float, float]]


class Content(msgspec.Struct, frozen=True):
    """A file that was read.

    Attributes
    ----------
    header : Header
    boxes : float64 (K, 4)
        x0 y0 x1 y1 as shares of width and height, the most useful first.
    """

    header: Header
    boxes: NDArray[np.float64]

    @property
    def nbytes(self) -> int:
        """Bytes of the boxes, and some for the rest."""
        return self.boxes.nbytes + 1000


_opened = MemoryCache[Content](4 * _MOST_BYTES, lambda content: content.nbytes)


def encoded(header: Header, boxes: NDArray[np.float64]) -> bytes:
    """Return the bytes of a file; the same content gives the same."""
    whole = _Whole(**msgspec.structs.asdict(header), boxes=boxes.tolist())
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


def opened(path: Path) -> Content:
    """Return the content of a file, read once while it stays as it is.

    Raises
    ------
    BoxscopeError
        It cannot be read, is no such file, or one of another version.
    """
    try:
        status = path.stat()
        key = (str(path), status.st_mtime_ns, status.st_size)
        return _opened.get(key, lambda: _read(path))
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else "no file can have this name"
        raise BoxscopeError(reason, path) from error


def _read(path: Path) -> Content:
    with open_regular(path) as file:
        data = file.read(_MOST_BYTES + 1)
    try:
        if len(data) > _MOST_BYTES:
            raise msgspec.ValidationError(f"it has more than {_MOST_BYTES:,} bytes")
        header = msgspec.json.decode(data, type=Header)
        _expect_kind(header, path)
        boxes = np.array(msgspec.json.decode(data, type=_Whole).boxes, np.float64).reshape(-1, 4)
        if not 1 <= len(boxes) <= MOST_BOXES or not _are_inside(boxes):
            raise msgspec.ValidationError(f"expected 1 to {MOST_BOXES:,} boxes with sides from 0 to 1")
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxscopeError(f"is no file of `boxscope fit boxes` ({error})", path) from error
    return Content(header, boxes)


def _expect_kind(header: Header, path: Path) -> None:
    if header.kind != KIND:
        raise BoxscopeError(f"is a file of {quoted(header.kind)}, expected {quoted(KIND)}", path)
    if header.version != VERSION:
        raise BoxscopeError(
            f"has version {header.version}, expected {VERSION}: fit the boxes again by `boxscope fit boxes`",
            path,
        )


def _are_inside(boxes: NDArray[np.float64]) -> bool:
    return bool((boxes >= 0).all() and (boxes <= 1).all() and (boxes[:, 2:] > boxes[:, :2]).all())
