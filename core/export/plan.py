"""What an export is to write, settled before the first image: its configuration, names and shards."""

import dataclasses
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import parameters
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.sampling import Sampling

# Raised when the same configuration would give other bytes than before: old and new do not mix.
LAYOUT = 1

# Images in a shard: small enough that progress moves every few seconds at one second an image.
SHARD_IMAGES = 8

_LONGEST_STEM = 130

FORMATS = ("files", "imagefolder")


class DatasetKind(StrEnum):
    """The split that an export is for; it names the folder."""

    TRAIN = "train"
    VALID = "valid"


@dataclass(frozen=True)
class ExportConfig:
    """Everything that decides the bytes of an export.

    Attributes
    ----------
    dataset : CocoDataset
    split : DatasetKind
    setup : Setup
    sampling : Sampling
    format : one of ``FORMATS``
    """

    dataset: CocoDataset
    split: DatasetKind
    setup: Setup = dataclasses.field(default_factory=Setup)
    sampling: Sampling = dataclasses.field(default_factory=Sampling)
    format: str = "files"

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise BoxscopeError(f"format: got {self.format!r}, expected one of {', '.join(FORMATS)}")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The configuration as plain values; two exports with equal settings have equal bytes."""
        return {
            "layout": LAYOUT,
            "annotations": self.dataset.annotations.name,
            **self.dataset.fingerprint,
            "images": len(self.dataset),
            "split": str(self.split),
            "format": self.format,
            "setup": self.setup.spell(),
            "sampling": parameters.spell(self.sampling),
        }

    @cached_property
    def digest(self) -> str:
        """A hash of the settings."""
        return _short_hash(json.dumps(self.settings, sort_keys=True))


@dataclass(frozen=True, eq=False)
class Shard:
    """The unit of work: a fixed group of images, the same whatever the number of workers.

    Attributes
    ----------
    number : int
    images : CocoDataset
        Only those of the shard, so that a worker needs no file of annotations.
    stems : list of str
        What the names of each image's crops start with.
    """

    number: int
    images: CocoDataset
    stems: list[str]


def shards(dataset: CocoDataset) -> Iterator[Shard]:
    """Cut a data set into shards, in its own order."""
    stems = crop_stems(dataset.file_names, dataset.image_ids)
    for number in range(shard_count(dataset)):
        part = slice(number * SHARD_IMAGES, (number + 1) * SHARD_IMAGES)
        yield Shard(number, dataset.part(part), stems[part])


def shard_count(dataset: CocoDataset) -> int:
    """Count the shards of a data set."""
    return -(-len(dataset) // SHARD_IMAGES)


def crop_stems(file_names: list[str], image_ids: NDArray[np.int64]) -> list[str]:
    """Name what each image's crops start with: its own name, flat and without dots.

    Parameters
    ----------
    file_names : list of str
        They may have sub-folders and several dots: ``wall/a.b.jpg`` becomes ``wall_a_b``.
    image_ids : int64 (I,)
        Added where two images would get the same stem.

    Returns
    -------
    list of str
        All different, none longer than 150 bytes: a file's name may have 255.
    """
    stems = [_flat(name) for name in file_names]
    counts = Counter(stems)
    both = zip(stems, image_ids, strict=True)
    named = [f"{stem}-{number}" if counts[stem] > 1 else stem for stem, number in both]
    if len(set(named)) < len(named):  # "a-7" beside two "a", one of id 7: then the place makes the difference
        named = [f"{place}-{stem}" for place, stem in enumerate(stems)]
    return named


def _flat(name: str) -> str:
    path = PurePosixPath(name)
    flat = re.sub(r"[/\\.]", "_", str(path.parent / path.stem).strip("/"))
    if len(flat.encode()) <= _LONGEST_STEM:
        return flat
    return flat.encode()[-_LONGEST_STEM + 17 :].decode(errors="ignore") + "-" + _short_hash(name)


def crop_name(stem: str, rank: int, iou: float, label: int) -> str:
    """Name a crop as the article does: ``{stem}.{rank}.{IoU as 0_87}.{label}.jpg``.

    The article's next part splits at the dots: part 2 is the IoU, part 3 the label.
    """
    score = str(round(iou, 2)).replace(".", "_")
    return f"{stem}.{rank}.{score}.{label}.jpg"


def is_crop_name(name: str) -> bool:
    """Say whether a file's name is one that :func:`crop_name` gives."""
    return re.fullmatch(r".*\.\d+\.\d_\d+\.[01]\.jpg", name, re.DOTALL) is not None


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
