"""Files that are whole or not there: a temporary name, to disk, then the final name."""

import ctypes
import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


def temporary(path: Path, work: Path) -> Path:
    """Give the name in `work` under which a file waits until it is whole."""
    return work / f"{path.name}.tmp"


def settle(written: Path, path: Path) -> None:
    """Bring a written file to disk, then give it its final name."""
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path)


def whole(path: Path, write: Callable[[Path], object], work: Path) -> None:
    """Let `write` fill a temporary file in `work`, then settle it."""
    waiting = temporary(path, work)
    write(waiting)
    settle(waiting, path)


def write_json(path: Path, value: Any, work: Path) -> None:
    """Write plain values as JSON, whole or not at all."""
    text = json.dumps(value, indent=2) + "\n"
    whole(path, lambda waiting: waiting.write_text(text), work)


def sync_names(folder: Path) -> None:
    """Bring the names in a folder to disk, so that what is named later is not there without them."""
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
    if not sys.platform.startswith("linux"):
        os.sync()
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(folder))
    finally:
        os.close(descriptor)
