"""The files below a folder, listed from the top, and by what they are known to be unchanged."""

import hashlib
import os
from collections import deque
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from core.datasets.inside import Inside
from core.datasets.locating.name_rules import holds_no_pictures
from core.files import files_at, printable
from core.images import SUFFIXES

# Folders that are listed, and how deep, to recognise a format: a home folder must not cost minutes.
MOST, _DEPTH = 300, 5
# No data set is deeper.
_DEEPEST = 12

_SYSTEM = ("__MACOSX",)


class Tree:
    """The files below a folder; hidden files and folders are passed over.

    Parameters
    ----------
    root : Path
    complete : bool
        False to list no more than `most` folders, and not the deepest.
    follow_links : bool
        Whether links may lead out of the folder; such files are not listed otherwise, see `refused`.

    Attributes
    ----------
    files : dict of str to list of str
        Sorted names of the files of each folder, by its path below the root, empty for the root itself.
    refused : list of str
        Paths of the links that lead out of the root.
    unnamed : list of str
        Paths whose name is no UTF-8, as far as it is: no JSON file can have them.
    """

    def __init__(
        self, root: Path, complete: bool = False, follow_links: bool = False, most: int = MOST
    ) -> None:
        self.root = root
        self.files: dict[str, list[str]] = {}
        self.refused: list[str] = []
        self.unnamed: list[str] = []
        self._inside = Inside(root, follow_links)
        self._list(*((1 << 62, _DEEPEST) if complete else (most, _DEPTH)))

    def _list(self, most: int, depth: int) -> None:
        known: set[str] = set()
        waiting = deque([""])
        while waiting and len(self.files) < most:
            below = waiting.popleft()
            real = os.path.realpath(self.root / below)
            if real in known:
                continue  # a link that leads round in a circle
            known.add(real)
            if below and self._inside.refusal(below):
                self.refused.append(below)
                continue
            entries = files_at(self.root / below).entries()
            names = sorted(name for name in entries.files if self._is_listed(below, name))
            out = {name for name in entries.links if self._inside.refusal(_join(below, name))}
            self.refused += sorted(_join(below, name) for name in out)
            self.files[below] = [name for name in names if name not in out]
            if below.count("/") + 1 < depth:
                folders = (name for name in entries.folders if name not in _SYSTEM)
                waiting.extend(sorted(_join(below, n) for n in folders if self._is_listed(below, n)))

    def _is_listed(self, below: str, name: str) -> bool:
        if name.startswith("."):
            return False
        named = printable(name)
        if named != name:
            self.unnamed.append(_join(below, named))
        return named == name

    @cached_property
    def pictures(self) -> list[str]:
        """Paths of the pictures, sorted, without those in folders of masks, crops or thumbnails."""
        return sorted(
            path
            for below, names in self.files.items()
            if not holds_no_pictures(below)
            for path in (_join(below, name) for name in names if is_picture(name))
        )

    def with_suffix(self, suffix: str) -> Iterator[tuple[str, list[str]]]:
        """Yield each folder that has files of a suffix, such as ``.xml``, with their names."""
        for below, names in self.files.items():
            if found := [name for name in names if name.lower().endswith(suffix)]:
                yield below, found

    def state(self) -> str:
        """Return a digest of the names, sizes and times of all files: 100,000 take half a second."""
        digest = hashlib.sha256()
        for below, names in sorted(self.files.items()):
            for name in names:
                path = os.path.join(self.root, below, name)
                try:
                    status = os.stat(path)
                    known = f"{status.st_size} {status.st_mtime_ns}"
                except OSError:
                    known = "-"
                digest.update(f"{below}/{name}\0{known}\n".encode(errors="surrogatepass"))
        return digest.hexdigest()


def is_picture(name: str) -> bool:
    """Return whether a name has the suffix of a picture."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def _join(below: str, name: str) -> str:
    return f"{below}/{name}" if below else name
