"""The data sets in the folders directly below some others, searched for in the background."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from core.datasets.dataset import CocoDataset
from core.datasets.formats.recognising import recognise
from core.datasets.locating.annotation_files import annotation_files
from core.errors import BoxscopeError, unexpected

# Folders that are searched, and the bytes up to which an annotation file is read to count its images.
_FOLDERS, _SMALL = 200, 5_000_000
# Folders that are listed below each, to see whether it is a data set in another format.
_LISTED = 30


class Nearby(NamedTuple):
    """A data set's folder.

    Attributes
    ----------
    folder : Path
    split : str
        Its first split.
    images, objects : int
        Of that split; 0 where its file is too large to count them in passing, or in another format.
    format : str
        What it looks like where that is not COCO: ``Pascal VOC``, or several joined by ``or``.
    """

    folder: Path
    split: str
    images: int = 0
    objects: int = 0
    format: str = ""


class NearbySearch:
    """The search for data sets in the folders of some roots.

    Parameters
    ----------
    roots : sequence of Path
    allowed : callable
        Returns whether a folder or file may be read.
    """

    def __init__(self, roots: Sequence[Path], allowed: Callable[[Path], bool]) -> None:
        self._roots = roots
        self._allowed = allowed
        self._found: list[Nearby] = []
        self._thread = Thread(target=self._run, name="boxscope search", daemon=True)
        self._thread.start()

    def found(self, seconds: float = 0.0) -> tuple[list[Nearby], bool]:
        """Return the data sets found so far, and whether the search is complete.

        Parameters
        ----------
        seconds : float
            How long to wait for its end.
        """
        self._thread.join(seconds)
        complete = not self._thread.is_alive()
        return list(self._found), complete

    def _run(self) -> None:
        folders = dict.fromkeys(folder for root in self._roots for folder in _folders(root))
        for folder in list(folders)[:_FOLDERS]:
            try:
                self._found.extend(self._data_sets(folder))
            except (BoxscopeError, OSError):
                continue  # no data set
            except Exception as error:
                unexpected(error)

    def _data_sets(self, folder: Path) -> list[Nearby]:
        """Return the data set of a folder, none where it holds none that may be read."""
        if not self._allowed(folder):
            return []
        try:
            files = {name: path for name, path in annotation_files(folder).items() if self._allowed(path)}
        except BoxscopeError:
            found = recognise(folder, most=_LISTED)
            titles = " or ".join(one.title for one in found)
            return [Nearby(folder, found[0].splits[0].name, format=titles)] if found else []
        for split, path in files.items():
            if path.stat().st_size > _SMALL:
                return [Nearby(folder, split)]
            data = CocoDataset.open(path)
            return [Nearby(folder, split, len(data), int(data.object_counts.sum()))]
        return []


def _folders(root: Path) -> list[Path]:
    """Return the folders in a root, without hidden ones."""
    with suppress(OSError):
        return [path for path in sorted(root.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    return []
