"""The exports that are browsed: the only ones whose crops and manifest the routes serve.

The browser names an export by a token that only one known to the page has, and a crop by its row; never by a
path.
"""

import hashlib
from pathlib import Path
from threading import Lock

from core.caching.memory import MemoryCache, nbytes
from core.errors import BoxscopeError
from core.export.gallery import CropFilter, Gallery, Rows
from pages.ui.state.cached import changed
from pages.ui.state.roots import allowed

_MOST = 600  # more than the 500 jobs of the register
_known: dict[str, Path] = {}
_lock = Lock()

# Bytes: 10 million crops, and two selections of all of them.
_galleries = MemoryCache[Gallery](260_000_000, lambda gallery: gallery.nbytes)
_selected = MemoryCache[Rows](160_000_000, nbytes)


def token(folder: Path) -> str:
    """Return the token of an export's folder in addresses, and let the routes serve it."""
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    with _lock:
        _known.pop(key, None)
        _known[key] = folder.resolve()
        while len(_known) > _MOST:
            _known.pop(next(iter(_known)))
    return key


def find(token: str) -> Path:
    """Return the folder of a token.

    Raises
    ------
    BoxscopeError
        No known export has this token, or it lies outside the folders that the app may use.
    """
    with _lock:
        folder = _known.get(token)
    if folder is None:
        raise BoxscopeError("this export is not open: the page opens it")
    if not allowed(folder):
        raise BoxscopeError("outside the folders this app may use", folder)
    return folder


def version(folder: Path) -> str:
    """Return the change time of an export, which changes when it is written or relabelled."""
    return f"{changed(folder / 'export.json'):x}"


def gallery(folder: Path) -> Gallery:
    """Return an open export, cached until it changes."""
    return _galleries.get((folder, version(folder)), lambda: Gallery(folder))


def select(folder: Path, crop_filter: CropFilter) -> Rows:
    """Return the cached result of :meth:`core.export.gallery.Gallery.select`."""
    return _selected.get((folder, version(folder), crop_filter), lambda: gallery(folder).select(crop_filter))
