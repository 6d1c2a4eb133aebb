"""A path behind a URL, on any file system of fsspec; imported for such a path alone."""

import glob
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fsspec
from upath.extensions import ProxyUPath

from core.errors import Unreachable

# Errors that say something of a file; all others are a fault of the way to it.
_ANSWERS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)

# To read a file is one request; s3fs would ask for its size first.
_READ_OPTIONS = {"s3": {"max_concurrency": 1}, "s3a": {"max_concurrency": 1}}


class RemotePath(ProxyUPath):
    """A path with the methods of ``pathlib.Path`` that Boxscope uses, and some for many files at once.

    Nothing is remembered of what lies there, since others write too. There are no folders: one is there
    while a file is in it. A path can be pickled, and used after a fork and by several threads. All methods
    raise :class:`core.errors.Unreachable` where no answer comes.
    """

    __slots__ = ()

    @classmethod
    def at(cls, url: str) -> "RemotePath":
        """Return the path of a URL.

        Raises
        ------
        ImportError
            The package that knows its file system is missing.
        ValueError
            fsspec knows no such scheme.
        """
        path = cls(url, use_listings_cache=False)
        fsspec.get_filesystem_class(path.protocol)
        return path

    @property
    def fs(self) -> Any:
        """The file system, one a process: connections do not survive a fork."""
        return _file_system(os.getpid(), self.protocol, tuple(sorted(self.storage_options.items())))

    def __truediv__(self, key: Any) -> "RemotePath":
        joined = super().__truediv__(key)
        # A name of a COCO file may begin with "./": only folders of this machine know what that means.
        return joined.resolve() if {".", ".."} & set(joined.parts) else joined

    def _ask(self, act: str, *rest: Any, **named: Any) -> Any:
        with _answered(self):
            return getattr(self.fs, act)(self.path, *rest, **named)

    def _kind(self) -> str | None:
        try:
            return str(self._ask("info")["type"])
        except FileNotFoundError:
            return None

    def exists(self, *, follow_symlinks: bool = True) -> bool:
        """Return whether there is a file or a folder."""
        return self._kind() is not None

    def is_file(self) -> bool:
        """Return whether there is a file."""
        return self._kind() == "file"

    def is_dir(self) -> bool:
        """Return whether there is a folder."""
        return self._kind() == "directory"

    def stat(self, *, follow_symlinks: bool = True) -> Any:
        """Return the size of a file, as ``st_size``."""
        return SimpleNamespace(st_size=int(self._ask("info")["size"]))

    def modified(self) -> datetime:
        """Return when a file was written last, by the clock of its store."""
        found: datetime = self._ask("modified")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Do nothing: a folder comes with its first file."""

    def open(self, mode: str = "r", *rest: Any, **named: Any) -> Any:
        """Read a file and return its content as an open file.

        Raises
        ------
        ValueError
            It is to be written: see :meth:`write_bytes` and :meth:`put`.
        """
        if "r" not in mode:
            raise ValueError(f"{self}: got the mode {mode!r}, expected one for reading")
        file = io.BytesIO(self.read_bytes())
        return file if "b" in mode else io.TextIOWrapper(file, encoding="utf-8")

    def read_bytes(self) -> bytes:
        """Read a file."""
        data: bytes = self._ask("cat_file", **_READ_OPTIONS.get(self.protocol, {}))
        return data

    def read_text(self, *rest: Any, **named: Any) -> str:
        """Read a file as UTF-8."""
        return self.read_bytes().decode()

    def write_bytes(self, data: bytes) -> int:
        """Write a file, whole or not at all."""
        self._ask("pipe_file", bytes(data))
        return len(data)

    def write_text(self, data: str, *rest: Any, **named: Any) -> int:
        """Write a file as UTF-8, whole or not at all."""
        return self.write_bytes(data.encode())

    def create(self, data: bytes) -> None:
        """Write a file that must not be there yet: of several who try, one does it.

        Raises
        ------
        FileExistsError
            It is there.
        """
        self._ask("pipe_file", data, mode="create")

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file; an object store does not say whether there was one."""
        try:
            self._ask("rm_file")
        except FileNotFoundError:
            if not missing_ok:
                raise

    def glob(self, pattern: str, **rest: Any) -> Iterator["RemotePath"]:
        """Yield what matches a pattern below, as ``pathlib`` does."""
        start = len(self.path.rstrip("/")) + 1
        with _answered(self):
            names = self.fs.glob(f"{glob.escape(self.path.rstrip('/'))}/{pattern}")
        return iter([self / name[start:] for name in names])

    def iterdir(self) -> Iterator["RemotePath"]:
        """Yield what is in a folder."""
        return self.glob("*")

    def rglob(self, pattern: str, **rest: Any) -> Iterator["RemotePath"]:
        """Yield what matches at any depth."""
        return self.glob(f"**/{pattern}")

    def sizes(self) -> dict[str, int]:
        """Return the bytes of each file at any depth, by its path from here."""
        start = len(self.path.rstrip("/")) + 1
        found = self._ask("find", detail=True).items()
        return {
            name[start:]: int(info["size"]) for name, info in found if info["type"] == "file" and name[start:]
        }

    def put(self, written: Path) -> None:
        """Send a local file, whole or not at all."""
        with _answered(self):
            self.fs.put_file(str(written), self.path)

    def put_below(self, folder: Path) -> None:
        """Send all files of a local folder, by the same names."""
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        if names:
            with _answered(self):
                self.fs.put([str(folder / name) for name in names], [(self / name).path for name in names])

    def fetch(self, target: Path) -> None:
        """Copy a file to a local path."""
        with _answered(self):
            self.fs.get_file(self.path, str(target))

    def replace(self, target: "RemotePath") -> "RemotePath":  # type: ignore[override]
        """Copy a file to another path, then remove it. Broken off in between, it can be done again."""
        with _answered(self):
            self.fs.cp_file(self.path, target.path)
        self.unlink()
        return target

    def remove(self, paths: Iterable["RemotePath"]) -> None:
        """Remove files of this file system, a thousand a request where it can do so."""
        names = [glob.escape(path.path) for path in paths]
        if names:
            with _answered(self):
                self.fs.rm(names)


@lru_cache(maxsize=16)
def _file_system(pid: int, protocol: str, options: tuple[tuple[str, Any], ...]) -> Any:
    return fsspec.filesystem(protocol, **dict(options))


@contextmanager
def _answered(path: RemotePath) -> Iterator[None]:
    if sys.is_finalizing():  # who would have to answer has ended: one would wait for ever
        raise Unreachable(f"{path}: cannot be reached (Python is ending)")
    try:
        yield
    except (*_ANSWERS, Unreachable):
        raise
    except Exception as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise Unreachable(f"{path}: cannot be reached ({words})") from error
