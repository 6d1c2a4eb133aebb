"""Arrays kept between calls: new ones would cost 10-18 ms of page faults an image of 512x512."""

import math
import threading
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_held = threading.local()


def take(name: str, shape: int | tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Give this thread's array of a name; its content is what the last use left there.

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
    if name not in arrays or arrays[name].nbytes < bytes_needed:
        arrays[name] = np.empty(bytes_needed, np.uint8)
    return arrays[name][:bytes_needed].view(dtype).reshape(shape)
