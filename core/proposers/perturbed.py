"""Whether a proposer finds the same on a picture that is a little blurred, noisy, darker, turned or smaller.

A proposer on changed pictures is itself a proposer, :class:`Perturbed`: its boxes come back in the frame of
the picture as it is, so that all that measures proposers measures it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from core import boxes as bx
from core.boxes import Boxes
from core.images import Image
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.splitmix import STEP, mix


class Change(NamedTuple):
    """A way to change a picture.

    Attributes
    ----------
    text : str
        Of a strength, with ``{}`` for the number.
    strengths : tuple of float
        Weak to strong.
    apply : callable
        Takes an image, uint8 (H, W, 3), and a strength; returns the changed one.
    back : callable or None
        Takes boxes on the changed picture, float32 (N, 4), the strength, and width and height of the
        original; returns them on the original. None where nothing moves.
    """

    text: str
    strengths: tuple[float, float, float]
    apply: Callable[[Image, float], Image]
    back: Callable[[Boxes, float, int, int], Boxes] | None = None


def _blurred(image: Image, sigma: float) -> Image:
    return cv2.GaussianBlur(image, (0, 0), sigma)


def _compressed(image: Image, quality: float) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _brightened(image: Image, factor: float) -> Image:
    return cv2.convertScaleAbs(image, alpha=factor)


def _noisy(image: Image, sigma: float) -> Image:
    """Return the image with noise that depends on the image alone, so that it is the same on every run."""
    seed = mix(np.array([int(image.sum(dtype=np.uint64)) ^ STEP], np.uint64))[0]
    noise = np.random.default_rng(int(seed)).normal(0, sigma, image.shape[:2])
    return np.clip(image + noise[..., None], 0, 255).round().astype(np.uint8)


def _turned(image: Image, degrees: float) -> Image:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
    return cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _turned_back(boxes: Boxes, degrees: float, width: int, height: int) -> Boxes:
    """Return the boxes with their centres turned back; their sides stay, which is close for a small angle."""
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    moved = centres @ turn[:, :2].T + turn[:, 2] - centres
    return (boxes + np.tile(moved, 2)).astype(np.float32)


def _shrunk(image: Image, scale: float) -> Image:
    height, width = image.shape[:2]
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _enlarged(boxes: Boxes, scale: float, width: int, height: int) -> Boxes:
    size = np.array([width, height], np.float32)
    small = np.maximum(np.round(size * scale), 1)
    return (boxes * np.tile(size / small, 2)).astype(np.float32)


CHANGES = {
    "blur": Change("sigma {:g} px", (1, 2, 4), _blurred),
    "JPEG": Change("quality {:g}", (60, 30, 10), _compressed),
    "brightness": Change("x {:g}", (0.8, 0.6, 0.4), _brightened),
    "noise": Change("sigma {:g} grey levels", (5, 10, 20), _noisy),
    "rotation": Change("{:g} degrees", (1, 3, 5), _turned, _turned_back),
    "scale": Change("x {:g}", (0.9, 0.75, 0.5), _shrunk, _enlarged),
}
"""The changes, each at three strengths."""


@dataclass(frozen=True)
class Perturbed(Proposer):
    """What a proposer finds on a changed picture, in the frame of the picture as it is.

    Attributes
    ----------
    proposer : Proposer
    change : str
        A key of ``CHANGES``.
    strength : float
    """

    summary = "A proposer on changed pictures."

    proposer: Proposer
    change: str
    strength: float

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the proposer and the change."""
        return f"{self.proposer.name} after {self.change} {self.text}"

    @property
    def default_order(self) -> str:  # type: ignore[override]
        """That of the proposer."""
        return self.proposer.default_order

    @property
    def text(self) -> str:
        """The strength in words."""
        return CHANGES[self.change].text.format(self.strength)

    def spell(self) -> dict[str, str]:
        """Return the parameters of the proposer as text; the change is in the name."""
        return self.proposer.spell()

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes inside the image; one whose centre is outside after a turn is left out."""
        change, (height, width) = CHANGES[self.change], image.shape[:2]
        found = self.proposer.propose(change.apply(image, self.strength), ref)
        if change.back is None:
            return found
        boxes = change.back(found.boxes, self.strength, width, height)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        inside = np.all((centres >= 0) & (centres < (width, height)), axis=1)
        rows = np.flatnonzero(inside)
        clipped = bx.clip(boxes[rows], width, height)
        firsts = bx.firsts(clipped)
        moved = found.take(rows[firsts])
        return Found(clipped[firsts], moved.scores, moved.origins, moved.categories)

    @property
    def kept(self) -> bool:  # type: ignore[override]
        """Whether those of the proposer are."""
        return self.proposer.kept

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the proposer."""
        return self.proposer.files

    @property
    def has_scores(self) -> bool:
        """Whether the proposer has scores."""
        return self.proposer.has_scores

    def memory(self, width: int, height: int) -> int:
        """Return what the proposer takes, and the changed picture with its noise in float64."""
        return self.proposer.memory(width, height) + 30 * width * height

    def prepare(self) -> None:
        """Prepare the proposer."""
        self.proposer.prepare()


def perturbed(proposer: Proposer) -> list[Perturbed]:
    """Return a proposer on pictures with each change at each strength: 18 of them."""
    return [
        Perturbed(proposer, name, strength)
        for name, change in CHANGES.items()
        for strength in change.strengths
    ]
