"""Results as arrays of numpy in an npz file."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.proposers.from_file.building import Entries
from core.proposers.from_file.table import FILE_NAME, IMAGE_ID


def read(file: BinaryIO) -> Iterator[Entries]:
    """Yield the entries of an npz file, all at once; arrays of objects, which are pickles, are refused.

    Its arrays are ``image_id`` (N,) or ``file_name`` (N,); ``boxes`` (N, 4) as ``x0 y0 x1 y1``; ``scores``
    (N,) and ``categories`` (N,), which it may lack.

    Raises
    ------
    BoxscopeError
        An array is missing, or of another type or length.
    """
    try:
        with np.load(file, allow_pickle=False) as arrays:
            yield _entries(arrays)
    except BoxscopeError:
        raise
    except Exception as error:  # of a damaged archive zipfile and numpy raise what no list names
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise BoxscopeError(f"cannot be read as npz without pickles ({reason})") from error


def _entries(arrays: Any) -> Entries:
    by = next((name for name in (IMAGE_ID, FILE_NAME) if name in arrays), None)
    if by is None or "boxes" not in arrays:
        missing = "boxes" if by else "image_id or file_name"
        raise BoxscopeError(f"no array {missing}: it has {', '.join(arrays.files) or 'none'}")
    boxes = arrays["boxes"]
    if boxes.ndim != 2 or boxes.shape[1] != 4 or boxes.dtype.kind not in "iuf":
        raise BoxscopeError(f"boxes: got {boxes.dtype} {boxes.shape}, expected numbers (N, 4)")
    count = len(boxes)
    images: Any = _column(arrays, by, count, "iu" if by == IMAGE_ID else "U")
    scores, categories = (
        _column(arrays, name, count, kinds) if name in arrays else None
        for name, kinds in (("scores", "iuf"), ("categories", "iu"))
    )
    return Entries(
        by,
        images.astype(np.int64) if by == IMAGE_ID else images.tolist(),
        boxes.astype(np.float64),
        None if scores is None else scores.astype(np.float64),
        None if categories is None else categories.astype(np.int64),
    )


def _column(arrays: Any, name: str, count: int, kinds: str) -> NDArray[Any]:
    column: NDArray[Any] = arrays[name]
    if column.shape != (count,) or column.dtype.kind not in kinds:
        expected = "text" if kinds == "U" else "numbers" if "f" in kinds else "whole numbers"
        raise BoxscopeError(f"{name}: got {column.dtype} {column.shape}, expected {expected} ({count},)")
    return column
