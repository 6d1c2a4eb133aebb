"""Proposals with the scores of a trained crop classifier."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from core import pipeline
from core.boxes import Boxes
from core.cutting import Cutter
from core.images import Image
from core.pipeline import Setup
from core.proposers import Found, ImageRef, Proposer
from core.sampling.classes import BACKGROUND
from core.training.classifier import Classifier
from core.training.datasets import decode

# Crops that a network sees at once: some 150 MB of a torchvision network's values at 224 pixels.
_BATCH = 128


@dataclass(frozen=True)
class Scored(Proposer):
    """The proposals of a setup, ranked by how sure a classifier is that each shows an object.

    Each is cut, encoded and decoded as an export does it, so that the network sees what it would see as a
    crop. The score is the probability of the likeliest class but the background.

    Attributes
    ----------
    setup : Setup
    model : Path
        See :meth:`Classifier.load`.
    """

    summary: ClassVar[str] = "Proposals scored by a crop classifier."
    kept: ClassVar[bool] = False

    setup: Setup = field(default_factory=Setup)
    model: Path = field(default_factory=Path)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the setup's proposer."""
        return self.setup.proposer.name

    @property
    def has_scores(self) -> bool:
        """True: the classifier gives them."""
        return True

    @property
    def files(self) -> tuple[Path, ...]:
        """The classifier, and the files of the proposer."""
        return (self.model, *self.setup.proposer.files)

    @property
    def settings_of_files(self) -> dict[str, str]:
        """The state of the files, and the setup whose proposals are scored."""
        spelled = self.setup.with_order_named().spell()
        return super().settings_of_files | {f"scored.{name}": text for name, text in spelled.items()}

    def prepare(self) -> None:
        """Load the classifier and what the proposer needs.

        Raises
        ------
        BoxscopeError
            See :meth:`Classifier.load`.
        """
        self._classifier()
        self.setup.proposer.prepare()

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the scored proposals, the highest score first."""
        found, _ = pipeline.propose(self.setup, image, "", ref)
        classifier = self._classifier()
        objects = class_probabilities(classifier, image, found.boxes)[:, BACKGROUND + 1 :]
        scores = objects.max(axis=1, initial=0.0)
        order = np.argsort(-scores, kind="stable")
        categories = None
        if classifier.categories is not None:
            categories = np.array(classifier.categories, np.int64)[objects.argmax(axis=1)][order]
        return Found(found.boxes[order], scores[order], categories=categories)

    def _classifier(self) -> Classifier:
        return _loaded(self.model, self.state())


def class_probabilities(classifier: Classifier, image: Image, boxes: Boxes) -> np.ndarray:
    """Return the probability of each class for boxes of a picture.

    Parameters
    ----------
    classifier : Classifier
    image : uint8 (H, W, 3)
        RGB.
    boxes : float32 (N, 4)
        Inside the image.

    Returns
    -------
    float32 (N, K)
    """
    empty = np.zeros((0, len(classifier.classes.names)), np.float32)
    batches = _batches(Cutter(image, classifier.cut), boxes)
    return np.concatenate([empty, *(classifier.probabilities(batch).numpy() for batch in batches)])


def _batches(cutter: Cutter, boxes: Boxes) -> Iterator[Tensor]:
    for start in range(0, len(boxes), _BATCH):
        yield torch.stack([decode(cutter.encode(box)) for box in boxes[start : start + _BATCH]])


@lru_cache(maxsize=2)
def _loaded(path: Path, state: str) -> Classifier:
    """Return the classifier of a file; `state` tells a changed one apart."""
    return Classifier.load(path)
