"""Files that stay open for a while, since opening them for every crop would take longer than reading it."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from core.files import AnyPath, files_at

T = TypeVar("T")


class OpenFiles(Generic[T]):
    """The files opened last; the one not used for longest is closed when there are too many.

    Of a file behind a URL a copy is opened, which has no name any more and goes when it is closed.

    Parameters
    ----------
    open : callable
        Given a path of this machine.
    close : callable
        Given what `open` returned.
    """

    def __init__(self, open: Callable[[Path], T], close: Callable[[T], object]) -> None:
        self.open = open
        self.close = close
        self.files: OrderedDict[str, T] = OrderedDict()

    def get(self, folder: AnyPath, name: str) -> T:
        """Return the open file of a name in a folder."""
        if name not in self.files:
            if len(self.files) >= files_at(folder).max_open:
                self.close(self.files.popitem(last=False)[1])
            with files_at(folder / name).local_copy() as path:
                self.files[name] = self.open(path)
        self.files.move_to_end(name)
        return self.files[name]

    def close_all(self) -> None:
        """Close every file."""
        while self.files:
            self.close(self.files.popitem()[1])
