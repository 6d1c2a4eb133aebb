"""Atomic writes: a file is written to a temporary file of this machine, then committed."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.files import AnyPath, files_at


def write_atomically(path: AnyPath, write: Callable[[Path], object], work: AnyPath) -> None:
    """Write a file so that it appears under its name only when it is complete.

    Parameters
    ----------
    path : Path or RemotePath
    write : callable
        Called with the path of a local file, which it writes.
    work : Path or RemotePath
        Folder for the temporary file, used where `path` is on a disk: on the same file system.
    """
    temporary = files_at(work).temporary_file(path.name)
    try:
        write(temporary)
        files_at(path).commit(temporary)
    finally:
        with suppress(OSError):  # must not hide an error of the write
            temporary.unlink(missing_ok=True)


def write_json(path: AnyPath, value: Any, work: AnyPath) -> None:
    """Write plain values as JSON, atomically."""
    text = json.dumps(value, indent=2) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text), work)
