"""Images of a shard that is not done yet, kept in the work folder: the next run does only the others.

A shard leaves its part as a whole, at its end. Until then what its finished images gave, crops or offers, is
kept every fifth of a second: a file holds some images that follow each other, its name says of which shard
and which images of it. The next run takes them from there instead of doing them again, so that the part has
the same bytes.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, TypeVar

from core.executors import checkpoint
from core.files import AnyPath, files_at
from core.files.atomic import write_atomically
from core.runs import tick

T = TypeVar("T")

# Least seconds between two files, and the same in units of a file's duration: 2 % of a run at most.
INTERVAL = 0.2
INTERVAL_PER_FILE = 50

# kept-SHARD-FIRST-END.crops: images FIRST to END - 1 of a shard.
_NAME = re.compile(r"kept-(\d+)-(\d+)-(\d+)\.\w+")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What is kept of images.

    Attributes
    ----------
    suffix : str
        Last part of the files' names.
    tick : str
        As what an image that is kept is counted, see :func:`core.runs.tick`.
    encoded : callable
        Returns the bytes that keep some images.
    decoded : callable
        Returns the images that such bytes keep; it raises ``ValueError``, ``KeyError`` or ``TypeError`` where
        they are damaged.
    """

    suffix: str
    tick: str
    encoded: Callable[[list[T]], bytes]
    decoded: Callable[[bytes], list[T]]


class KeptImages(Generic[T]):
    """The finished images of one shard, as a context manager that an interrupt makes keep the last of them.

    Behind a URL none are kept: every file would be a request.

    Parameters
    ----------
    kind : Kind
    work : Path or RemotePath
        The work folder of the run.
    shard : int
    names : tuple of str
        The files in which earlier runs kept images of the shard, see :func:`names`.

    Attributes
    ----------
    number : int
        How many images are read or added.
    """

    def __init__(self, kind: Kind[T], work: AnyPath, shard: int, names: tuple[str, ...] = ()) -> None:
        self._kind = kind
        self._work = work
        self._shard = shard
        self._waiting: list[T] = []
        self._names = [*names]
        self.number = 0
        self._due = time.monotonic() + INTERVAL

    def each(self, images: int, do: Callable[[int], T]) -> Iterator[T]:
        """Yield what each image of the shard gives: first those that are kept; `do` does the others."""
        yield from self.read()
        for index in range(self.number, images):
            image = do(index)
            yield image
            self.add(image)

    def read(self) -> Iterator[T]:
        """Yield the images that earlier runs kept, from the first on; a damaged file ends them."""
        for name, _ in _chain(self._names):
            try:
                images = self._kind.decoded((self._work / name).read_bytes())
            except (OSError, ValueError, KeyError, TypeError):
                return
            self.number += len(images)
            yield from images

    def add(self, image: T) -> None:
        """Add the image after the last one; those that are not in a file yet come into one when it is due."""
        self.number += 1
        self._waiting.append(image)
        if time.monotonic() >= self._due:
            self._keep()

    def remove(self) -> None:
        """Remove the files, since the shard is done; those of a lost run of the task go at the end."""
        tick(self._work, self._kind.tick, len(self._waiting))
        for name in self._names:
            (self._work / name).unlink(missing_ok=True)

    def _keep(self) -> None:
        if not self._waiting or files_at(self._work).by_requests:
            return
        start, first = time.monotonic(), self.number - len(self._waiting)
        images = f"{self._shard:06d}-{first:06d}-{self.number:06d}"
        path = self._work / f"kept-{images}.{self._kind.suffix}"
        text = self._kind.encoded(self._waiting)
        checkpoint()
        self._names.append(path.name)
        write_atomically(path, lambda waiting: waiting.write_bytes(text), self._work)
        tick(self._work, self._kind.tick, len(self._waiting))
        self._waiting = []
        end = time.monotonic()
        self._due = end + max(INTERVAL, INTERVAL_PER_FILE * (end - start))

    def __enter__(self) -> "KeptImages[T]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, Exception):
            self._keep()


def count(kind: Kind[T], work: AnyPath, done: Collection[int]) -> int:
    """Return how many images are kept of the shards that are not `done`."""
    shards = names(kind, work)
    return sum(end for shard in shards.keys() - set(done) for _, end in _chain(shards[shard])[-1:])


def remove(work: AnyPath) -> None:
    """Remove what is kept of all shards, whatever its kind."""
    files_at(work).remove_matching("kept-*")


def names(kind: Kind[T], work: AnyPath) -> defaultdict[int, tuple[str, ...]]:
    """Return the names of the files of a kind by shard.

    Read once a run: the work folder grows with the shards, and the time of each would with it.
    """
    shards: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    if not files_at(work).by_requests:
        for name in files_at(work).entries().files:
            if name.endswith(f".{kind.suffix}") and (match := _NAME.fullmatch(name)):
                shards[int(match[1])] += (name,)
    return shards


def _chain(names: Iterable[str]) -> list[tuple[str, int]]:
    """Return files that follow each other from the first image on, each with the image after its last.

    Two runs of a task, the first taken for lost, may have kept the same images in other files.
    """
    files = sorted((int(match[2]), int(match[3]), name) for name in names if (match := _NAME.fullmatch(name)))
    chain, at = [], 0
    while following := [(end, name) for first, end, name in files if first == at < end]:
        at, name = max(following)
        chain.append((name, at))
    return chain
