"""What can be done with files, whether they lie on a disk or behind a URL."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Taken(Exception):
    """Another process holds the lock of a folder."""


class Files(Protocol):
    """The file or folder at a path; :func:`core.files.files_at` returns it.

    A new file appears under its name only when all of it is there: it is written to a temporary file or
    folder of this machine, then committed.
    """

    keep_open: ClassVar[int]
    """How many files a reader may keep open."""

    # Of a file

    def is_file(self) -> bool:
        """Return whether there is a file; a name that no file can have is none."""

    def modified(self) -> int:
        """Return the time of the file's last change in nanoseconds, 0 where it is missing."""

    def readable(self) -> Path | BytesIO:
        """Return what an image or Parquet library opens: the path, or the content in memory."""

    def local_copy(self) -> AbstractContextManager[Path]:
        """Return a context with a file of this machine to read from: the file itself, or a copy.

        The copy is removed when the context ends; who has opened it can go on reading.
        """

    def commit(self, written: Path) -> None:
        """Move a written temporary file to this path, once its content is safe from a power cut."""

    # Of a folder

    def temporary_file(self, name: str) -> Path:
        """Return a local path to write a file of that name to: in this folder, or of the system."""

    def temporary_folder(self, name: str) -> Path:
        """Return a local path to write a folder of files to: in this folder, or of the system."""

    def remove_temporary(self) -> None:
        """Remove temporary files and folders that a killed process left in this folder."""

    def commit_below(self, written: Path) -> None:
        """Move all files of a temporary folder to the same names in this one, over what is there."""

    def sync_names(self) -> None:
        """Bring the names in this folder to disk, before another file that counts on them."""

    def sync_files(self) -> None:
        """Bring every file of the file system that holds this folder to disk."""

    def names_below(self) -> Iterator[str]:
        """Yield the files at any depth, by their paths from here."""

    def sizes(self, names: list[str]) -> list[int]:
        """Return the bytes of each named file, -1 where there is none."""

    def rename(self, old: str, new: str) -> None:
        """Move a file to another path in this folder, over what is there.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        """

    def remove_matching(self, pattern: str, accept: Callable[[str], bool] | None = None) -> None:
        """Remove the files that match a glob pattern and whose name passes a test."""

    def remove_if_empty(self) -> None:
        """Remove this folder if nothing is in it."""

    def remove_tree(self) -> None:
        """Remove this folder with all that is in it, but for a lease that is still held there."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield the function's result for each item, in order; requests behind a URL run ahead."""

    def free_space(self) -> tuple[int | None, int | None]:
        """Return the free bytes and the number of free files, None where there is no such limit."""

    def lock(self) -> Callable[[], object]:
        """Lock this folder for this process and return the function that unlocks it.

        However the process ends, the lock does not outlive it for long.

        Raises
        ------
        Taken
            Another process holds it.
        """

    def check_lock(self) -> None:
        """Check that what this process has locked is still its own.

        Raises
        ------
        BoxscopeError
            Another process may be writing there.
        """

    def is_locked(self) -> bool:
        """Return whether some process holds the lock."""
