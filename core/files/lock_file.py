"""The lock of a folder on a disk: a file in it that the system unlocks however its holder ends.

The last step of a finished run removes the file with its folder. Only the holder does so, and then nothing
more: another process may hold the next file of that name by then. Whoever waited for the lock of a
file that is removed tries again with the next one.
"""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import BoxscopeError
from core.files.protocol import LockHeld

# Seconds that a process waits for a lock: is_locked of another holds it for a moment.
WAIT = 1.0

# How often a folder is made again that the last holder removes at the same time, and the seconds in between.
_TRIES, _PAUSE = 20, 0.01

# Device and inode of the files that this process has locked, by the folder that each locks.
_held: dict[str, tuple[int, int]] = {}


def path(folder: Path) -> Path:
    """Return the path of the file."""
    return folder / "lock"


def lock(folder: Path) -> Callable[[], object]:
    """Lock a folder, which is created if missing, and return the function that unlocks it.

    Raises
    ------
    LockHeld
        Another process holds the lock.
    """
    file = FileLock(path(folder))
    for tries in range(1, _TRIES + 1):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file.acquire(timeout=WAIT)
            break
        except Timeout:
            raise LockHeld from None
        except (FileNotFoundError, FileExistsError):  # the folder was removed between two of the steps
            if tries == _TRIES:
                raise
            time.sleep(_PAUSE)
    identity = _identity(folder)
    if identity is not None:
        _held[str(folder)] = identity

    def unlock() -> None:
        _held.pop(str(folder), None)
        file.release()

    return unlock


def check(folder: Path) -> None:
    """Check that the file that this process has locked, if any, still has its name.

    Raises
    ------
    BoxscopeError
        Someone removed it: another process may hold the next one.
    """
    held = _held.get(str(folder))
    if held is not None and _identity(folder) != held:
        name = path(folder).relative_to(folder.parent)
        raise BoxscopeError(f"{name} was removed while it was written: run again to go on", folder.parent)


def is_locked(folder: Path) -> bool:
    """Return whether some process holds the lock."""
    # FileLock would create the file if missing, as in the folder of a finished run. Shared, so that two who
    # ask at once do not take each other for a holder.
    try:
        with path(folder).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path(folder))
    except OSError:
        return None
    return status.st_dev, status.st_ino
