"""Files on a disk of this machine; the methods are documented in :class:`core.files.protocol.Files`."""

import ctypes
import errno
import fnmatch
import os
import shutil
import stat
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import ClassVar, TypeVar

from core.files import lock_file
from core.files.protocol import Entries

T = TypeVar("T")
R = TypeVar("R")

_TEMPORARY = ".tmp"

# Files in one folder from which it is listed to see which of them are missing.
_MANY = 100

# Where no folder is.
_MISSING = (FileNotFoundError, NotADirectoryError)

# The number of a file where a file system in user space keeps none.
_UNKNOWN = 0xFFFFFFFF


@dataclass(frozen=True)
class LocalFiles:
    """The file or folder at a local path."""

    path: Path
    # Well below the 1,024 files that a process may have open by default.
    max_open: ClassVar[int] = 256
    reads_parts: ClassVar[bool] = True
    by_requests: ClassVar[bool] = False

    def is_file(self) -> bool:
        """Return whether the path is that of a file."""
        return os.path.isfile(self.path)  # Path.is_file raises where a name is too long

    def modified(self) -> int:
        """Return the time of the file's last change in nanoseconds, 0 where it is missing."""
        try:
            return self.path.stat().st_mtime_ns
        except (OSError, ValueError):  # ValueError: a name that no file can have
            return 0

    def readable(self) -> Path:
        """Return the path."""
        return self.path

    @contextmanager
    def local_copy(self) -> Iterator[Path]:
        """Yield the path itself: no copy is needed."""
        yield self.path

    def commit(self, written: Path) -> None:
        """Flush a written file to disk, then rename it to this path."""
        with written.open("rb") as file:
            os.fsync(file.fileno())
        written.replace(self.path)

    def temporary_file(self, name: str) -> Path:
        """Return a path in this folder."""
        return self.path / f"{name}{_TEMPORARY}"

    def temporary_folder(self, name: str) -> Path:
        """Return a path in this folder."""
        return self.path / f"{name}{_TEMPORARY}"

    def remove_temporary(self) -> None:
        """Remove the files and folders with temporary names in this folder."""
        for path in self.path.iterdir():
            if path.name.endswith(_TEMPORARY):
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def commit_tree(self, written: Path) -> None:
        """Move all files to the same names in this folder."""
        for source, _, names in os.walk(written, onerror=_raise):
            target = self.path / os.path.relpath(source, written)
            if names:
                target.mkdir(parents=True, exist_ok=True)
            for name in names:
                Path(f"{source}/{name}").replace(f"{target}/{name}")

    def sync_names(self) -> None:
        """Flush the names in this folder to disk."""
        with _descriptor(self.path) as folder, suppress(OSError):  # some network file systems cannot
            os.fsync(folder)

    def sync_files(self) -> None:
        """Flush every file of the file system to disk.

        syncfs takes 30 ms for 3,000 crops. os.sync takes as long, but waits for all other file systems too,
        forever if one has become unavailable; an fsync for each file takes 520 ms, or 190 ms from 8 threads.
        """
        if not sys.platform.startswith("linux"):
            os.sync()
            return
        with _descriptor(self.path) as folder:
            if ctypes.CDLL(None, use_errno=True).syncfs(folder):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(self.path))

    def entries(self, strict: bool = False) -> Entries:
        """Return the files and folders in this folder, links followed: 118,000 files take 0.1 s."""
        files: dict[str, int] = {}
        folders, links = set(), set()
        passed_over = _MISSING if strict else (OSError,)
        with suppress(ValueError, *passed_over), os.scandir(self.path) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):  # nearly all, hence first
                    files[entry.name] = _known(entry.inode())
                elif entry.is_symlink():
                    with suppress(OSError):  # a broken link
                        status = entry.stat()
                        if stat.S_ISDIR(status.st_mode):
                            folders.add(entry.name)
                        elif stat.S_ISREG(status.st_mode):
                            files[entry.name] = _known(status.st_ino)
                            links.add(entry.name)
                elif entry.is_dir():
                    folders.add(entry.name)
        return Entries(files, frozenset(folders), frozenset(links))

    def identity(self, name: str) -> tuple[int, int] | None:
        """Return device and inode."""
        try:
            status = os.stat(os.path.join(self.path, name))
        except (OSError, ValueError):  # ValueError: a name that no file can have
            return None
        return (status.st_dev, _known(status.st_ino)) if stat.S_ISREG(status.st_mode) else None

    def walk(self, strict: bool = False) -> Iterator[str]:
        """Yield the relative paths of the files at any depth."""
        for folder, _, names in os.walk(self.path, onerror=_raise if strict else None):
            below = os.path.relpath(folder, self.path)
            yield from names if below == "." else (os.path.join(below, name) for name in names)

    def absent(self, names: list[str]) -> list[bool]:
        """Return whether each file is certainly not there, by names whatever their case and Unicode form."""
        gone = [False] * len(names)
        of_folder: dict[str, list[int]] = {}
        for n, name in enumerate(names):
            of_folder.setdefault(os.path.dirname(name), []).append(n)
        for folder, rows in of_folder.items():
            here = _folded_names(os.path.join(self.path, folder)) if len(rows) >= _MANY else None
            if here is not None:
                for n in rows:
                    gone[n] = _folded(os.path.basename(names[n])) not in here
        return gone

    def sizes(self, names: list[str]) -> list[int]:
        """Return the size in bytes of each file, -1 where it is missing."""
        gone = self.absent(names)
        return [-1 if missing else _size(self.path / name) for name, missing in zip(names, gone, strict=True)]

    def rename(self, old: str, new: str) -> None:
        """Move a file, into a folder that is created if missing."""
        target = self.path / new
        target.parent.mkdir(exist_ok=True)
        (self.path / old).replace(target)

    def remove_matching(self, pattern: str, accept: Callable[[str], bool] | None = None) -> None:
        """Remove files one by one."""
        names = PurePath(pattern).name
        # Not by glob, which passes over a folder that it may not list.
        for folder, folders, found in os.walk(self.path, onerror=_raise):
            for name in fnmatch.filter(found, names):
                path = Path(folder, name)
                if path.is_file() and (accept is None or accept(name)):
                    path.unlink(missing_ok=True)
            if names == pattern:
                folders.clear()

    def remove_if_empty(self) -> None:
        """Remove this folder if it is empty."""
        try:
            self.path.rmdir()
        except _MISSING:
            return
        except OSError as error:
            # The last is that of ".": no process removes the folder that it stands in by this name.
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.EINVAL):
                raise

    def remove_tree(self) -> None:
        """Remove this folder and its content, the lock file last.

        Without that file another process holds the next lock: what it writes here from then on is its own.
        """
        for path in self.path.iterdir():
            if path != lock_file.path(self.path):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        self.remove_lock()

    def remove_lock(self) -> None:
        """Remove the lock file, and this folder if it is then empty."""
        lock_file.path(self.path).unlink(missing_ok=True)
        self.remove_if_empty()

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield results one by one: running ahead gains nothing on a disk."""
        return map(function, items)

    def free_space(self) -> tuple[int | None, int | None]:
        """Return the free bytes and the number of free files, None where the file system reports none."""
        try:
            free = shutil.disk_usage(self.path).free
            files = os.statvfs(self.path).f_favail if hasattr(os, "statvfs") else 0
        except OSError:
            return None, None
        return free, files or None  # 0 where the file system counts none

    def lock(self) -> Callable[[], object]:
        """Lock a file in this folder, which is created if missing; the system unlocks it at process end."""
        return lock_file.lock(self.path)

    def check_lock(self) -> None:
        """Check that nobody has removed the lock file, after which another process may hold the next one."""
        lock_file.check(self.path)

    def is_locked(self) -> bool:
        """Return whether some process holds the lock."""
        return lock_file.is_locked(self.path)


@contextmanager
def _descriptor(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _raise(error: OSError) -> None:
    """Raise what listing a folder raised, as os.walk does not; a folder that is missing has no files."""
    if not isinstance(error, _MISSING):
        raise error


def _folded_names(folder: str) -> set[str] | None:
    """Return the names in a folder, folded; None where they cannot be told."""
    try:
        return {".", "..", "", *map(_folded, os.listdir(folder))}
    except (FileNotFoundError, NotADirectoryError):
        return set()
    except (OSError, ValueError):
        return None


def _folded(name: str) -> str:
    """Return a name that any other which some file system takes for the same has too."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()


def _known(inode: int) -> int:
    return 0 if inode == _UNKNOWN else inode


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return -1
