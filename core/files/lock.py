"""A lock of a folder, so that one process at a time writes there; a crash does not leave it behind.

On a disk the system unlocks it however its holder ends; behind a URL it is a
:class:`core.files.lease.Lease`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import BoxscopeError
from core.files import AnyPath, LockHeld, files_at, os_reason


@contextmanager
def locked(folder: AnyPath, work: AnyPath) -> Iterator[None]:
    """Lock a folder for this process while the block runs.

    Parameters
    ----------
    folder : Path or RemotePath
        The folder to lock, named in errors.
    work : Path or RemotePath
        The folder for the lock's file; created if missing.

    Raises
    ------
    BoxscopeError
        Another run holds the lock, or the folder cannot be written.
    """
    try:
        unlock = files_at(work).lock()
    except LockHeld:
        raise BoxscopeError("another export is writing here", folder) from None
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", folder) from error
    try:
        yield
    finally:
        unlock()
