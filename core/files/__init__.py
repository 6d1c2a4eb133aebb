"""Files on a disk or behind a URL: paths, atomic writes, locks.

:func:`as_path` makes a path of a text, :func:`files_at` returns an object with the operations on it, the same
for a disk and for a URL: see :class:`core.files.protocol.Files`.
"""

from pathlib import Path

from core.files.local import LocalFiles
from core.files.paths import AnyPath, as_local_path, as_path, os_reason, printable
from core.files.protocol import Entries, Files, LockHeld
from core.files.regular import open_regular

__all__ = [
    "AnyPath",
    "Entries",
    "Files",
    "LockHeld",
    "as_local_path",
    "as_path",
    "files_at",
    "open_regular",
    "os_reason",
    "printable",
    "read_regular",
]


def files_at(path: AnyPath) -> Files:
    """Return the operations on the file or folder at a path."""
    if isinstance(path, Path):
        return LocalFiles(path)
    from core.files.remote import RemoteFiles

    return RemoteFiles(path)


def read_regular(path: AnyPath) -> bytes:
    """Return the content of a regular file; errors as of :func:`open_regular`, or of a URL."""
    if not isinstance(path, Path):
        return path.read_bytes()
    with open_regular(path) as file:
        return file.read()
