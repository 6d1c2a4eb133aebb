"""What someone waits for goes first: meanwhile other work on pictures begins nothing new."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from time import sleep

_LONGEST = 2.0  # s: what goes first again and again does not stop the rest


class Precedence:
    """Counts the work that goes first, for other work that waits until there is none."""

    def __init__(self) -> None:
        self._going_on = 0
        self._changed = Condition()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Do the work of the block first."""
        with self._changed:
            self._going_on += 1
        try:
            yield
        finally:
            with self._changed:
                self._going_on -= 1
                self._changed.notify_all()

    def give_way(self, seconds: float = _LONGEST, after: float = 0) -> bool:
        """Wait until no work that goes first is going on; return False if there is some after `seconds`.

        It waits `after` seconds at least, in which such work may begin.
        """
        sleep(after)
        with self._changed:
            return self._changed.wait_for(lambda: not self._going_on, seconds)


of_viewers = Precedence()
"""Of the pictures of viewers, before thumbnails and before what measures a whole set."""
