"""Arrays reused between calls: new ones would cost 10-18 ms of page faults an image of 512x512.

Those of large pictures are not kept: they would hold a gigabyte for as long as the process lives.
"""

import math
import threading
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_local = threading.local()

# Bytes of an array that is kept, at most: pictures up to 6 megapixels have all of theirs kept.
_MAX_KEPT_BYTES = 50_000_000


def reused_array(name: str, shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return this thread's array of a name, with arbitrary contents.

    Parameters
    ----------
    name : str
        Arrays that are in use at the same time need different names; others may share one.
    shape : int or tuple of int
    dtype : dtype
    """
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    bytes_needed = size * np.dtype(dtype).itemsize
    arrays: dict[str, NDArray[np.uint8]] = _local.__dict__.setdefault("arrays", {})
    array = arrays.get(name)
    if array is None or array.nbytes < bytes_needed:
        array = np.empty(bytes_needed, np.uint8)
        if bytes_needed <= _MAX_KEPT_BYTES:
            arrays[name] = array
    return array[:bytes_needed].view(dtype).reshape(shape)
