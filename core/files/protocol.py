"""The interface of files, on a disk and behind a URL."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class LockHeld(Exception):
    """Another process holds the lock of a folder."""


class Entries(NamedTuple):
    """What a folder contains, without what lies in its sub-folders.

    Attributes
    ----------
    files : dict of str to int
        Number of each file on its file system, 0 where that is not known: two names with the same number are
        most likely one file, by a hard or a symbolic link.
    folders : frozenset of str
    links : frozenset of str
        Those of the files that are symbolic links.
    """

    files: dict[str, int]
    folders: frozenset[str]
    links: frozenset[str] = frozenset()


class Files(Protocol):
    """The file or folder at a path; :func:`core.files.files_at` returns it.

    A new file appears under its name only when it is complete: it is written to a temporary file or folder
    of this machine, then committed.
    """

    max_open: ClassVar[int]
    """How many files a reader may keep open."""
    reads_parts: ClassVar[bool]
    """Whether the start of a file can be read without the rest of it."""

    by_requests: ClassVar[bool]
    """Whether each question about a file or folder is a request over a network."""

    # Of a file

    def is_file(self) -> bool:
        """Return whether the path is that of a file; False too for a name that no file can have."""

    def modified(self) -> int:
        """Return the time of the file's last change in nanoseconds, 0 where it is missing."""

    def readable(self) -> Path | BytesIO:
        """Return what an image or Parquet library can open: the path, or the content in memory."""

    def local_copy(self) -> AbstractContextManager[Path]:
        """Return a context with a file of this machine to read from: the file itself, or a copy.

        The copy is removed when the context ends; one that is open can still be read.
        """

    def commit(self, written: Path) -> None:
        """Move a written temporary file to this path, once its content would survive a power cut."""

    # Of a folder

    def temporary_file(self, name: str) -> Path:
        """Return a local path for a temporary file: in this folder, or in the system's temporary folder."""

    def temporary_folder(self, name: str) -> Path:
        """Return a local path for a temporary folder: in this folder, or in the system's."""

    def remove_temporary(self) -> None:
        """Remove temporary files and folders that a killed process left in this folder."""

    def commit_tree(self, written: Path) -> None:
        """Move all files of a temporary folder to the same names in this one, overwriting files there."""

    def sync_names(self) -> None:
        """Flush the names in this folder to disk, before another file that refers to them is written."""

    def sync_files(self) -> None:
        """Flush every file of the file system that holds this folder to disk."""

    def entries(self, strict: bool = False) -> Entries:
        """Return the files and folders in this folder; none where it is no folder.

        Nor where it cannot be read: with `strict`, that is raised.
        """

    def identity(self, name: str) -> tuple[int, int] | None:
        """Return what a file of this folder, its links followed, shares with no other; None without a file.

        The numbers are those of the file system and of the file there; the second is 0 where it is not known.
        """

    def walk(self, strict: bool = False) -> Iterator[str]:
        """Yield the files at any depth, by their paths relative to this folder.

        A folder that cannot be read is passed over; with `strict`, that is raised.
        """

    def absent(self, names: list[str]) -> list[bool]:
        """Return whether each named file is certainly not there, without a look at each.

        A folder in which many of them would be is listed once; of the others nothing is said.
        """

    def sizes(self, names: list[str]) -> list[int]:
        """Return the size in bytes of each named file, -1 where it is missing."""

    def rename(self, old: str, new: str) -> None:
        """Move a file to another path in this folder, overwriting a file there.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        """

    def remove_matching(self, pattern: str, accept: Callable[[str], bool] | None = None) -> None:
        """Remove the files that match a glob pattern and whose name `accept` returns True for."""

    def remove_if_empty(self) -> None:
        """Remove this folder if it is empty."""

    def remove_tree(self) -> None:
        """Remove this folder and its content, which this process has locked, except for a lease.

        Nothing that another process writes there from then on is removed.
        """

    def remove_lock(self) -> None:
        """Remove what locking this folder made, before it is unlocked, and the folder if it is then empty."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield the function's result for each item, in order; requests behind a URL run ahead."""

    def free_space(self) -> tuple[int | None, int | None]:
        """Return the free bytes and the number of free files, None where there is no such limit."""

    def lock(self) -> Callable[[], object]:
        """Lock this folder for this process and return the function that unlocks it.

        Whatever ends the process, the lock outlives it by 30 s at most.

        Raises
        ------
        LockHeld
            Another process holds the lock.
        """

    def check_lock(self) -> None:
        """Check that this process has not lost a lock that it acquired.

        Raises
        ------
        BoxscopeError
            It has: another process may be writing there.
        """

    def is_locked(self) -> bool:
        """Return whether some process holds the lock."""
