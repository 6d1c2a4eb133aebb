"""Opening of regular files alone: a named pipe or a device would block, or do something, when opened."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: Path) -> BinaryIO:
    """Return a regular file, links followed, open for reading.

    Raises
    ------
    FileNotFoundError
        There is no such file, or no file can have such a name.
    OSError
        It cannot be read, or is a folder, a named pipe, a socket or a device: these are not opened.
    """
    try:
        _expect_regular(path, os.stat(path))
        # What is put in its place meanwhile does not block either.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except ValueError as error:  # NUL, or a lone surrogate
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
    file = os.fdopen(descriptor, "rb")
    try:
        _expect_regular(path, os.fstat(descriptor))
    except OSError:
        file.close()
        raise
    return file


def _expect_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "no file")
        raise OSError(errno.EINVAL, f"is {kind}, expected a file", str(path))
