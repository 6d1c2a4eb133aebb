"""A lock for where the system frees none: an object store.

A run holds a lease, an object that it writes again every few seconds. Whoever comes later waits until it has
seen one of two things. The lease is renewed: then the folder is taken. Or it is not, for as long as a lease
lasts without: then it has expired, and the next one is made. A lease is made only where there is none of its
number, which the store settles between two who try; the highest number counts. No clocks are compared to take
one.
"""

import atexit
import json
import os
import platform
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.errors import BoxscopeError
from core.files.paths import os_reason
from core.files.protocol import LockHeld

if TYPE_CHECKING:
    from core.files.remote_path import RemotePath

# Seconds that a lease lasts without renewal, and how often its holder renews it in that time.
DURATION = 30.0
RENEWALS = 6


class Lease:
    """The right to write in a folder, while :meth:`check` raises nothing.

    Parameters
    ----------
    folder : RemotePath
        Of the leases: one, and for a moment the one before it.
    duration : float or None
        Seconds without renewal until it expires; None is `DURATION`. The same for all who come to a folder.
    """

    def __init__(self, folder: "RemotePath", duration: float | None = None) -> None:
        self.folder = folder
        self.duration = DURATION if duration is None else duration
        self.lost = ""
        self._over = threading.Event()
        self._holder = {"holder": uuid.uuid4().hex, "pid": os.getpid(), "machine": platform.node()}

    def acquire(self) -> None:
        """Acquire the lease and renew it until :meth:`release`.

        Raises
        ------
        LockHeld
            Another run holds it.
        """
        expired = self._expired()
        number = max(map(int, expired), default=0) + 1
        self.path = self.folder / f"{number:06d}"
        try:
            self.path.create(self._content(0))
        except FileExistsError:
            raise LockHeld from None
        if set(self.folder.sizes()) - {*expired, self.path.name}:  # another run began at the first number
            self.path.unlink()
            raise LockHeld
        for name in expired:
            (self.folder / name).unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._renew, daemon=True)
        self._thread.start()
        # A run that nobody took to its end: it is closed when Python is too far gone to send anything.
        atexit.register(self.release)

    def _expired(self) -> set[str]:
        """Wait until no lease is held; returns the names of those that were."""
        seen = self._read()
        end = time.monotonic() + self.duration
        while seen and time.monotonic() < end:
            time.sleep(self.duration / RENEWALS / 2)
            now = self._read()
            if not now:
                break
            if now != seen:
                raise LockHeld
        return set(seen)

    def _read(self) -> dict[str, bytes]:
        found = {}
        for name in self.folder.sizes():
            with suppress(FileNotFoundError):
                found[name] = (self.folder / name).read_bytes()
        return found

    def _content(self, renewal: int) -> bytes:
        return json.dumps({**self._holder, "renewal": renewal}).encode()

    def _renew(self) -> None:
        last, renewal = time.monotonic(), 0
        while not self._over.wait(self.duration / RENEWALS):
            now, renewal = time.monotonic(), renewal + 1
            try:
                if max(self.folder.sizes(), default="") != self.path.name:
                    self.lost = "another run took over"
                    return
                self.path.write_bytes(self._content(renewal))
                last = now
            except OSError as error:
                if time.monotonic() - last > self.duration:
                    self.lost = os_reason(error)
                    return

    def check(self) -> None:
        """Check that it is still held.

        Raises
        ------
        BoxscopeError
            It expired while this run could not renew it: another may be writing.
        """
        if self.lost:
            raise BoxscopeError(f"the lease ran out ({self.lost}): run again to go on", self.folder)

    def release(self) -> None:
        """Release the lease."""
        atexit.unregister(self.release)
        self._over.set()
        self._thread.join(self.duration / RENEWALS)
        if not self.lost:
            with suppress(OSError):  # then it expires by itself
                self.path.unlink(missing_ok=True)


def is_fresh(folder: "RemotePath") -> bool:
    """Return whether a lease was renewed so lately that it has not expired, by the clock of this machine."""
    now = datetime.now(UTC)
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            if (now - path.modified()).total_seconds() < DURATION:
                return True
    return False
