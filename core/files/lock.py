"""One run at a time in a folder, by a lock that a crash does not leave behind.

On this machine the system frees it however its holder ends; behind a URL it is a
:class:`core.files.lease.Lease`.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from core.errors import BoxscopeError
from core.files.lease import Lease, Taken, is_held
from core.files.paths import reason, remote

if TYPE_CHECKING:
    from core.files.remote import Remote

# Their folder: of its own, so that to list it costs little where there are many parts.
LEASES = "lease"

# Those of this process, by the folder they are for.
_leases: dict[str, Lease] = {}


@contextmanager
def held(folder: Path, work: Path) -> Iterator[None]:
    """Hold a folder for this process.

    Parameters
    ----------
    folder : Path
        What is held; its name in an error.
    work : Path
        Where the lock lies; made if it is missing.

    Raises
    ------
    BoxscopeError
        Another run holds it, or it cannot be written.
    """
    far = remote(work)
    try:
        release = _lock(work) if far is None else _lease(far)
    except (Timeout, Taken):
        raise BoxscopeError("another export is writing here", folder) from None
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({reason(error)})", folder) from error
    try:
        yield
    finally:
        release()


def _lock(work: Path) -> Callable[[], object]:
    work.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work / "lock")
    # A page that looks whether somebody writes here holds the lock for a moment.
    lock.acquire(timeout=1)
    return lock.release


def _lease(work: "Remote") -> Callable[[], object]:
    lease = Lease(work / LEASES)
    lease.take()
    _leases[str(work)] = lease

    def release() -> None:
        del _leases[str(work)]
        lease.release()

    return release


def check(work: Path) -> None:
    """Make sure that what this process holds is still held.

    Raises
    ------
    BoxscopeError
        Another run may be writing there.
    """
    if (lease := _leases.get(str(work))) is not None:
        lease.check()


def is_taken(work: Path) -> bool:
    """Say whether somebody holds the folder."""
    if (far := remote(work)) is not None:
        return is_held(far / LEASES)
    # Not by FileLock, which makes the file where there is none: in a folder just finished.
    try:
        with (work / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
