"""Files behind a URL; what each method is for says :class:`core.files.protocol.Files`.

A file is written on this machine, then sent: an object appears when all of it has come, so that nothing
half-written and no temporary name is ever there. Imported only for a path behind a URL.
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
from core.files.remote_path import RemotePath

T = TypeVar("T")
R = TypeVar("R")

# What begins the names of temporary files on this machine.
_PREFIX = "boxscope-"

# Requests under way at once, where each is for another file.
_AT_ONCE = 16

# Leases have a folder of their own, so that to list it costs little where there are many parts.
_LEASES = "lease"

# Those that this process holds, by the folder that they are for.
_held: dict[str, Lease] = {}


@dataclass(frozen=True)
class RemoteFiles:
    """The file or folder at a path behind a URL."""

    path: RemotePath
    # Each is a copy on this machine's disk.
    keep_open: ClassVar[int] = 64

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
        """Return the content in memory: one request."""
        return BytesIO(self.path.read_bytes())

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        """Yield a copy in a temporary folder of this machine."""
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            copy = Path(folder) / self.path.name
            self.path.fetch(copy)
            yield copy

    def commit(self, written: Path) -> None:
        """Send a written file, then remove it here."""
        self.path.put(written)
        written.unlink()

    def temporary_file(self, name: str) -> Path:
        """Return a new temporary file of this machine."""
        descriptor, path = tempfile.mkstemp(prefix=_PREFIX, suffix=name)
        os.close(descriptor)
        return Path(path)

    def temporary_folder(self, name: str) -> Path:
        """Return a new temporary folder of this machine."""
        return Path(tempfile.mkdtemp(prefix=_PREFIX, suffix=name))

    def remove_temporary(self) -> None:
        """Do nothing: no temporary file is ever there."""

    def commit_below(self, written: Path) -> None:
        """Send all files, by the same names."""
        self.path.put_below(written)

    def sync_names(self) -> None:
        """Do nothing: what is sent is there."""

    def sync_files(self) -> None:
        """Do nothing: what is sent is there."""

    def names_below(self) -> Iterator[str]:
        """Yield the files at any depth."""
        yield from self.path.sizes()

    def sizes(self, names: list[str]) -> list[int]:
        """Return the bytes of each file, -1 where there is none: one request for a thousand files."""
        found = self.path.sizes()
        return [found.get(posixpath.normpath(name), -1) for name in names]

    def rename(self, old: str, new: str) -> None:
        """Copy a file, then remove the old one; broken off in between, it can be done again."""
        (self.path / old).replace(self.path / new)

    def remove_matching(self, pattern: str, accept: Callable[[str], bool] | None = None) -> None:
        """Remove files a thousand a request, where the file system can do so."""
        self.path.remove(path for path in self.path.glob(pattern) if accept is None or accept(path.name))

    def remove_if_empty(self) -> None:
        """Do nothing: there are no empty folders."""

    def remove_tree(self) -> None:
        """Remove all files, but for leases: the lock of this folder is still held."""
        paths = (self.path / name for name in self.path.sizes())
        self.path.remove(path for path in paths if path.parent.name != _LEASES)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield results in order, some requests under way at once and ahead."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            waiting: deque[Future[R]] = deque()
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > _AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def free_space(self) -> tuple[None, None]:
        """Return no limits: an object store has none."""
        return None, None

    def lock(self) -> Callable[[], object]:
        """Take a lease, which expires when its holder is gone."""
        lease, key = Lease(self.path / _LEASES), str(self.path)
        lease.take()
        _held[key] = lease

        def unlock() -> None:
            del _held[key]
            lease.release()

        return unlock

    def check_lock(self) -> None:
        """Check that this process's lease, if it has one here, did not expire."""
        if (lease := _held.get(str(self.path))) is not None:
            lease.check()

    def is_locked(self) -> bool:
        """Return whether a lease was renewed lately."""
        return is_fresh(self.path / _LEASES)
