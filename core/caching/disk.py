"""A cache on disk: a strip of images that was shown once, or a data set, opens without delay next time.

Thumbnails are in ``thumbnails/`` of the folder that ``BOXSCOPE_CACHE`` names, by default the user's folder
for caches, and what large annotation files hold is in ``columns/``. Its content may be deleted at any time.
"""

import hashlib
import mmap
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

import numpy as np

from core.files.replacing import replace_file

# Bytes: about 50,000 thumbnails.
LIMIT = 500_000_000
# Writes after which the folder's size is counted again, since other processes may write to it too.
_RECOUNT = 1000


def folder() -> Path:
    """Return the folder for caches: ``BOXSCOPE_CACHE``, or the system's folder for the user's caches."""
    if named := os.environ.get("BOXSCOPE_CACHE"):
        return Path(named).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library/Caches/boxscope"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "boxscope"


class DiskCache:
    """Files by key, limited in total size; the oldest are removed first.

    Several processes may share the folder: a file is written under another name and renamed, and one
    that another process has removed is created again. Where the folder cannot be written to, every value
    is computed each time.

    Parameters
    ----------
    root : Path
    limit : int
        Bytes.
    suffix : str
        Of the files.
    """

    def __init__(self, root: Path, limit: int = LIMIT, suffix: str = ".jpg") -> None:
        self._root, self._limit, self._suffix = root, limit, suffix
        self._bytes = self._writes = 0
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], bytes]) -> bytes:
        """Return the bytes of a key; `make` computes them if they are not cached."""
        kept = self.read(key)
        if kept is None:
            kept = make()
            self.write(key, kept)
        return kept

    def read(self, key: str) -> bytes | None:
        """Return the bytes of a key, None where there are none."""
        with suppress(OSError):
            return self._path(key).read_bytes()
        return None

    def read_writable(self, key: str) -> memoryview | None:
        """Return the bytes of a key as some that can be written to, None where there are none."""
        with suppress(OSError), self._path(key).open("rb", buffering=0) as file:
            # An array, not a bytearray, whose bytes are all set to 0 first: a quarter of the time.
            data = np.empty(os.fstat(file.fileno()).st_size, np.uint8).data
            at = 0
            while count := file.readinto(data[at:]):
                at += count
            return data if at == len(data) else None
        return None

    def map(self, key: str) -> mmap.mmap | None:
        """Return the bytes of a key mapped into memory, None where there are none.

        The processes that map a file share its pages; it stays usable when it is removed.
        """
        with suppress(OSError, ValueError), self._path(key).open("rb") as file:  # ValueError: an empty file
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return None

    def has(self, key: str) -> bool:
        """Return whether there are bytes of a key."""
        return self._path(key).exists()

    def write(self, key: str, *data: bytes | memoryview) -> None:
        """Keep the bytes of a key, in one or several parts, in place of those that it has."""
        with suppress(OSError):
            self._write(self._path(key), data)

    def _path(self, key: str) -> Path:
        digest = hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
        return self._root / digest[:2] / f"{digest[2:32]}{self._suffix}"

    def _write(self, path: Path, data: Sequence[bytes | memoryview]) -> None:
        replace_file(path, *data)
        with self._lock:
            recount = self._writes % _RECOUNT == 0
            self._writes += 1
            self._bytes += sum(map(len, data))
            if recount or self._bytes > self._limit:
                self._trim()

    def _trim(self) -> None:
        """Count the bytes in the folder; above the limit, remove the oldest files down to 90 % of it."""
        files = []
        for path in self._root.glob("??/*"):
            with suppress(OSError):
                status = path.stat()
                files.append((status.st_mtime_ns, status.st_size, path))
        self._bytes = sum(size for _, size, _ in files)
        if self._bytes <= self._limit:
            return
        for _, size, path in sorted(files):
            if self._bytes <= 0.9 * self._limit:
                return
            with suppress(OSError):
                path.unlink()
            self._bytes -= size
