"""Train a small crop classifier on an export: ``python docs/train.py [OUT]`` from the project's folder.

OUT holds the finished exports ``train/`` and ``valid/``, as ``python -m core export --out OUT`` writes them,
in any format. Without it, a sample data set is drawn and exported first. The network is a ResNet with one
block a stage and random weights, so that nothing is downloaded: enough to see that the crops teach it.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.transforms import v2

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.cutting import Cut  # noqa: E402
from core.datasets import CocoDataset, make_sample  # noqa: E402
from core.executors import SerialExecutor  # noqa: E402
from core.export import DatasetKind, ExportConfig, run  # noqa: E402
from core.pipeline import Setup  # noqa: E402
from core.proposers import SelectiveSearch  # noqa: E402
from core.sampling import Sampling  # noqa: E402
from core.training import ClassBatches, ProposalDataset  # noqa: E402

SIDE = 32
SEED = 0

SEEN = v2.Compose(
    [
        v2.Resize((SIDE, SIDE), antialias=True),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.5] * 3, [0.2] * 3),
    ]
)
# A crack is one whichever way it runs.
TURNED = v2.Compose([SEEN, v2.RandomHorizontalFlip(), v2.RandomVerticalFlip()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, help="folder of the exports (those of a sample)")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batches", type=int, default=30, help="of an epoch, 64 crops each")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = given.out or export_sample(Path(folder))
        print("Validation: as many crops of either class, so 50 % is what guessing gives.")
        for epoch, (loss, accuracy) in enumerate(train(out, given.epochs, given.batches), start=1):
            print(f"epoch {epoch}: loss {loss:.3f}, validation accuracy {accuracy:.1%}", flush=True)


def export_sample(folder: Path, images: int = 240) -> Path:
    """Draw small slabs and export their crops, as the command line would."""
    make_sample(folder / "sample", images, width=240, height=180)
    setup, sampling = (
        Setup(SelectiveSearch(whole_image=False)),
        Sampling(cut=Cut(side=64), negatives_first=40),
    )
    for kind in DatasetKind:
        dataset = CocoDataset.open(folder / "sample" / kind / "annotations.json")
        config = ExportConfig(dataset, kind, setup, sampling, format="webdataset")
        for _ in run(config, folder / "out", SerialExecutor()):
            pass
    return folder / "out"


def train(out: Path, epochs: int, batches: int) -> Iterator[tuple[float, float]]:
    """Train; yields the mean loss of each epoch and the accuracy after it."""
    torch.manual_seed(SEED)
    crops = ProposalDataset(out / "train", TURNED)
    order = ClassBatches.balanced(crops.labels, 64, batches, SEED)
    loader = DataLoader(crops, batch_sampler=order)
    # Few batches: the running means of the norms have to keep up.
    model = ResNet(BasicBlock, [1] * 4, num_classes=2, norm_layer=partial(nn.BatchNorm2d, momentum=0.3))
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=epochs * batches)
    for epoch in range(epochs):
        order.set_epoch(epoch)
        losses = []
        model.train()
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        yield float(np.mean(losses)), accuracy(model, out / "valid")


@torch.inference_mode()
def accuracy(model: nn.Module, folder: Path) -> float:
    """Measure on as many positives as negatives: where one class is rare, saying the other is right."""
    crops = ProposalDataset(folder, SEEN)
    batches = max(1, int(crops.labels.sum()) // 64)  # no positive twice
    loader = DataLoader(crops, batch_sampler=ClassBatches.balanced(crops.labels, 128, batches, SEED))
    model.eval()
    right = torch.cat([model(images).argmax(dim=1) == labels for images, labels in loader])
    return right.float().mean().item()


if __name__ == "__main__":
    main()
