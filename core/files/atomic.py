"""Files that are whole or not there: written to a temporary file of this machine, then committed."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.files import AnyPath, files_at


def write_atomically(path: AnyPath, write: Callable[[Path], object], work: AnyPath) -> None:
    """Write a file so that it appears under its name only when it is whole.

    Parameters
    ----------
    path : Path or RemotePath
    write : callable
        Fills the local file whose path it is given.
    work : Path or RemotePath
        The folder that holds the temporary file, where `path` lies on a disk: of the same file system.
    """
    temporary = files_at(work).temporary_file(path.name)
    try:
        write(temporary)
        files_at(path).commit(temporary)
    finally:
        with suppress(OSError):  # an error of the write says more
            temporary.unlink(missing_ok=True)


def write_json(path: AnyPath, value: Any, work: AnyPath) -> None:
    """Write plain values as JSON, whole or not at all."""
    text = json.dumps(value, indent=2) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(text), work)
