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

# Errors about the file itself; any other is a fault of the connection.
_FILE_ERRORS = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)

# Reads a file with one request; s3fs would request its size first.
_READ_OPTIONS = {"s3": {"max_concurrency": 1}, "s3a": {"max_concurrency": 1}}


class RemotePath(ProxyUPath):
    """A path with the methods of ``pathlib.Path`` that Boxscope uses, and some for many files at once.

    Listings are not cached, since other processes write too. There are no folders of their own: a folder
    exists while it contains a file. A path can be pickled, and used after a fork and by several threads. All
    methods raise :class:`core.errors.Unreachable` where the store does not answer.
    """

    __slots__ = ()

    @classmethod
    def from_url(cls, url: str) -> "RemotePath":
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
        # A name in a COCO file may begin with "./", which an object store takes as part of the name.
        return joined.resolve() if {".", ".."} & set(joined.parts) else joined

    def _request(self, method: str, *args: Any, **kwargs: Any) -> Any:
        with _unreachable_errors(self):
            return getattr(self.fs, method)(self.path, *args, **kwargs)

    def _kind(self) -> str | None:
        try:
            return str(self._request("info")["type"])
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
        return SimpleNamespace(st_size=int(self._request("info")["size"]))

    def modified(self) -> datetime:
        """Return when a file was last written, by the clock of its store."""
        time: datetime = self._request("modified")
        return time if time.tzinfo else time.replace(tzinfo=UTC)

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """No effect: a folder exists once it contains a file."""

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        """Read a file and return its content as an open file.

        Raises
        ------
        ValueError
            The mode is for writing: see :meth:`write_bytes` and :meth:`put`.
        """
        if "r" not in mode:
            raise ValueError(f"{self}: got the mode {mode!r}, expected one for reading")
        file = io.BytesIO(self.read_bytes())
        return file if "b" in mode else io.TextIOWrapper(file, encoding="utf-8")

    def read_bytes(self) -> bytes:
        """Read a file."""
        data: bytes = self._request("cat_file", **_READ_OPTIONS.get(self.protocol, {}))
        return data

    def read_text(self, *args: Any, **kwargs: Any) -> str:
        """Read a file as UTF-8."""
        return self.read_bytes().decode()

    def write_bytes(self, data: bytes) -> int:
        """Write a file atomically."""
        self._request("pipe_file", bytes(data))
        return len(data)

    def write_text(self, data: str, *args: Any, **kwargs: Any) -> int:
        """Write a file as UTF-8, atomically."""
        return self.write_bytes(data.encode())

    def create(self, data: bytes) -> None:
        """Write a file that does not exist yet: of several callers at once, exactly one succeeds.

        Raises
        ------
        FileExistsError
            The file exists.
        """
        self._request("pipe_file", data, mode="create")

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file; an object store does not report whether there was one."""
        try:
            self._request("rm_file")
        except FileNotFoundError:
            if not missing_ok:
                raise

    def glob(self, pattern: str, **kwargs: Any) -> Iterator["RemotePath"]:
        """Yield the paths in this folder that match a pattern, as ``pathlib`` does."""
        start = len(self.path.rstrip("/")) + 1
        with _unreachable_errors(self):
            names = self.fs.glob(f"{glob.escape(self.path.rstrip('/'))}/{pattern}")
        return iter([self / name[start:] for name in names])

    def iterdir(self) -> Iterator["RemotePath"]:
        """Yield the files and folders in a folder."""
        return self.glob("*")

    def rglob(self, pattern: str, **kwargs: Any) -> Iterator["RemotePath"]:
        """Yield the paths at any depth that match a pattern."""
        return self.glob(f"**/{pattern}")

    def entries(self) -> tuple[list[str], list[str]]:
        """Return the names of the files and of the folders in a folder, none where there is no such."""
        start = len(self.path.rstrip("/")) + 1
        try:
            infos = self._request("ls", detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return [], []
        names: dict[str, list[str]] = {"file": [], "directory": []}
        for info in infos:
            if name := info["name"].rstrip("/")[start:]:
                names.setdefault(info["type"], []).append(name)
        return names["file"], names["directory"]

    def sizes(self) -> dict[str, int]:
        """Return the size in bytes of each file at any depth, by its path relative to this one."""
        start = len(self.path.rstrip("/")) + 1
        infos = self._request("find", detail=True).items()
        return {
            name[start:]: int(info["size"]) for name, info in infos if info["type"] == "file" and name[start:]
        }

    def put(self, written: Path) -> None:
        """Upload a local file atomically."""
        with _unreachable_errors(self):
            self.fs.put_file(str(written), self.path)

    def put_tree(self, folder: Path) -> None:
        """Upload all files of a local folder under the same names."""
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        if names:
            with _unreachable_errors(self):
                self.fs.put([str(folder / name) for name in names], [(self / name).path for name in names])

    def fetch(self, target: Path) -> None:
        """Download a file to a local path."""
        with _unreachable_errors(self):
            self.fs.get_file(self.path, str(target))

    def replace(self, target: "RemotePath") -> "RemotePath":  # type: ignore[override]
        """Copy a file to another path, then remove it; if interrupted in between, it can be repeated."""
        with _unreachable_errors(self):
            self.fs.cp_file(self.path, target.path)
        self.unlink()
        return target

    def remove(self, paths: Iterable["RemotePath"]) -> None:
        """Remove files of this file system, up to 1,000 with one request where it supports that."""
        names = [glob.escape(path.path) for path in paths]
        if names:
            with _unreachable_errors(self):
                self.fs.rm(names)


@lru_cache(maxsize=16)
def _file_system(pid: int, protocol: str, options: tuple[tuple[str, Any], ...]) -> Any:
    return fsspec.filesystem(protocol, **dict(options))


@contextmanager
def _unreachable_errors(path: RemotePath) -> Iterator[None]:
    if sys.is_finalizing():  # fsspec's event loop has ended: a request would wait for ever
        raise Unreachable(f"{path}: cannot be reached (Python is ending)")
    try:
        yield
    except (*_FILE_ERRORS, Unreachable):
        raise
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Unreachable(f"{path}: cannot be reached ({reason})") from error
