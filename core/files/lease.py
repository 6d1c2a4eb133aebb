"""A lock for where the system frees none: an object store.

A run holds a lease, an object that it writes again every few seconds. Whoever comes later waits until it has
seen one of two things. The lease is written again: then the folder is taken. Or it is not, for as long as a
lease may go without a sign: then it is void, and the next one is made. A lease is made only where there is
none of its number, which the store settles between two who try; the highest number counts. No clocks are
compared to take one.
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
from core.files.paths import reason

if TYPE_CHECKING:
    from core.files.remote import Remote

# Seconds without a sign of its holder until a lease is void, and how many signs it gives in that time.
VOID_AFTER = 30.0
SIGNS = 6


class Taken(Exception):
    """Another run holds the lease."""


class Lease:
    """The right to write in a folder, while :meth:`check` raises nothing.

    Parameters
    ----------
    folder : Remote
        Of the leases: one, and for a moment the one before it.
    void_after : float or None
        Seconds without a sign; None is `VOID_AFTER`. The same for all who come to a folder.
    """

    def __init__(self, folder: "Remote", void_after: float | None = None) -> None:
        self.folder = folder
        self.void_after = VOID_AFTER if void_after is None else void_after
        self.lost = ""
        self._over = threading.Event()
        self._holder = {"holder": uuid.uuid4().hex, "pid": os.getpid(), "machine": platform.node()}

    def take(self) -> None:
        """Take the lease and keep it until :meth:`release`.

        Raises
        ------
        Taken
            Another run holds it.
        """
        void = self._void()
        number = max(map(int, void), default=0) + 1
        self.path = self.folder / f"{number:06d}"
        try:
            self.path.create(self._sign(0))
        except FileExistsError:
            raise Taken from None
        if set(self.folder.sizes()) - {*void, self.path.name}:  # somebody began anew, from the first number
            self.path.unlink()
            raise Taken
        for name in void:
            (self.folder / name).unlink(missing_ok=True)
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()
        # A run that nobody took to its end: it is closed when Python is too far gone to send anything.
        atexit.register(self.release)

    def _void(self) -> set[str]:
        """Wait until no lease is held; returns the names of those that were."""
        seen = self._read()
        end = time.monotonic() + self.void_after
        while seen and time.monotonic() < end:
            time.sleep(self.void_after / SIGNS / 2)
            now = self._read()
            if not now:
                break
            if now != seen:
                raise Taken
        return set(seen)

    def _read(self) -> dict[str, bytes]:
        found = {}
        for name in self.folder.sizes():
            with suppress(FileNotFoundError):
                found[name] = (self.folder / name).read_bytes()
        return found

    def _sign(self, number: int) -> bytes:
        return json.dumps({**self._holder, "sign": number}).encode()

    def _keep(self) -> None:
        last, number = time.monotonic(), 0
        while not self._over.wait(self.void_after / SIGNS):
            now, number = time.monotonic(), number + 1
            try:
                if max(self.folder.sizes(), default="") != self.path.name:
                    self.lost = "another run took over"
                    return
                self.path.write_bytes(self._sign(number))
                last = now
            except OSError as error:
                if time.monotonic() - last > self.void_after:
                    self.lost = reason(error)
                    return

    def check(self) -> None:
        """Make sure that it is still held.

        Raises
        ------
        BoxscopeError
            It went void while this run could give no sign: another may be writing.
        """
        if self.lost:
            raise BoxscopeError(f"the lease ran out ({self.lost}): run again to go on", self.folder)

    def release(self) -> None:
        """Give it back."""
        atexit.unregister(self.release)
        self._over.set()
        self._thread.join(self.void_after / SIGNS)
        if not self.lost:
            with suppress(OSError):  # then it goes void by itself
                self.path.unlink(missing_ok=True)


def is_held(folder: "Remote") -> bool:
    """Say whether a lease was written so lately that it is not void, by the clock of this machine."""
    now = datetime.now(UTC)
    for path in folder.glob("*"):
        with suppress(FileNotFoundError):
            if (now - path.modified()).total_seconds() < VOID_AFTER:
                return True
    return False
