"""One run at a time in a folder, by a lock that a crash does not leave behind.

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
        What is locked; it is named in errors.
    work : Path or RemotePath
        The folder that holds the lock; made if it is missing.

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
