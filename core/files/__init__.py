"""Files on a disk or behind a URL: paths, whole writes, locks.

:func:`as_path` makes a path of a text, :func:`files_at` returns what can be done there. Both kinds of place
have the same methods, see :class:`core.files.protocol.Files`.
"""

from pathlib import Path

from core.files.local import LocalFiles
from core.files.paths import AnyPath, as_local_path, as_path, os_reason, printable
from core.files.protocol import Files, LockHeld

__all__ = [
    "AnyPath",
    "Files",
    "LockHeld",
    "as_local_path",
    "as_path",
    "files_at",
    "os_reason",
    "printable",
]


def files_at(path: AnyPath) -> Files:
    """Return the file or folder at a path, with the methods that are the same on a disk and behind a URL."""
    if isinstance(path, Path):
        return LocalFiles(path)
    from core.files.remote import RemoteFiles

    return RemoteFiles(path)
