"""The dry run of an export, in the background: images are looked at once, settings tried on what is kept."""

from typing import NamedTuple

import numpy as np

from core.caching.memory import Once, nbytes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors.background import Indices, Survey
from core.export import FORMATS, Estimate, ExportConfig, ExportFolder
from core.export.estimate import contact_sheet, spread, summed
from core.export.estimate import tally as tallies
from core.export.estimate.tally import Cuts, Look, Tally
from core.pipeline import Setup
from pages.ui.state import cached

# More images narrow the interval little: with 1,000 it is some 3 % of what one image leaves open.
MOST = 1000
# Bytes of boxes: 1,000 images of 4,000 boxes each.
_LOOKS = 64_000_000
# Crops cut to see what one weighs: images, and crops of each.
_CUT_IMAGES, _CUT_CROPS = 24, 6

_looks = Once[Look](_LOOKS, lambda look: nbytes(look.boxes) + 500)
_runs = Once["DryRun"](4)


class _Drawn(NamedTuple):
    """What is drawn of the first images; see :class:`Found`."""

    fates: tallies.Counts
    written: tallies.Counts
    picks: list[list[contact_sheet.Pick]]


class Found(NamedTuple):
    """What a dry run has come to.

    Attributes
    ----------
    estimate : Estimate
    looked_at, wanted : int
        Images: so many of so many.
    done : bool
        Whether it goes no further.
    steady : int
        A power of two, or all of them: what is drawn of so many moves rarely, and not with each image.
    fates : int64 (BINS, 4)
        What becomes of the boxes of the first `steady` images, see :func:`core.export.estimate.tally.fates`.
    written : int64 (contact.BINS,)
        Crops of these images by IoU.
    picks : list of list of Pick
        Some of them by IoU.
    """

    estimate: Estimate
    looked_at: int
    wanted: int
    done: bool
    steady: int
    fates: tallies.Counts
    written: tallies.Counts
    picks: list[list[contact_sheet.Pick]]


class DryRun:
    """What an export with one configuration would write, more exact with every image looked at."""

    def __init__(self, config: ExportConfig) -> None:
        self._config = config
        self._tallies = Survey[Tally](self._tally)
        self._cuts = Survey[Cuts | None](self._cut)
        self._quotas: dict[int, tuple[int, int]] = {}
        self._drawn = Once[_Drawn](2)

    def go_on(self, folder: ExportFolder, seconds: float) -> Found:
        """Look at more images in the background; gives what is known so far.

        Parameters
        ----------
        folder : ExportFolder
            Where a run that was broken off may have counted.
        seconds : float
            How long to wait for the rest.
        """
        places = self._places()
        looked_at = self._tallies.measure(places, seconds)
        known = [found for place in places[:looked_at] if (found := self._tallies.known(place)) is not None]
        cut = self._weigh(known, looked_at == len(places), seconds)
        steady = looked_at if looked_at == len(places) else (1 << looked_at.bit_length()) >> 1
        drawn = self._drawn.get(steady, lambda: self._draw(known[:steady]))
        return Found(
            summed(self._config, known, self._made(), folder),
            looked_at,
            len(places),
            cut and looked_at == len(places),
            steady,
            *drawn,
        )

    def _places(self) -> Indices:
        """Choose the images to look at: as many as their boxes leave room for."""
        places = np.array(spread(len(self._config.dataset), MOST), np.int64)
        some = [found for place in places[:16] if (found := self._tallies.known(place)) is not None]
        boxes = sum(int(found.kinds.sum()) for found in some)
        return places[: int(_LOOKS * len(some) / (16 * boxes))] if boxes else places

    def _tally(self, place: int) -> Tally:
        return tallies.tally(self._config, place, look(self._config.dataset, place, self._config.setup))

    def _weigh(self, known: list[Tally], whole: bool, seconds: float) -> bool:
        """Cut crops of the first images that give any; returns whether there are enough of them."""
        given = tallies.shares(self._config, known).tolist()
        for found, (positives, negatives) in zip(known, given, strict=True):
            if len(self._quotas) < _CUT_IMAGES and positives + negatives:
                self._quotas.setdefault(found.place, (positives, negatives))
        places = np.array([*self._quotas], np.int64)
        done = self._cuts.measure(places, seconds) == len(places)
        return done and (whole or len(places) == _CUT_IMAGES)

    def _cut(self, place: int) -> Cuts | None:
        config = self._config
        try:
            seen, image = look(config.dataset, place, config.setup), cached.image(config.dataset, place)
            return tallies.cuts(config, place, seen, image, self._quotas[place], _CUT_CROPS)
        except BoxscopeError:
            return None  # gone since it was looked at

    def _made(self) -> dict[int, Cuts]:
        known = ((place, self._cuts.known(place)) for place in self._quotas)
        return {place: own for place, own in known if own is not None}

    def _draw(self, known: list[Tally]) -> _Drawn:
        config, given = self._config, tallies.shares(self._config, known)
        return _Drawn(
            tallies.fates(known, given),
            contact_sheet.by_bin(known, given),
            contact_sheet.picks(
                config, known, given, lambda place: look(config.dataset, place, config.setup)
            ),
        )


def look(dataset: CocoDataset, place: int, setup: Setup) -> Look:
    """See :func:`core.export.estimate.tally.look`; kept, since labels and sampling ask for no other."""
    whole = tallies.whole(setup)
    key = (*cached.image_key(dataset, place), repr(whole))
    return _looks.get(key, lambda: tallies.look(whole, dataset, place))


def dry_run(config: ExportConfig) -> DryRun:
    """Give the dry run of a configuration, the same one to all who ask."""
    annotations = config.dataset.annotations
    cuts = FORMATS[config.format].needs_pixels
    key = (str(annotations), cached.changed(annotations), repr(config.setup), repr(config.sampling), cuts)
    return _runs.get(key, lambda: DryRun(config))
