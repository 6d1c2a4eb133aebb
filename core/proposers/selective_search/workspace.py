"""Arrays kept between calls: new ones would cost 10-18 ms of page faults an image of 512x512.

Of a large picture they would hold a gigabyte for as long as the process lives; its arrays go with the call.
"""

import math
import threading
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_held = threading.local()

# Bytes of an array that is kept: up to 6 megapixels all are.
_MOST = 100_000_000


def take(name: str, shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Give this thread's array of a name; what it contains is anybody's.

    Parameters
    ----------
    name : str
        Arrays in use at the same time have different names; those that are not share one.
    shape : int or tuple of int
    dtype : dtype
    """
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    bytes_needed = size * np.dtype(dtype).itemsize
    arrays: dict[str, NDArray[np.uint8]] = _held.__dict__.setdefault("arrays", {})
    array = arrays.get(name)
    if array is None or array.nbytes < bytes_needed:
        array = np.empty(bytes_needed, np.uint8)
        if bytes_needed <= _MOST:
            arrays[name] = array
    return array[:bytes_needed].view(dtype).reshape(shape)
