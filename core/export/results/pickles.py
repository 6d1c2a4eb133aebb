"""Pickled dictionaries, as the trainers Detectron2 and MMDetection read precomputed proposals.

They are written and never read: reading a pickle runs what it says.
"""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core.datasets import CocoDataset
from core.export.results.base import ResultsFormat, images_of

_XYXY_ABS = 0
_SCORES = np.float32


class Detectron2(ResultsFormat):
    """Lists by image: ids, boxes and scores, for ``DATASETS.PROPOSAL_FILES_TRAIN``."""

    name: ClassVar[str] = "detectron2"
    summary: ClassVar[str] = "a pickle for DATASETS.PROPOSAL_FILES_TRAIN of Detectron2"

    def write(self, path: Path, parts: Callable[[], Iterator[dict[str, Any]]]) -> None:
        """Write an entry for each id of each image, one without boxes where it has none."""
        ids, boxes, logits = [], [], []
        for image in images_of(parts()):
            for number in image.ids:
                ids.append(number)
                boxes.append(image.boxes)
                logits.append(image.scores.astype(_SCORES))
        _dump(path, {"ids": ids, "boxes": boxes, "objectness_logits": logits, "bbox_mode": _XYXY_ABS})


class MMDetection(ResultsFormat):
    """A dictionary by ``folder/file.jpg``, for ``proposal_file`` of a data set and ``LoadProposals``."""

    name: ClassVar[str] = "mmdetection"
    summary: ClassVar[str] = "a pickle for proposal_file of MMDetection 3"

    def refusal(self, dataset: CocoDataset) -> str:
        """Return two pictures that have the same last folder and name, by which it finds proposals."""
        keys = [key(dataset, index) for index in range(len(dataset))]
        twice = next((name for name, count in Counter(keys).items() if count > 1), None)
        return "" if twice is None else f"two pictures are {twice}, which is all that MMDetection goes by"

    def write(self, path: Path, parts: Callable[[], Iterator[dict[str, Any]]]) -> None:
        """Write an entry for each image, one without boxes where it has none."""
        found = {
            image.path: {"bboxes": image.boxes, "scores": image.scores.astype(_SCORES)}
            for image in images_of(parts())
        }
        _dump(path, found)


def key(dataset: CocoDataset, index: int) -> str:
    """Return the last folder and the name of a picture's file: ``folder/file.jpg``."""
    path = dataset.path(index)
    return f"{path.parent.name}/{path.name}"


class _Pickler(pickle.Pickler):
    """Pickles arrays by their bytes: as numpy 2 does it itself, numpy below 1.26 cannot read them."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, np.ndarray):
            return np.ndarray, (obj.shape, obj.dtype.str, bytearray(obj.tobytes()))
        return NotImplemented


def _dump(path: Path, value: dict[str, Any]) -> None:
    with path.open("wb") as file:
        _Pickler(file, protocol=4).dump(value)
