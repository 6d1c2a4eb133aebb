"""The data sets that are open: the only ones that a route gives anything of.

A browser names a set by a word that only an open set has, and an image by its id; never a path.
"""

import hashlib
from threading import Lock

from core.datasets import CocoDataset
from core.errors import BoxscopeError

_MOST = 16
_open: dict[str, CocoDataset] = {}
_lock = Lock()


def name(dataset: CocoDataset) -> str:
    """Return the word for a data set in addresses, and make it known to the routes."""
    text = f"{dataset.annotations.resolve()}|{dataset.images_dir}"
    word = hashlib.sha256(text.encode()).hexdigest()[:12]
    with _lock:
        _open.pop(word, None)
        _open[word] = dataset
        while len(_open) > _MOST:
            _open.pop(next(iter(_open)))
    return word


def find(word: str) -> CocoDataset:
    """Return the open data set of a word.

    Raises
    ------
    BoxscopeError
        None is open under it. After a restart of the server the page opens its set again.
    """
    with _lock:
        dataset = _open.get(word)
    if dataset is None:
        raise BoxscopeError("this data set is not open: the page opens it")
    return dataset
