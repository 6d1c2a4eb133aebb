"""The configuration of an export, which is fixed before the first image, and its shards."""

import dataclasses
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np

from core import parameters
from core.datasets import CocoDataset
from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.export.formats import DEFAULT_FORMAT, find_format
from core.export.incomplete import Lost, lost
from core.export.names import crop_stems, short_hash
from core.pipeline import Setup
from core.sampling import Sampling
from core.sampling.classes import Classes
from core.sampling.settings import SCORE

# Images in a shard: small enough that progress moves every few seconds at one second an image.
SHARD_IMAGES = 8


class DatasetKind(StrEnum):
    """The split that an export is for; the name of its folder."""

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
    shard_images : int
        Images in a shard. With small shards a killed run loses little; large ones make fewer, larger files.
    """

    dataset: CocoDataset
    split: DatasetKind
    setup: Setup = dataclasses.field(default_factory=Setup)
    sampling: Sampling = dataclasses.field(default_factory=Sampling)
    format: str = DEFAULT_FORMAT
    shard_images: int = SHARD_IMAGES

    def __post_init__(self) -> None:
        find_format(self.format)
        if self.shard_images < 1:
            raise BoxscopeError(f"got {self.shard_images}, expected at least 1", "shard_images")
        _ = self.sampling.cut.zoom  # refuses a context that leaves no room for the box
        if self.sampling.negatives == SCORE:
            self.setup.proposer.expect_scores("negatives")
        if self.setup.rule.asks_for_masks:
            self.dataset.segmentations.expect_any()
        if self.classes.by_category:
            self._expect_listed_categories()

    def _expect_listed_categories(self) -> None:
        """Raise if an object has no class: its category has no number that holds for other splits too.

        Raises
        ------
        BoxscopeError
        """
        truth = self.dataset.all_truth
        used = np.unique(truth.category[truth.objects]).tolist()
        unlisted = [str(number) for number in used if number not in self.dataset.categories]
        if unlisted:
            raise BoxscopeError(
                f"objects have the category {', '.join(unlisted[:5])}, which its categories do not list: "
                "their crops have no class",
                self.dataset.annotations,
            )

    @cached_property
    def classes(self) -> Classes:
        """The classes of the crops."""
        return Classes.of(self.dataset.categories, self.sampling.labels)

    @cached_property
    def lost(self) -> Lost:
        """The annotations that cannot be used, and the images that give no negatives because of them."""
        return lost(self.dataset)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The configuration as plain values; two exports with equal settings have equal bytes."""
        return {
            "layout": find_format(self.format).layout,
            "annotations": self.dataset.annotations.name,
            **self.dataset.fingerprint,
            "images": len(self.dataset),
            **({"in_doubt": self.lost.in_doubt} if self.lost.in_doubt else {}),
            "split": str(self.split),
            "format": self.format,
            "shard_images": self.shard_images,
            "setup": self.setup.with_order_named().spell(),
            **self.setup.proposer.settings_of_files,
            "sampling": parameters.spell(self.sampling),
        }

    @cached_property
    def digest(self) -> str:
        """A hash of the settings."""
        return short_hash(json.dumps(self.settings, sort_keys=True))


@dataclass(frozen=True, eq=False)
class Shard:
    """The unit of work: a fixed group of images, the same whatever the number of workers.

    Attributes
    ----------
    number : int
    images : CocoDataset
        Those of the shard alone, so that a worker needs no annotation file.
    stems : list of str
        For each image, what the names of its crops start with.
    """

    number: int
    images: CocoDataset
    stems: list[str]

    def __str__(self) -> str:
        """Return the names of its first and last image."""
        names = self.images.file_names
        return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def shards(config: ExportConfig, numbers: Iterable[int]) -> Iterator[Shard]:
    """Yield the shards of these numbers; a shard is `shard_images` images in the order of the data set."""
    dataset, size = config.dataset, config.shard_images
    stems = crop_stems(dataset.file_names, dataset.image_ids)
    absent = find_absent(dataset)
    for number in numbers:
        part = slice(number * size, (number + 1) * size)
        yield Shard(number, dataset.subset(part, absent, config.setup.rule.asks_for_masks), stems[part])


def shard_count(config: ExportConfig) -> int:
    """Return the number of shards of an export."""
    return -(-len(config.dataset) // config.shard_images)
