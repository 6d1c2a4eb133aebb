"""Files behind a URL; the methods are documented in :class:`core.files.protocol.Files`.

A file is written on this machine, then uploaded: an object appears when all of it has arrived, so the store
never holds a partial or temporary file. Imported only for a path behind a URL.
"""

import os
import posixpath
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import ClassVar, TypeVar

from core.files.lease import Lease, is_fresh
from core.files.protocol import Entries
from core.files.remote_path import RemotePath

T = TypeVar("T")
R = TypeVar("R")

# Prefix of temporary files on this machine.
_PREFIX = "boxscope-"

# Concurrent requests, each for another file.
_MAX_REQUESTS = 16

# Leases have a folder of their own, so that listing it stays cheap where the run has many parts.
_LEASES = "lease"

# Leases that this process holds, by the folder that they lock.
_held: dict[str, Lease] = {}


@dataclass(frozen=True)
class RemoteFiles:
    """The file or folder at a path behind a URL."""

    path: RemotePath
    # Each is a copy on this machine's disk.
    max_open: ClassVar[int] = 64
    reads_parts: ClassVar[bool] = False
    by_requests: ClassVar[bool] = True

    def is_file(self) -> bool:
        """Return whether there is a file."""
        return self.path.is_file()

    def modified(self) -> int:
        """Return the time of the file's last change in nanoseconds, 0 where it is missing."""
        try:
            return int(self.path.modified().timestamp() * 1e9)
        except FileNotFoundError:
            return 0

    def readable(self) -> BytesIO:
        """Return the content in memory, read with one request."""
        return BytesIO(self.path.read_bytes())

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        """Yield a copy in a temporary folder of this machine."""
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            copy = Path(folder) / self.path.name
            self.path.fetch(copy)
            yield copy

    def commit(self, written: Path) -> None:
        """Upload a written file, then remove the local one."""
        self.path.put(written)
        written.unlink()

    def temporary_file(self, name: str) -> Path:
        """Return the path of a new temporary file of this machine."""
        descriptor, path = tempfile.mkstemp(prefix=_PREFIX, suffix=name)
        os.close(descriptor)
        return Path(path)

    def temporary_folder(self, name: str) -> Path:
        """Return the path of a new temporary folder of this machine."""
        return Path(tempfile.mkdtemp(prefix=_PREFIX, suffix=name))

    def remove_temporary(self) -> None:
        """No effect: the store holds no temporary files."""

    def commit_tree(self, written: Path) -> None:
        """Upload all files under the same names."""
        self.path.put_tree(written)

    def sync_names(self) -> None:
        """No effect: an uploaded file is durable."""

    def sync_files(self) -> None:
        """No effect: an uploaded file is durable."""

    def entries(self, strict: bool = False) -> Entries:
        """Return the files and folders in this folder, by one request for 1,000 of them."""
        files, folders = self.path.entries()
        return Entries(dict.fromkeys(files, 0), frozenset(folders))

    def identity(self, name: str) -> tuple[int, int] | None:
        """Return zeros where there is a file."""
        return (0, 0) if (self.path / name).is_file() else None

    def walk(self, strict: bool = False) -> Iterator[str]:
        """Yield the files at any depth."""
        yield from self.path.sizes()

    def absent(self, names: list[str]) -> list[bool]:
        """Return False for each: that a listing lacks a file may be the listing's age."""
        return [False] * len(names)

    def sizes(self, names: list[str]) -> list[int]:
        """Return the size in bytes of each file, -1 where it is missing, by one request for 1,000 files."""
        sizes = self.path.sizes()
        return [sizes.get(posixpath.normpath(name), -1) for name in names]

    def rename(self, old: str, new: str) -> None:
        """Copy a file, then remove the old one; if interrupted in between, it can be repeated."""
        (self.path / old).replace(self.path / new)

    def remove_matching(self, pattern: str, accept: Callable[[str], bool] | None = None) -> None:
        """Remove files, up to 1,000 with one request where the file system supports that."""
        self.path.remove(path for path in self.path.glob(pattern) if accept is None or accept(path.name))

    def remove_if_empty(self) -> None:
        """No effect: there are no empty folders."""

    def remove_tree(self) -> None:
        """Remove all files, but for leases: the lock of this folder is still held."""
        paths = (self.path / name for name in self.path.sizes())
        self.path.remove(path for path in paths if path.parent.name != _LEASES)

    def remove_lock(self) -> None:
        """No effect: unlocking removes the lease."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield results in order, with up to 16 requests running ahead."""
        with ThreadPoolExecutor(_MAX_REQUESTS) as pool:
            pending: deque[Future[R]] = deque()
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) > _MAX_REQUESTS:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()

    def free_space(self) -> tuple[None, None]:
        """Return no limits: an object store has none."""
        return None, None

    def lock(self) -> Callable[[], object]:
        """Acquire a lease, which expires some time after its holder ended."""
        lease, key = Lease(self.path / _LEASES), str(self.path)
        lease.acquire()
        _held[key] = lease

        def unlock() -> None:
            del _held[key]
            lease.release()

        return unlock

    def check_lock(self) -> None:
        """Check that this process's lease on this folder, if it has one, did not expire."""
        if (lease := _held.get(str(self.path))) is not None:
            lease.check()

    def is_locked(self) -> bool:
        """Return whether a lease was renewed recently."""
        return is_fresh(self.path / _LEASES)
