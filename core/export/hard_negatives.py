"""Hard negatives of a finished export: how many of them are no background but show a part of an object."""

import numpy as np

from core import wording
from core.export import manifest
from core.export.config import ExportConfig
from core.export.folder import ExportFolder
from core.labelling import NEGATIVE
from core.sampling.settings import HARDEST, SCORE

_HALF = 0.5


def parts_of_objects(config: ExportConfig, folder: ExportFolder) -> str:
    """Return in one line how many negatives lie more than half inside an object; empty where it is no matter.

    It matters where the hardest negatives are taken: a box inside an object overlaps it, and a detector gives
    it a high score. A label rule that ignores boxes inside objects has left them out already,
    and one that counts mask pixels leaves only those that show background.

    Parameters
    ----------
    config : ExportConfig
    folder : ExportFolder
        Of the finished export.
    """
    rule = config.setup.rule
    if config.sampling.negatives not in (HARDEST, SCORE) or rule.ignore_inside < 1 or rule.asks_for_masks:
        return ""
    negatives = inside = 0
    for rows in manifest.read_shards(folder.manifest):
        negative = rows["label"].to_numpy() == NEGATIVE
        negatives += int(np.count_nonzero(negative))
        inside += int(np.count_nonzero(negative & (rows["inside"].to_numpy() > _HALF)))
    if not inside:
        return ""
    return (
        f"{inside:,} of {wording.count(negatives, 'negative')} {'lies' if inside == 1 else 'lie'} more than "
        "half inside an object (column inside): --ignore-inside 0.5 leaves such boxes out"
    )
