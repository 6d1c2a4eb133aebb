"""Boxes of a results file in the place of a torchvision detector's region proposal network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core import pipeline
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.proposers import FromFile, ImageRef

Size = tuple[int, int]


class FixedProposals(nn.Module):
    """Proposals computed before, for ``model.rpn`` of a torchvision detector such as Faster R-CNN.

    The model resizes each picture to the size that it works at; the boxes are scaled with it. ``image_id`` of
    its target says which picture it is; without targets, as in evaluation, :meth:`set_images` does. A picture
    may be resized before it is given to the model, but not flipped, turned or cropped.

    Parameters
    ----------
    boxes : mapping of int to array (N, 4)
        Proposals by image id: corners x0, y0, x1, y1 in pixels of the picture, best first.
    sizes : mapping of int to (height, width)
        Of the pictures in which the boxes are measured, pixels.
    """

    def __init__(self, boxes: Mapping[int, Boxes], sizes: Mapping[int, Size]) -> None:
        super().__init__()
        self._boxes, self._sizes = boxes, sizes
        self._images: list[int] | None = None

    @classmethod
    def read(
        cls, path: Path | str, dataset: CocoDataset, top: int = 2000, unnamed: str = "refuse"
    ) -> "FixedProposals":
        """Return the proposals of a file that ``boxscope proposals`` wrote, or another that from-file reads.

        Parameters
        ----------
        path : path
        dataset : CocoDataset
            The images that they are of.
        top : int
            The most of an image.
        unnamed : str
            What to do with an image that the file does not name: ``refuse``, or ``empty`` for no proposals.

        Raises
        ------
        BoxscopeError
            The file cannot be read, or it does not name an image.
        """
        proposer = FromFile(str(path), unnamed=unnamed)
        boxes, sizes = {}, {}
        for index, number in enumerate(dataset.image_ids.tolist()):
            width, height = dataset.size(index) or (0, 0)
            if not width:
                raise BoxscopeError("its size is not annotated", dataset.file_names[index])
            # The boxes of a file do not depend on the pixels: one value stands for all of them.
            blank = np.broadcast_to(np.uint8(0), (height, width, 3))
            name = dataset.file_names[index]
            ref: ImageRef = pipeline.image_ref(dataset, index, blank)
            found, _ = pipeline.run_proposer(proposer, blank, name, ref)
            boxes[number], sizes[number] = found.boxes[:top], (height, width)
        return cls(boxes, sizes)

    def set_images(self, image_ids: Sequence[int]) -> None:
        """Say which pictures the next call of the model is given, for a call without targets."""
        self._images = [int(number) for number in image_ids]

    def forward(
        self, images: Any, features: Any, targets: list[dict[str, Any]] | None = None
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Return the boxes of each picture at the size that the model works at, and no losses.

        Parameters
        ----------
        images : torchvision.models.detection.image_list.ImageList
        features : dict of str to Tensor
            Not looked at.
        targets : list of dict, or None

        Raises
        ------
        BoxscopeError
            It is not known which pictures they are, or there are no boxes of one.
        """
        numbers, device = self._numbers(targets, len(images.image_sizes)), images.tensors.device
        pairs = zip(numbers, images.image_sizes, strict=True)
        return [self.resized(number, size).to(device) for number, size in pairs], {}

    def resized(self, image_id: int, size: Size) -> Tensor:
        """Return the boxes of a picture that is resized to a height and width: float32 (N, 4)."""
        if image_id not in self._boxes:
            raise BoxscopeError("there are no proposals of it", f"image id {image_id}")
        boxes = torch.from_numpy(np.array(self._boxes[image_id], np.float32).reshape(-1, 4))
        (height, width), (old_height, old_width) = size, self._sizes[image_id]
        across, down = width / old_width, height / old_height
        return boxes * torch.tensor([across, down, across, down])

    def _numbers(self, targets: list[dict[str, Any]] | None, count: int) -> list[int]:
        """Return the ids of the pictures of a call; those that were set hold for this call alone."""
        given, self._images = self._images, None
        if given is None:
            if targets is None or any("image_id" not in target for target in targets):
                raise BoxscopeError("expected image_id in each target, or set_images before the call", "rpn")
            given = [int(target["image_id"]) for target in targets]
        if len(given) != count:
            raise BoxscopeError(f"got {len(given)} image ids for {count} pictures", "rpn")
        return given
