"""The article's loop over the proposals of a picture, put right, and the pictures that it is measured on.

Its faults are mended and nothing is made faster: box_iou, a tensor for each proposal, ToPILImage, Resize, of
those too that are not saved, and save.
"""

import os
from pathlib import Path

import numpy as np
import torch
import torchvision
from torchvision.transforms import v2

from core import images
from core.boxes import Boxes
from core.cutting import Cut
from core.datasets import CocoDataset, make_sample
from core.export import crop_name
from core.pipeline import Setup
from core.proposers import SelectiveSearch
from core.sampling import Sampling
from core.truth import Truth

EXACT, FAST = Sampling(), Sampling(cut=Cut(interpolation="fast"))
# The article drops the whole picture.
SETUP = Setup(SelectiveSearch(whole_image=False), order="area")


def datasets(folder: Path, count: int = 32) -> list[tuple[str, CocoDataset]]:
    """So many sample images, made in a folder, and CrackForest where BOXSCOPE_DATA names the real sets."""
    make_sample(folder, images=count, width=480, height=320)
    found = [("sample", CocoDataset.open(folder / "train" / "annotations.json"))]
    data = os.environ.get("BOXSCOPE_DATA")
    if data:
        found.append(("crackforest", CocoDataset.open(Path(data) / "crackforest" / "annotations.json")))
    return found


def with_objects(dataset: CocoDataset, limit: int) -> list[int]:
    """Choose images with objects, evenly spread: the article leaves the others out."""
    places = np.flatnonzero(dataset.object_counts)
    found: list[int] = places[np.linspace(0, len(places) - 1, min(limit, len(places))).astype(int)].tolist()
    return found


def article(image: images.Image, boxes: Boxes, truth: Truth, folder: Path, name: str) -> None:
    """Do what the article's loop does with the proposals of one picture, by its own means."""
    folder.mkdir(exist_ok=True)
    transforms = v2.Compose([v2.ToPILImage(), v2.Resize((224, 224))])
    proposals = torch.from_numpy(boxes)
    ious = torchvision.ops.box_iou(proposals, torch.from_numpy(truth.boxes))
    labels = (ious.max(dim=1)[0] > 0.5).float()
    for counter, (proposal, iou, positive) in enumerate(zip(proposals, ious, labels, strict=True)):
        pixels = image[int(proposal[1]) : int(proposal[3]), int(proposal[0]) : int(proposal[2])]
        resized_proposal = transforms(torch.tensor(pixels).permute(2, 0, 1))
        crop = crop_name(name.rsplit(".", 1)[0], counter, iou.max().item(), int(positive.item()))
        if positive.item() > 0.5 or counter < 400:
            resized_proposal.save(folder / crop)
