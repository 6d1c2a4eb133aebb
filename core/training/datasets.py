"""PyTorch data sets of an export: N crops of S pixels a side."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset, get_worker_info

from core.errors import BoxscopeError
from core.export import Crops
from core.training.targets import box_targets

Transform = Callable[[Tensor], Any]


def decode(data: bytes) -> Tensor:
    """Return the pixels of an encoded crop.

    cv2 takes 131 us for 224 pixels a side, 165 where torch permutes the axes. torchvision takes 120 for the
    same pixels, but its decoder is to be removed.

    Parameters
    ----------
    data : bytes
        JPEG or PNG.

    Returns
    -------
    uint8 Tensor (3, S, S)
        RGB.

    Raises
    ------
    BoxscopeError
        It cannot be decoded.
    """
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB) if data else None
    if image is None:
        raise BoxscopeError("no JPEG or PNG", f"a crop of {len(data)} bytes")
    planes = np.empty((3, *image.shape[:2]), np.uint8)
    cv2.split(image, list(planes))
    return torch.from_numpy(planes)


class ProposalDataset(Dataset[tuple[Any, ...]]):
    """The crops of an export of any format, by index.

    An item is the image, uint8 (3, S, S) or what `transform` makes of it, and its class: the label, 1 or 0,
    or for an export by category the number of the category, 0 the background. With `targets` an item has its
    box-regression target too, float32 (4,), NaN where the crop overlaps no object.

    Parameters
    ----------
    folder : path
        OUT/SPLIT of a finished export.
    transform : callable or None
        Called with the image.
    targets : bool

    Attributes
    ----------
    crops : Crops
        Boxes, IoU, ground-truth boxes and all other columns of the manifest.
    labels : int64 Tensor (N,)
        Class of each crop.
    classes : tuple of str
        Name of each class, by number.

    Raises
    ------
    BoxscopeError
        No finished export.
    """

    def __init__(self, folder: Path | str, transform: Transform | None = None, targets: bool = False) -> None:
        self.crops = Crops(folder)
        self.labels = torch.from_numpy(self.crops.class_numbers)
        self.classes = self.crops.classes.names
        self.transform = transform
        self.targets = _targets(self.crops) if targets else None

    def __len__(self) -> int:
        """Return the number of crops."""
        return len(self.crops)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """Return the item of a crop: read, decoded and transformed."""
        return self.item(index, self.crops.jpeg(index))

    def item(self, index: int, jpeg: bytes) -> tuple[Any, ...]:
        """Return the item of a crop whose file has been read already."""
        image = decode(jpeg)
        item = (image if self.transform is None else self.transform(image), int(self.labels[index]))
        return item if self.targets is None else (*item, self.targets[index])


class ProposalStream(IterableDataset[tuple[Any, ...]]):
    """The crops of an export with shards, read shard by shard, for remote disks or large data sets.

    Shards are split among the processes of a training and the workers of each loader, so that an epoch
    yields every crop once. They are read sequentially, in an order shuffled by seed and epoch, through a
    shuffle buffer. Processes may get different numbers of crops.

    Parameters
    ----------
    folder, transform, targets
        As of :class:`ProposalDataset`; items are the same.
    buffer : int
        Size of the shuffle buffer, in crops, which are kept encoded; 1 keeps the order within a shard.
    shuffle : bool
        False yields the crops in the order of the shards.
    seed : int
    rank, processes : int
        Rank of this process, and how many train together.

    Raises
    ------
    BoxscopeError
        No finished export, its format has a file a crop, or a number out of range.
    """

    def __init__(
        self,
        folder: Path | str,
        transform: Transform | None = None,
        targets: bool = False,
        *,
        buffer: int = 1024,
        shuffle: bool = True,
        seed: int = 0,
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        if processes < 1:
            raise BoxscopeError(f"got {processes}, expected at least 1", "processes")
        if not 0 <= rank < processes:
            raise BoxscopeError(f"got {rank}, expected 0 to {processes - 1}", "rank")
        if buffer < 1:
            raise BoxscopeError(f"got {buffer}, expected at least 1", "buffer")
        self.dataset = ProposalDataset(folder, transform, targets)
        self.shards = list(self.dataset.crops.shards())
        self.buffer = buffer
        self.shuffle = shuffle
        self.seed = seed
        self.rank = rank
        self.processes = processes
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Set the order of the next epoch; to be called before each."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """Yield the crops of this process and worker."""
        worker = get_worker_info()
        workers, number = (worker.num_workers, worker.id) if worker else (1, 0)
        order = np.arange(len(self.shards))
        if self.shuffle:  # the same in all processes and workers
            np.random.default_rng((self.seed, self.epoch)).shuffle(order)
        shards = order[self.rank * workers + number :: self.processes * workers].tolist()
        crops = self._read(shards)
        if self.shuffle:
            rng = np.random.default_rng((self.seed, self.epoch, self.rank, number))
            crops = _shuffled(crops, self.buffer, rng)
        for index, jpeg in crops:
            yield self.dataset.item(index, jpeg)

    def _read(self, shards: list[int]) -> Iterator[tuple[int, bytes]]:
        for shard in shards:
            for index in self.shards[shard]:
                yield index, self.dataset.crops.jpeg(index)


def _shuffled(
    items: Iterator[tuple[int, bytes]], size: int, rng: np.random.Generator
) -> Iterator[tuple[int, bytes]]:
    buffer: list[tuple[int, bytes]] = []
    for item in items:
        if len(buffer) < size:
            buffer.append(item)
            continue
        slot = int(rng.integers(size))
        yield buffer[slot]
        buffer[slot] = item
    for slot in rng.permutation(len(buffer)).tolist():
        yield buffer[slot]


def _targets(crops: Crops) -> Tensor:
    return box_targets(torch.from_numpy(crops.boxes), torch.from_numpy(crops.truth_boxes))
