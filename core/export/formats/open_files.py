"""A cache of open files, since opening a file for every crop would take longer than reading the crop."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from core.files import AnyPath, files_at

T = TypeVar("T")


class OpenFiles(Generic[T]):
    """The files used last; when there are too many, the least recently used one is closed.

    Of a file behind a URL a local copy is opened; its name is already removed, so that the system deletes it
    when it is closed.

    Parameters
    ----------
    open : callable
        Takes a local path and returns the open file.
    close : callable
        Takes what `open` returned.
    """

    def __init__(self, open: Callable[[Path], T], close: Callable[[T], object]) -> None:
        self.open = open
        self.close = close
        self.files: OrderedDict[str, T] = OrderedDict()

    def get(self, folder: AnyPath, name: str) -> T:
        """Return the open file of that name in a folder."""
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
