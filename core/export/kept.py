"""Images of a shard that is not written yet, kept in the work folder: the next run does only the others.

A shard is written as a whole, at its end. Until then its finished images are kept every fifth of a second:
a file holds the crops of some that follow each other, its name says of which shard and which images of it.
The next run takes them from there instead of cutting them again, so that the shard has the same bytes.
"""

import json
import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any, NamedTuple

from core.executors import checkpoint
from core.export.folder import WRITTEN
from core.export.formats import Crop
from core.files import AnyPath, files_at
from core.files.atomic import write_atomically
from core.runs import tick

# Least seconds between two files, and the same in units of a file's duration: 2 % of a run at most.
INTERVAL = 0.2
INTERVAL_PER_FILE = 50

# kept-SHARD-FIRST-END.crops: images FIRST to END - 1 of a shard.
_NAME = re.compile(r"kept-(\d+)-(\d+)-(\d+)\.crops")


class ImageCrops(NamedTuple):
    """What an image adds to a shard.

    Attributes
    ----------
    crops : list of Crop
    counts : dict
        ``images``, 1, or 0 where it cannot be used; ``skipped`` and ``no_negatives``, lists of its remarks.
    """

    crops: list[Crop]
    counts: dict[str, Any]


class KeptImages:
    """The finished images of one shard, as a context manager that an interrupt makes keep the last of them.

    Behind a URL none are kept: every file would be a request.

    Parameters
    ----------
    work : Path or RemotePath
        The work folder of the run.
    shard : int

    Attributes
    ----------
    number : int
        How many images are read or added.
    """

    def __init__(self, work: AnyPath, shard: int) -> None:
        self._work = work
        self._shard = shard
        self._waiting: list[ImageCrops] = []
        self._names: list[str] = []
        self.number = 0
        self._due = time.monotonic() + INTERVAL

    def read(self) -> Iterator[ImageCrops]:
        """Yield the images that earlier runs kept, from the first on; a damaged file ends them."""
        self._names = _names(self._work)[self._shard]
        for name, _ in _chain(self._names):
            try:
                images = _decoded((self._work / name).read_bytes())
            except (OSError, ValueError, KeyError, TypeError):
                return
            self.number += len(images)
            yield from images

    def add(self, image: ImageCrops) -> None:
        """Add the image after the last one; those that are not in a file yet come into one when it is due."""
        self.number += 1
        self._waiting.append(image)
        if time.monotonic() >= self._due:
            self._keep()

    def remove(self) -> None:
        """Remove the files, since the shard is written; those of a lost run of the task go at the end.

        The work folder is not listed for it: it grows with the shards, and the time of each would with it.
        """
        tick(self._work, WRITTEN, len(self._waiting))
        for name in self._names:
            (self._work / name).unlink(missing_ok=True)

    def _keep(self) -> None:
        if not self._waiting or files_at(self._work).by_requests:
            return
        start, first = time.monotonic(), self.number - len(self._waiting)
        path = self._work / f"kept-{self._shard:06d}-{first:06d}-{self.number:06d}.crops"
        checkpoint()
        self._names.append(path.name)
        write_atomically(path, lambda waiting: waiting.write_bytes(_encoded(self._waiting)), self._work)
        tick(self._work, WRITTEN, len(self._waiting))
        self._waiting = []
        end = time.monotonic()
        self._due = end + max(INTERVAL, INTERVAL_PER_FILE * (end - start))

    def __enter__(self) -> "KeptImages":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, Exception):
            self._keep()


def count(work: AnyPath, done: Collection[int]) -> int:
    """Return how many images are kept of the shards that are not `done`."""
    shards = _names(work)
    return sum(end for shard in shards.keys() - set(done) for _, end in _chain(shards[shard])[-1:])


def remove(work: AnyPath) -> None:
    """Remove the kept images of all shards."""
    files_at(work).remove_matching("kept-*.crops")


def _names(work: AnyPath) -> defaultdict[int, list[str]]:
    """Return the names of the files by shard."""
    shards = defaultdict(list)
    if not files_at(work).by_requests:
        for name in files_at(work).entries().files:
            if match := _NAME.fullmatch(name):
                shards[int(match[1])].append(name)
    return shards


def _chain(names: list[str]) -> list[tuple[str, int]]:
    """Return files that follow each other from the first image on, each with the image after its last.

    Two runs of a task, the first taken for lost, may have kept the same images in other files.
    """
    files = sorted((int(match[2]), int(match[3]), name) for name in names if (match := _NAME.fullmatch(name)))
    chain, at = [], 0
    while following := [(end, name) for first, end, name in files if first == at < end]:
        at, name = max(following)
        chain.append((name, at))
    return chain


def _encoded(images: list[ImageCrops]) -> bytes:
    """Return a line of JSON, which keeps every number as it is, and the crops one after the other."""
    head = []
    for image in images:
        crops = [{**crop._asdict(), "data": len(crop.data)} for crop in image.crops]
        head.append({"counts": image.counts, "crops": crops})
    data = [crop.data for image in images for crop in image.crops]
    return b"".join([json.dumps(head).encode(), b"\n", *data])


def _decoded(text: bytes) -> list[ImageCrops]:
    head, _, data = text.partition(b"\n")
    images, at = [], 0
    for image in json.loads(head):
        crops = []
        for crop in image["crops"]:
            size = crop["data"]
            crops.append(Crop(**{**crop, "data": data[at : at + size]}))
            at += size
        images.append(ImageCrops(crops, image["counts"]))
    if at != len(data):
        raise ValueError(f"got {len(data)} bytes of crops, expected {at}")
    return images
