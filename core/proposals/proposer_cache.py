"""What proposers returned for pictures, kept on disk for whoever asks for it next, in any process.

It is kept as the proposer returned it, so that another order, other filters or another label rule need no new
run.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from core import pipeline
from core.boxes import as_boxes
from core.caching.disk import DiskCache, folder
from core.datasets import CocoDataset
from core.files import files_at
from core.files.hashing import joined_sha256
from core.images import Image
from core.proposers import Found, Origins, Proposer
from core.versions import versions

# Bytes: about 60,000 images of 2,000 proposals.
LIMIT = 2_000_000_000

# The proposals of a picture depend on these besides its bytes and the sources below.
_PACKAGES = ("numpy", "opencv-contrib-python-headless", "pillow", "numba")
_SOURCES = ("proposers", "images")


@dataclass(frozen=True, eq=False)
class ProposerResult:
    """What a proposer returned for a picture.

    Attributes
    ----------
    found : Found
        In the proposer's own order, without any filter.
    width, height : int
        Of the picture, pixels.
    seconds, seconds_read : float
        Spent in the proposer, and reading the picture before that, when it was run.
    """

    found: Found
    width: int
    height: int
    seconds: float
    seconds_read: float


class ProposerCache:
    """Results of proposers by picture, proposer and parameters; several processes may share the folder.

    Parameters
    ----------
    root : Path or None
        The folder; None is ``proposals`` in the folder for caches.
    limit : int
        Bytes; the oldest are removed first.
    """

    def __init__(self, root: Path | None = None, limit: int = LIMIT) -> None:
        self.root = root or folder() / "proposals"
        self._files = DiskCache(self.root, limit, ".boxes")

    def result(
        self,
        dataset: CocoDataset,
        index: int,
        proposer: Proposer,
        read: Callable[[int], Image] | None = None,
    ) -> ProposerResult:
        """Return what is kept of a proposer for an image, else run it; see :func:`run`.

        Of a proposer whose results are not worth keeping nothing is read or written.
        """
        if not proposer.kept:
            return run(dataset, index, proposer, read)
        dataset.readable_path(index)  # what may not be read is refused, be its proposals kept or not
        kept = self.read(dataset, index, proposer)
        if kept is not None:
            return kept
        result = run(dataset, index, proposer, read)
        self.write(dataset, index, proposer, result)
        return result

    def read(self, dataset: CocoDataset, index: int, proposer: Proposer) -> ProposerResult | None:
        """Return the result of a proposer for an image, None where none is kept."""
        data = self._files.read(_key(dataset, index, proposer))
        return None if data is None else _decoded(data)

    def has(self, dataset: CocoDataset, index: int, proposer: Proposer) -> bool:
        """Return whether a result of a proposer for an image is kept."""
        return proposer.kept and self._files.has(_key(dataset, index, proposer))

    def write(self, dataset: CocoDataset, index: int, proposer: Proposer, result: ProposerResult) -> None:
        """Keep the result of a proposer for an image."""
        self._files.write(_key(dataset, index, proposer), _encoded(result))


def run(
    dataset: CocoDataset, index: int, proposer: Proposer, read: Callable[[int], Image] | None = None
) -> ProposerResult:
    """Return what a proposer returns for an image of a data set, with the times that it took.

    Parameters
    ----------
    dataset : CocoDataset
    index : int
    proposer : Proposer
    read : callable or None
        Returns the picture at an index, for a caller that has it; None is :meth:`CocoDataset.read`.

    Raises
    ------
    BoxscopeError
        See :func:`core.pipeline.process_image`.
    """
    proposer.prepare()  # loads kernels, which must not count as time of this image
    start = time.perf_counter()
    image = (read or dataset.read)(index)
    seconds_read = time.perf_counter() - start
    item, ref = str(dataset.path(index)), pipeline.image_ref(dataset, index, image)
    found, seconds = pipeline.run_proposer(proposer, image, item, ref)
    height, width = image.shape[:2]
    return ProposerResult(found, width, height, seconds, seconds_read)


def _key(dataset: CocoDataset, index: int, proposer: Proposer) -> str:
    path = dataset.path(index)
    spelled = "\n".join(f"{name}={text}" for name, text in proposer.spell().items())
    # The size in the file belongs to it: a picture of another size is turned, see CocoDataset.read.
    size = "x".join(map(str, dataset.sizes[index].tolist()))
    picture = f"{path.absolute()}\n{files_at(path).modified()}\n{size}\n{_reading(dataset)}"
    return f"{picture}\n{proposer.name}\n{spelled}\n{proposer.state()}\n{code_version()}"


def _reading(dataset: CocoDataset) -> str:
    """Return how pictures of more than 8 bits become 8: their pixels depend on it."""
    reading = dataset.reading
    return f"{reading.scales} {reading.fixed} {reading.full}"


@cache
def code_version() -> str:
    """Return what the proposals of a picture depend on besides it: a hash of the sources, and versions."""
    root = Path(__file__).parents[1]
    sources = sorted(path for name in _SOURCES for path in (root / name).rglob("*.py"))
    return f"{joined_sha256(sources)} {versions(_PACKAGES)}"


class _File(msgspec.Struct):
    """The layout of a file: arrays as their bytes."""

    boxes: bytes
    width: int
    height: int
    seconds: float
    seconds_read: float
    scores: bytes | None = None
    names: tuple[str, ...] | None = None
    step: bytes = b""
    level: bytes | None = None
    remark: str = ""


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_File)


def _encoded(result: ProposerResult) -> bytes:
    found, origins = result.found, result.found.origins
    file = _File(
        as_boxes(found.boxes).tobytes(), result.width, result.height, result.seconds, result.seconds_read
    )
    file.remark = found.remark
    if found.scores is not None:
        file.scores = found.scores.astype(np.float32).tobytes()
    if origins is not None:
        file.names, file.step = origins.names, origins.step.astype(np.int16).tobytes()
        file.level = None if origins.level is None else origins.level.astype(np.int32).tobytes()
    return _encoder.encode(file)


def _decoded(data: bytes) -> ProposerResult | None:
    """Return what a file holds; None for one that is damaged, which is then computed and written again."""
    try:
        file = _decoder.decode(data)
        boxes = np.frombuffer(file.boxes, np.float32).reshape(-1, 4)
        scores = None if file.scores is None else np.frombuffer(file.scores, np.float32)
        origins = None
        if file.names is not None:
            level = None if file.level is None else np.frombuffer(file.level, np.int32)
            origins = Origins(file.names, np.frombuffer(file.step, np.int16), level)
    except (msgspec.DecodeError, ValueError):
        return None
    return ProposerResult(
        Found(boxes, scores, origins, remark=file.remark),
        file.width,
        file.height,
        file.seconds,
        file.seconds_read,
    )
