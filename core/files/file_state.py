"""By what a file or folder is known to be unchanged: its size, its times, and a digest."""

import hashlib
import os
import time
from pathlib import Path

# A file of more bytes is known by the digest of some parts, each of so many bytes, spread over it.
_WHOLE = 16 << 20
_PARTS, _PART = 64, 64 << 10

# Nanoseconds after a change in which a second one may get the same time: where times are counted in seconds,
# two of these.
_TICK, _COARSE_TICK = 100_000_000, 2_000_000_000


def file_state(path: Path) -> str:
    """Return a text that is another one once a file has changed; empty where that is not sure.

    It holds the size, the times of change of content and inode, which no program can set back, the inode, and
    the digest of the content, of a file above 16 MB of 64 parts spread over it. It is not sure of a missing
    file, and of one that changed a moment ago and may change again within the same tick of the clock.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            digest = hashlib.sha256()
            if status.st_size <= _WHOLE:
                digest.update(file.read(_WHOLE + 1))
            else:
                for part in range(_PARTS):
                    file.seek(part * (status.st_size - _PART) // (_PARTS - 1))
                    digest.update(file.read(_PART))
    except OSError:
        return ""
    return f"{_times(status)} {status.st_size} {digest.hexdigest()}" if _is_settled(status) else ""


def folder_state(path: Path) -> str:
    """Return a text that is another one once a file or folder has come into a folder, or left it.

    Empty where that is not sure, see :func:`file_state`. What changes within the files in it is not told.
    """
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (OSError, ValueError):  # ValueError: a name that no folder can have
        return ""
    try:
        status = os.fstat(folder)
    finally:
        os.close(folder)
    return _times(status) if _is_settled(status) else ""


def _times(status: os.stat_result) -> str:
    return f"{status.st_dev}:{status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}"


def _is_settled(status: os.stat_result) -> bool:
    tick = _TICK if status.st_ctime_ns % 1_000_000_000 else _COARSE_TICK
    return time.time_ns() - status.st_ctime_ns > tick
