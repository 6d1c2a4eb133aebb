"""Files that are whole or not there.

On this machine: a temporary name, to disk, then the final name. Behind a URL: made on this machine, then
sent under the final name, where an object appears when all of it has come.
"""

import ctypes
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from core.files.paths import remote

T = TypeVar("T")
R = TypeVar("R")

# What begins the names of temporary files on this machine for places elsewhere.
_PREFIX = "boxscope-"


def temporary(path: Path, work: Path) -> Path:
    """Give the name under which a file waits until it is whole: in `work`, or of this machine."""
    if remote(path) is None:
        return work / f"{path.name}.tmp"
    number, name = tempfile.mkstemp(prefix=_PREFIX, suffix=path.name)
    os.close(number)
    return Path(name)


def temporary_folder(folder: Path) -> Path:
    """Give the folder where files wait for others: this one, or one of this machine for it."""
    return folder if remote(folder) is None else Path(tempfile.mkdtemp(prefix=_PREFIX))


def settle(written: Path, path: Path) -> None:
    """Bring a written file to disk, then give it its final name."""
    if (far := remote(path)) is not None:
        far.put(written)
        written.unlink()
        return
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path)


def settle_below(written: Path, folder: Path) -> None:
    """Give all files of a folder the same names in another, over what is there."""
    if (far := remote(folder)) is not None:
        far.put_below(written)
        return
    for here, _, names in os.walk(written):
        there = folder / os.path.relpath(here, written)
        if names:
            there.mkdir(parents=True, exist_ok=True)
        for name in names:
            Path(f"{here}/{name}").replace(f"{there}/{name}")


def whole(path: Path, write: Callable[[Path], object], work: Path) -> None:
    """Let `write` fill a temporary file, then settle it."""
    waiting = temporary(path, work)
    try:
        write(waiting)
        settle(waiting, path)
    finally:
        if remote(path) is not None:
            waiting.unlink(missing_ok=True)


def write_json(path: Path, value: Any, work: Path) -> None:
    """Write plain values as JSON, whole or not at all."""
    text = json.dumps(value, indent=2) + "\n"
    if remote(path) is None:
        whole(path, lambda waiting: waiting.write_text(text), work)
    else:
        path.write_text(text)


def sync_names(folder: Path) -> None:
    """Bring the names in a folder to disk, so that what is named later is not there without them."""
    if remote(folder) is not None:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems know no such thing
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(folder: Path) -> None:
    """Bring every file of the file system that holds a folder to disk.

    For 3,000 crops: 30 ms, as os.sync, which waits for every other file system too and for ever on one
    that is gone; an fsync each takes 520 ms, and 190 from eight threads.
    """
    if remote(folder) is not None:
        return
    if not sys.platform.startswith("linux"):
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(descriptor)


@contextmanager
def near(path: Path) -> Iterator[Path]:
    """Give a file of this machine to read from: the file itself, or a copy that goes with the block.

    Who has opened the copy can go on reading after it.
    """
    far = remote(path)
    if far is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        copy = Path(folder) / path.name
        far.fetch(copy)
        yield copy


def files_below(folder: Path) -> list[Path]:
    """List the files at any depth."""
    if (far := remote(folder)) is not None:
        return [folder / name for name in far.sizes()]
    return [path for path in folder.rglob("*") if path.is_file()]


def remove(paths: Iterable[Path]) -> None:
    """Remove files."""
    paths = list(paths)
    if paths and (far := remote(paths[0])) is not None:
        far.remove(cast(Any, paths))
        return
    for path in paths:
        path.unlink(missing_ok=True)


def remove_empty(folder: Path) -> None:
    """Remove a folder that nothing is left in."""
    if remote(folder) is None and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def remove_below(folder: Path, but: str = "") -> None:
    """Remove a folder with all that is in it; behind a URL, all but what is in one folder there."""
    if remote(folder) is None:
        shutil.rmtree(folder)
    else:
        remove(path for path in files_below(folder) if path.parent.name != but)


def each(act: Callable[[T], R], items: Iterable[T], folder: Path) -> Iterator[R]:
    """Do something for each item, in order; some at once and ahead where files of `folder` are far away."""
    if remote(folder) is None:
        return map(act, items)
    from core.files.remote import each as at_once

    return at_once(act, items)
