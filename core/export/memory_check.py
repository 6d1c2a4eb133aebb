"""The check, before an export starts, that its proposer gets the memory that the annotated sizes ask for.

Otherwise an export would end hours later, at the first picture that is too large.
"""

from collections.abc import Iterator
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from core import images, memory
from core.datasets import CocoDataset
from core.errors import BoxscopeError, TooLittleMemory
from core.executors import Engine, completed
from core.export.config import ExportConfig
from core.pipeline import needed_by
from core.proposers import Proposer
from core.wording import count

Size = tuple[int, int]

# Bytes for each pixel of a square of the longer side: more than any proposer takes, so that a limit above it
# needs no question to a worker, whose start takes half a second.
_PLENTY = 1000

# Pictures whose headers are read: what is annotated may be wrong, and one of another size is skipped.
_LOOKED_AT = 100


def check(config: ExportConfig, indices: NDArray[np.int64], executor: Executor) -> None:
    """Raise if one of some images is too large for the memory of a worker.

    Parameters
    ----------
    config : ExportConfig
    indices : int64 (N,)
        Indices of the images that are still to be done, ascending.
    executor : Executor
        A worker of it is asked, which knows its threads and its limit.

    Raises
    ------
    TooLittleMemory
        It names the first such picture.
    """
    indices = indices[(config.dataset.sizes[indices] > 0).all(axis=1)]
    sizes, size_of = np.unique(config.dataset.sizes[indices], axis=0, return_inverse=True)
    if not len(sizes) or _is_plenty(int(sizes.max()), executor):
        return
    asked = (config.setup.proposer, [(int(width), int(height)) for width, height in sizes])
    (reasons,) = completed(executor, _refused, [asked], 1)
    too_large = indices[np.array([bool(reason) for reason in reasons])[size_of]]
    for index in _as_annotated(config.dataset, too_large[:_LOOKED_AT].tolist()):
        reason = reasons[size_of[np.searchsorted(indices, index)]]
        others = len(too_large) - 1
        also = f"; so would {count(others, 'other image')} of the annotations" if others else ""
        raise TooLittleMemory(f"{reason}{also}", config.dataset.file_names[index])


def _is_plenty(side: int, executor: Executor) -> bool:
    most = executor.memory_limit() if isinstance(executor, Engine) else memory.limit()
    return most is None or _PLENTY * side**2 <= most


def _refused(asked: tuple[Proposer, list[Size]]) -> list[str]:
    """Return for each size why the proposer would not get its memory; empty where it would."""
    proposer, sizes = asked
    most = memory.limit()
    return [memory.refusal(proposer.memory(*size), needed_by(proposer, *size), most) for size in sizes]


def _as_annotated(dataset: CocoDataset, indices: list[int]) -> Iterator[int]:
    """Yield those of some images whose pictures are there, and as large as annotated."""
    for index in indices:
        size = dataset.size(index)
        try:
            if size and images.header(dataset.readable_path(index)).size(size) == size:
                yield index
        except BoxscopeError:  # it will be skipped
            continue
