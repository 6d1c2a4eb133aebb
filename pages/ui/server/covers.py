"""A thumbnail of each data set in the list of those to choose from: its first picture that can be read.

A set is opened when a browser asks for its thumbnail, which it does where one is in view, and one at a time.
"""

import hashlib
from pathlib import Path
from threading import Lock

from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
from core.datasets.restricted import restrict
from core.errors import BoxscopeError
from pages.ui.server import pictures
from pages.ui.state import cached, opening
from pages.ui.state.choice import Choice
from pages.ui.state.known import Known
from pages.ui.state.roots import allowed

_MOST = 600
_TRIED = 5  # pictures, until one can be read
_listed: dict[str, Known] = {}
_lock = Lock()
_opening = Lock()
_covers = MemoryCache[bytes](6_000_000, len)


def token(known: Known) -> str:
    """Return the token of a data set of the list in addresses, and let the routes serve its thumbnail."""
    key = hashlib.sha256(f"{known.path}|{known.images_dir}|{known.split}".encode()).hexdigest()[:12]
    with _lock:
        _listed.pop(key, None)
        _listed[key] = known
        while len(_listed) > _MOST:
            _listed.pop(next(iter(_listed)))
    return key


def thumbnail(token: str) -> bytes:
    """Return the thumbnail of a data set as JPEG.

    Raises
    ------
    BoxscopeError
        No listed data set has this token, it cannot be opened, or none of its first pictures can be read.
    """
    with _lock:
        known = _listed.get(token)
    if known is None:
        raise BoxscopeError("this data set is not listed: the page lists it")
    chosen = Choice(dataset=known.path, images=known.images_dir, split=known.split)
    files = opening.splits(chosen)
    annotations = files.get(known.split) or next(iter(files.values()))
    key = (annotations, known.images_dir, cached.changed(annotations))
    return _covers.get(key, lambda: _first_readable(annotations, opening.images_dir(known.images_dir)))


def _first_readable(annotations: Path, images_dir: Path | None) -> bytes:
    with _opening:
        # Not the cached one, which has room for few: a look at the list would close what is open.
        dataset = restrict(CocoDataset.open(cached.coco_file(annotations), images_dir), allowed)
    for index in range(min(_TRIED, len(dataset))):
        try:
            return pictures.thumbnail(dataset, index)
        except BoxscopeError:
            continue
    raise BoxscopeError("none of its first pictures can be read", annotations)
