"""A fitted order at work: candidates of an image, described, scored and ordered."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.proposers.fitted import features as described
from core.proposers.fitted import file, kernel
from core.proposers.fitted.candidates import COLUMNS, Candidates, candidates
from core.proposers.fitted.mixing import Shares, alone, mixed
from core.proposers.fitted.searched import MOST, Searched
from core.proposers.fitted.sources import CRACK_GROUPS, SELECTIVE_SEARCH, plain
from core.proposers.found import Found
from core.proposers.origins import Origins

# A box that is taken multiplies the scores of those whose IoU with it is above .7 by .7, of each three times
# at most, and drops those above .95: two near boxes are both wanted where neither is surely the better one.
_ABOVE, _FACTOR, _TIMES, _EQUAL = 0.7, 0.7, 3, 0.95
_LEVEL = COLUMNS.index("level")


class Described(NamedTuple):
    """The candidates of an image with their features.

    Attributes
    ----------
    candidates : Candidates
    features : float32 (N, F)
    """

    candidates: Candidates
    features: NDArray[np.float32]


def describe(of: Searched) -> Described:
    """Return the candidates of an image with their features."""
    found = candidates(of)
    return Described(found, described.features(of.image, found))


def ordered(of: Candidates, scores: NDArray[np.float32]) -> Found:
    """Return candidates by their scores, the highest first, 1,000 at most."""
    rows, damped = kernel.damped(of.boxes, scores, _ABOVE, _FACTOR, _TIMES, _EQUAL, MOST)
    origins = Origins(of.names, of.step[rows], of.known[rows, _LEVEL].astype(np.int32))
    return Found(of.boxes[rows], damped, origins)


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted order, as its file holds it.

    Attributes
    ----------
    content : file.Content
    """

    content: file.Content

    @classmethod
    def open(cls, path: Path) -> "Model":
        """Return the model of a file.

        Raises
        ------
        BoxscopeError
            See :func:`core.proposers.fitted.file.opened`.
        """
        return cls(file.opened(path, described.VERSION, len(described.NAMES)))

    def found(self, of: Searched) -> Found:
        """Return the proposals of an image, with a remark where it is unlike the training images.

        Where the proposer whose own order takes a share is not among the sources, the fitted order has all.
        """
        header, own = self.content.header, describe(of)
        asked = {SELECTIVE_SEARCH: of.sources.selective, CRACK_GROUPS: of.sources.groups}
        shares = header.shares if asked[header.plain] is not None else (1.0, 1.0)
        found, apart = self._ordered(of, own, shares), self.distance(own)
        if apart <= header.far:
            return found
        remark = f"The picture is unlike the {header.images} that the order was fitted to (distance "
        remark += f"{apart:.1f}, usual up to {header.far:.1f}): it may be worse than one without a fit"
        return replace(found, remark=remark)

    def _ordered(self, of: Searched, own: Described, shares: Shares) -> Found:
        header = self.content.header
        if shares == (1.0, 1.0):
            return ordered(own.candidates, self.content.perceptron.scores(own.features))
        other = of.own_order(plain(header.plain, header.plain_parameters))
        if shares == (0.0, 0.0):
            return alone(other)
        return mixed(ordered(own.candidates, self.content.perceptron.scores(own.features)), other, shares)

    def distance(self, of: Described) -> float:
        """Return how far an image lies from the training images.

        The root mean square, over the features, of how many deviations the mean of its candidates differs
        from that of the training images: some 1 for one of them.
        """
        own = of.features.mean(axis=0, dtype=np.float64)
        return distance(own, self.content.image_mean, self.content.image_spread)


def distance(own: NDArray[np.float64], mean: NDArray[np.float32], spread: NDArray[np.float32]) -> float:
    """Return the root mean square of the differences from a mean, each in deviations, cut to 20."""
    apart = np.minimum(np.abs(own - mean) / spread, 20)
    return float(np.sqrt(np.mean(apart**2)))
