"""Train a small crop classifier on exports: ``python docs/train.py [OUT ...]`` from the project's folder.

OUT holds a finished export ``train/``, as ``python -m core export --out OUT`` writes it, in any format; the
crops of several are learned from together, as those of an export and of its hard negatives. Without any, a
sample data set is drawn and exported first. The accuracy is measured where the first OUT has a ``valid/``.
``--save`` writes the file that ``python -m core score`` reads. The network is small and begins with random
weights, so that nothing is downloaded.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from core.cutting import Cut  # noqa: E402
from core.datasets import CocoDataset, make_sample  # noqa: E402
from core.executors import SerialExecutor  # noqa: E402
from core.export import DatasetKind, ExportConfig, run  # noqa: E402
from core.pipeline import Setup  # noqa: E402
from core.proposers import SelectiveSearch  # noqa: E402
from core.sampling import Sampling  # noqa: E402
from core.training import ClassBatches, Classifier, ProposalDataset  # noqa: E402

SIDE = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="*", type=Path, help="folders of exports (that of a sample)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="where the classifier is written")
    parser.add_argument("--network", default="small", help="one of torchvision, as resnet18 (small)")
    parser.add_argument("--side", type=int, default=SIDE, help=f"pixels a side that it sees ({SIDE})")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batches", type=int, default=50, help="of an epoch, 128 crops each (50)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outs = given.out or [export_sample(Path(folder))]
        valid = outs[0] / "valid"
        classifier = created(outs[0], given.network, given.side, given.seed)
        if valid.exists():
            print("Validation: as many crops of either class, so 50 % is what guessing gives.")
        losses = train(classifier, outs, given.epochs, given.batches, given.seed)
        for epoch, loss in enumerate(losses, start=1):
            right = f", validation accuracy {accuracy(classifier, valid):.1%}" if valid.exists() else ""
            print(f"epoch {epoch}: loss {loss:.3f}{right}", flush=True)
    if given.save:
        classifier.save(given.save)


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


def created(out: Path, network: str = "small", side: int = SIDE, seed: int = 0) -> Classifier:
    """Return a classifier with random weights for the crops of an export."""
    torch.manual_seed(seed)
    return Classifier.create(network, ProposalDataset(out / "train").crops.summary, side)


def train(
    classifier: Classifier, outs: Sequence[Path], epochs: int, batches: int, seed: int = 0
) -> Iterator[float]:
    """Train on as many crops of either class; yields the mean loss of each epoch."""
    exports = [ProposalDataset(out / "train") for out in outs]
    order = ClassBatches.balanced(torch.cat([export.labels for export in exports]), 128, batches, seed)
    loader: DataLoader[Any] = DataLoader(ConcatDataset(exports), batch_sampler=order)
    optimizer = torch.optim.AdamW(classifier.network.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=epochs * batches)
    for epoch in range(epochs):
        order.set_epoch(epoch)
        losses = []
        classifier.network.train()
        for crops, labels in ahead(loader):
            scores = classifier.network(turned(classifier.prepare(crops)))
            loss: Any = nn.functional.cross_entropy(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        yield float(np.mean(losses))


def ahead(loader: DataLoader[Any]) -> Iterator[Any]:
    """Yield the batches of a loader, while a thread reads and decodes the next one: an eighth of the time.

    A worker process of the loader would take as long to pass crops on as to decode them.
    """
    batches = iter(loader)
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def turned(crops: torch.Tensor) -> torch.Tensor:
    """Return a batch of crops mirrored or not, either way: a crack is one whichever way it runs."""
    return torch.flip(crops, [axis for axis in (2, 3) if torch.rand(()) < 0.5])


def accuracy(classifier: Classifier, folder: Path) -> float:
    """Measure on as many positives as negatives: where one class is rare, saying the other is right."""
    crops = ProposalDataset(folder)
    batches = max(1, int(crops.labels.sum()) // 64)  # no positive twice
    loader = DataLoader(crops, batch_sampler=ClassBatches.balanced(crops.labels, 128, batches))
    right = torch.cat([classifier.probabilities(images).argmax(dim=1) == labels for images, labels in loader])
    return right.float().mean().item()


if __name__ == "__main__":
    main()
