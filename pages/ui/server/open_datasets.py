"""The data sets that are open: the only ones that the routes serve.

The browser names a data set by a token that only an open one has, and an image by its id; never by a path.
"""

import hashlib
from threading import Lock

from core.datasets import CocoDataset
from core.errors import BoxscopeError

_MOST = 16
_open: dict[str, CocoDataset] = {}
_lock = Lock()


def token(dataset: CocoDataset) -> str:
    """Return the token of a data set in addresses, and let the routes serve it."""
    text = f"{dataset.annotations.resolve()}|{dataset.images_dir}|{dataset.levels}"
    key = hashlib.sha256(text.encode()).hexdigest()[:12]
    with _lock:
        _open.pop(key, None)
        _open[key] = dataset
        while len(_open) > _MOST:
            _open.pop(next(iter(_open)))
    return key


def find(token: str) -> CocoDataset:
    """Return the open data set of a token.

    Raises
    ------
    BoxscopeError
        No open data set has this token. After a restart of the server the page opens its data set again.
    """
    with _lock:
        dataset = _open.get(token)
    if dataset is None:
        raise BoxscopeError("this data set is not open: the page opens it")
    return dataset
