"""The bytes of crops and of manifests."""

import time
from typing import NamedTuple

import numpy as np

from core.cutting import Cutter
from core.export.config import ExportConfig, shard_count
from core.export.decision import Quota
from core.export.estimate.intervals import Span
from core.export.estimate.proposed import ProposedBoxes, decide_proposed
from core.export.estimate.tally import Counts
from core.export.formats import FORMATS
from core.images import Image

# Bytes in a manifest of a shard and of a row: typical, least and most. On CrackForest a shard took 3,000, a
# row 4 with the grid and 15 with selective search. A shard without crops takes none, and boxes at random
# positions compress worse.
_SHARD_BYTES = Span(3000, 1000, 5000)
_ROW_BYTES = Span(15, 3, 40)


class CropSample(NamedTuple):
    """The bytes of some crops of an image, int64 (K,), and the seconds that cutting them takes."""

    bytes: Counts
    seconds: float


def cuts_crops(config: ExportConfig) -> bool:
    """Return whether the format of an export holds crops."""
    return FORMATS[config.format].needs_pixels


def sample_crops(
    config: ExportConfig, index: int, proposed: ProposedBoxes, image: Image, quota: Quota, limit: int
) -> CropSample:
    """Cut some of the crops of an image, evenly spread over them, and return their bytes.

    Parameters
    ----------
    config : ExportConfig
        Of a format that holds crops.
    index : int
        Of the image in the data set.
    proposed : ProposedBoxes
    image : uint8 (H, W, 3)
    quota : (positives, negatives)
        How many crops the image gives.
    limit : int
        The most crops to cut.
    """
    decision = decide_proposed(config, index, proposed, quota)
    rows = decision.written
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(limit, len(rows))).round().astype(int))]
    cutter, sizes, seconds = Cutter(image, config.sampling.cut), [], []
    for row in rows:
        start = time.perf_counter()
        sizes.append(len(cutter.encode(decision.boxes.boxes[row])))
        seconds.append(time.perf_counter() - start)
    # The median instead of the sum: the first crop of a process may wait seconds for libraries to load.
    return CropSample(np.array(sizes, np.int64), len(rows) * float(np.median(seconds or [0.0])))


def manifest_bytes(config: ExportConfig, crops: Span) -> Span:
    """Return the bytes of the manifest of an export with so many crops."""
    shards = float(shard_count(config))
    filled = crops.capped(shards)
    sizes = zip(filled, _SHARD_BYTES, crops, _ROW_BYTES, strict=True)
    return Span(*(shards * of_shard + rows * of_row for shards, of_shard, rows, of_row in sizes))
