"""The files below a folder that names may mean, found by listing folders instead of asking for each file."""

import os
import posixpath
import re
from pathlib import Path

from core.files import AnyPath, Entries, files_at
from core.files.file_state import folder_state

# A part that is empty, "." or "..": the name can be written shorter.
_IRREGULAR = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")

_NOTHING = Entries({}, frozenset())


def normal(name: str) -> str:
    """Return a path without ``.``, ``//`` and ``a/..``."""
    return posixpath.normpath(name) if _IRREGULAR.search(name) else name


def leads_outside(name: str) -> bool:
    """Return whether a normal path is absolute or leads out of the folder that it is relative to."""
    return name.startswith(("/", "../")) or name == ".."


class Listing:
    """The content of a folder and of those below it that are asked for, each listed once.

    Parameters
    ----------
    folder : Path or RemotePath

    Attributes
    ----------
    states : dict of str to str
        The :func:`~core.files.file_state.folder_state` of each folder on a disk that was listed, before that.
    """

    def __init__(self, folder: AnyPath) -> None:
        self.folder = folder
        self.states: dict[str, str] = {}
        self._known: dict[str, Entries] = {}
        self._names: list[str] = []
        self._numbers: list[int | None] = []

    def entries(self, below: str = "") -> Entries:
        """Return the content of a folder, by its normal path below this one; nothing where there is none.

        A folder that the one above it does not contain costs no look at the disk.
        """
        known = self._known.get(below)
        if known is None:
            known = self._known[below] = self._list(below)
        return known

    def _list(self, below: str) -> Entries:
        if leads_outside(below):
            inner = self._inner(below)
            return _NOTHING if inner is None else self.entries(inner)
        above, _, name = below.rpartition("/")
        if name and name not in self.entries(above).folders:
            return _NOTHING
        folder = self.folder / below if below else self.folder
        if isinstance(folder, Path):
            self.states[str(folder)] = folder_state(folder)
        return files_at(folder).entries()

    def holds_plainly(self, names: list[str]) -> bool:
        """Return whether the listed folders alone say that each name has a file, which is no link.

        A name with ``..`` is looked up otherwise, as is one that begins with ``/``.
        """
        if any(known.links for known in self._known.values()):
            return False
        numbers = self.numbers_here(names)
        if None not in numbers:
            return True
        rest = [name for name, number in zip(names, numbers, strict=True) if number is None]
        return all(
            self.number(normal(name)) is not None and not (".." in name or name.startswith("/"))
            for name in rest
        )

    def numbers_here(self, names: list[str]) -> list[int | None]:
        """Return :meth:`number` of each name without a folder before it, None for all others.

        The last list that was asked for is known: to look up 118,000 names takes 20 ms each time.
        """
        if names is not self._names:
            self._names, self._numbers = names, [*map(self.entries().files.get, names)]
        return self._numbers

    def _inner(self, below: str) -> str | None:
        """Return where a path that leads out of this folder leads back below it, as ``../images`` may."""
        if not isinstance(self.folder, Path):
            return None
        own = os.path.abspath(self.folder)
        path = os.path.normpath(os.path.join(own, below))
        if path == own:
            return ""
        return path[len(own) + 1 :] if path.startswith(f"{own}/") else None

    def number(self, name: str) -> int | None:
        """Return the number of a file on its file system, 0 where it has none; None without such a file.

        Parameters
        ----------
        name : str
            Normal path below this folder.
        """
        below, _, last = name.rpartition("/")
        entries = self._known.get(below) or self.entries(below)
        return entries.files.get(last)
