"""Every call by which Python code reads or changes files below a folder, with a hook before each of them."""

import builtins
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyarrow.parquet import core as parquet

# Of os; Arrow writes by itself what it is given as a path, and is stepped through by its own calls.
_CALLS = ("open", "mkdir", "unlink", "remove", "rmdir", "rename", "replace", "fsync", "scandir", "listdir")

Hook = Callable[[str, str], None]


@contextmanager
def hooked(folder: Path, hook: Hook) -> Iterator[None]:
    """Call a hook with the name and the path of every call below a folder, before it is done.

    What the hook raises is what the call raises. Calls that the hook itself makes are not hooked.
    """
    root, inside = os.path.realpath(folder), [False]

    def step(name: str, path: Any, dir_fd: int | None = None) -> None:
        whole = _path_of(path, dir_fd)
        if inside[0] or not f"{whole}/".startswith(f"{root}/"):
            return
        inside[0] = True
        try:
            hook(name, whole)
        finally:
            inside[0] = False

    with pytest.MonkeyPatch.context() as patch:
        for name in _CALLS:
            patch.setattr(os, name, _hooked(name, getattr(os, name), step))
        opened = _hooked_open(io.open, step)
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        writer = _hooked_writer(parquet.ParquetWriter, step)
        reader = _hooked_reader(parquet.ParquetFile, step)
        for module in (pq, parquet):  # write_table takes that of its own module
            patch.setattr(module, "ParquetWriter", writer)
            patch.setattr(module, "ParquetFile", reader)
        yield


def _path_of(path: Any, dir_fd: int | None) -> str:
    if isinstance(path, int):
        return os.readlink(f"/proc/self/fd/{path}")
    text = os.fsdecode(path)
    return os.path.abspath(text if dir_fd is None else f"{os.readlink(f'/proc/self/fd/{dir_fd}')}/{text}")


def _hooked(name: str, plain: Callable[..., Any], step: Callable[..., None]) -> Callable[..., Any]:
    def call(path: Any = ".", *rest: Any, **named: Any) -> Any:
        step(name, path, named.get("dir_fd"))
        return plain(path, *rest, **named)

    return call


def _hooked_open(plain: Callable[..., Any], step: Callable[..., None]) -> Callable[..., Any]:
    def call(path: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
        step("open", path)
        file = plain(path, mode, *rest, **named)
        return file if set(mode) <= set("rbt") else _File(file, path, step)

    return call


class _File:
    """A file open for writing; closing it writes what is buffered, and may fail as writing does."""

    def __init__(self, file: Any, path: Any, step: Callable[..., None]) -> None:
        self._file, self._path, self._step = file, path, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def write(self, data: Any) -> int:
        self._step("write", self._path)
        return self._file.write(data)

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            self._step("close", self._path)


def _hooked_reader(plain: type, step: Callable[..., None]) -> type:
    class Reader(plain):
        def __init__(self, where: Any, *rest: Any, **named: Any) -> None:
            if isinstance(where, str | Path):
                step("open", where)
            super().__init__(where, *rest, **named)

    return Reader


def _hooked_writer(plain: type, step: Callable[..., None]) -> type:
    class Writer(plain):
        def __init__(self, where: Any, *rest: Any, **named: Any) -> None:
            self._path = getattr(where, "name", where)
            step("open", self._path)
            super().__init__(where, *rest, **named)

        def write_table(self, *rest: Any, **named: Any) -> None:
            step("write", self._path)
            super().write_table(*rest, **named)

        def close(self) -> None:
            if self.is_open:
                super().close()
                step("close", self._path)

    return Writer
