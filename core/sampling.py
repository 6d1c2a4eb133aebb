"""Which labelled proposals become crops, and how a crop looks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import images
from core.boxes import Boxes
from core.images import Image
from core.labelling import NEGATIVE, POSITIVE, Labels
from core.parameters import Checked, parameter


@dataclass(frozen=True)
class Sampling(Checked):
    """The choice and the look of crops. The defaults are the article's."""

    negatives_first: int = parameter(
        400,
        label="Negatives among the first",
        help="A negative becomes a crop when its rank is below this. Every positive does.",
        unit="proposals",
        min=0,
        max=100_000,
        step=50,
    )
    empty_images: bool = parameter(
        True,
        label="Images without objects",
        help="Take crops of images without any object: the surest negatives. The article left them out.",
    )
    side: int = parameter(
        224,
        label="Side",
        help="Width and height of a crop; any box is warped to it.",
        unit="px",
        min=8,
        max=1024,
    )
    quality: int = parameter(
        75, label="JPEG quality", help="75 is what the article's crops were written with.", min=1, max=100
    )


PRESETS = {"article": Sampling()}


def choose(labels: Labels, objects: int, sampling: Sampling) -> NDArray[np.int64]:
    """Choose the proposals of one image that become crops.

    Parameters
    ----------
    labels : Labels
        Of N proposals, best first.
    objects : int
        How many the image has, crowd regions apart.
    sampling : Sampling

    Returns
    -------
    int64 (M,)
        Ranks, ascending. Ignored proposals never become crops.
    """
    if objects == 0 and not sampling.empty_images:
        return np.zeros(0, dtype=np.int64)
    ranks = np.arange(len(labels.kind))
    negative = (labels.kind == NEGATIVE) & (ranks < sampling.negatives_first)
    return np.flatnonzero((labels.kind == POSITIVE) | negative)


def render(image: Image, box: Boxes, sampling: Sampling) -> bytes:
    """Make the JPEG of one crop: what the export writes and the preview shows.

    Parameters
    ----------
    image : uint8 (H, W, 3)
        RGB.
    box : float32 (4,)
    sampling : Sampling
    """
    return images.encode_jpeg(images.warp(images.crop(image, box), sampling.side), sampling.quality)
