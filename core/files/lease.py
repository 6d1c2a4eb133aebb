"""A lock for an object store, which frees no lock when its holder ends.

The holder has a lease: an object that it writes again every 5 s. Another process that finds one watches it
for 30 s. If it is renewed in that time, the folder is locked; if not, the lease has expired, and the process
creates the next one. Leases are numbered and the highest number counts; an object is created only if none of
that name exists, so of several processes that create the same one, the store lets exactly one succeed. The
clocks of two machines are never compared to acquire a lease.
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

# Seconds after which a lease expires without renewal, and how often its holder renews it in that time.
DURATION = 30.0
RENEWALS = 6


class Lease:
    """The exclusive right to write in a folder, as long as :meth:`check` raises nothing.

    Parameters
    ----------
    folder : RemotePath
        Folder of the leases: it holds one, and for a moment the previous one too.
    duration : float or None
        Seconds without renewal until it expires, the same for every process that locks the folder; None is
        `DURATION`.
    """

    def __init__(self, folder: "RemotePath", duration: float | None = None) -> None:
        self.folder = folder
        self.duration = DURATION if duration is None else duration
        self.lost = ""
        self._released = threading.Event()
        self._holder = {"holder": uuid.uuid4().hex, "pid": os.getpid(), "machine": platform.node()}

    def acquire(self) -> None:
        """Acquire the lease and renew it until :meth:`release`.

        Raises
        ------
        LockHeld
            Another process holds it.
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
        # For a generator that was not run to its end: Python closes it too late in its shutdown for requests.
        atexit.register(self.release)

    def _expired(self) -> set[str]:
        """Wait until no lease is held; returns the names of the expired ones."""
        before = self._read()
        end = time.monotonic() + self.duration
        while before and time.monotonic() < end:
            time.sleep(self.duration / RENEWALS / 2)
            now = self._read()
            if not now:
                break
            if now != before:
                raise LockHeld
        return set(before)

    def _read(self) -> dict[str, bytes]:
        contents = {}
        for name in self.folder.sizes():
            with suppress(FileNotFoundError):
                contents[name] = (self.folder / name).read_bytes()
        return contents

    def _content(self, renewal: int) -> bytes:
        return json.dumps({**self._holder, "renewal": renewal}).encode()

    def _renew(self) -> None:
        last, renewal = time.monotonic(), 0
        while not self._released.wait(self.duration / RENEWALS):
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
        """Check that this process still holds the lease.

        Raises
        ------
        BoxscopeError
            It expired while this process could not renew it: another may be writing.
        """
        if self.lost:
            raise BoxscopeError(f"the lease ran out ({self.lost}): run again to go on", self.folder)

    def release(self) -> None:
        """Release the lease."""
        atexit.unregister(self.release)
        self._released.set()
        self._thread.join(self.duration / RENEWALS)
        if not self.lost:
            with suppress(OSError):  # it then expires by itself
                self.path.unlink(missing_ok=True)


def is_fresh(folder: "RemotePath") -> bool:
    """Return whether a folder has a lease that has not expired, by the clock of this machine."""
    now = datetime.now(UTC)
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            if (now - path.modified()).total_seconds() < DURATION:
                return True
    return False
