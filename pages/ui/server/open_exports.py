"""The exports that are looked through: the only ones whose crops and manifest a route gives.

A browser names an export by a word that only one known to the page has, and a crop by its row; never a path.
"""

import hashlib
from pathlib import Path
from threading import Lock

from core.caching.memory import MemoryCache, nbytes
from core.errors import BoxscopeError
from core.export.gallery import CropFilter, Gallery, Rows
from pages.ui.state.cached import changed
from pages.ui.state.roots import allowed

_MOST = 600  # more than the list of jobs holds
_known: dict[str, Path] = {}
_lock = Lock()

# Bytes: 10 million crops, and two orders of them all.
_galleries = MemoryCache[Gallery](260_000_000, lambda gallery: gallery.nbytes)
_selected = MemoryCache[Rows](160_000_000, nbytes)


def name(folder: Path) -> str:
    """Return the word for an export's folder in addresses, and make it known to the routes."""
    word = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    with _lock:
        _known.pop(word, None)
        _known[word] = folder.resolve()
        while len(_known) > _MOST:
            _known.pop(next(iter(_known)))
    return word


def find(word: str) -> Path:
    """Return the folder of a word.

    Raises
    ------
    BoxscopeError
        None is known under it, or it lies outside the folders that the app may use.
    """
    with _lock:
        folder = _known.get(word)
    if folder is None:
        raise BoxscopeError("this export is not open: the page opens it")
    if not allowed(folder):
        raise BoxscopeError("outside the folders this app may use", folder)
    return folder


def version(folder: Path) -> str:
    """Return the change time of an export: it is another one once it is written or labelled anew."""
    return f"{changed(folder / 'export.json'):x}"


def gallery(folder: Path) -> Gallery:
    """Open an export to look through; one that is open stays so until it changes."""
    return _galleries.get((folder, version(folder)), lambda: Gallery(folder))


def select(folder: Path, crop_filter: CropFilter) -> Rows:
    """See :meth:`core.export.gallery.Gallery.select`."""
    return _selected.get((folder, version(folder), crop_filter), lambda: gallery(folder).select(crop_filter))
