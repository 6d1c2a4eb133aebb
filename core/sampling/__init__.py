"""Which boxes of an image become crops.

The story of an image, and the room of each part:

1. What can become a crop is gathered: labelled proposals, objects themselves, boxes near these
   (``gathering``).
2. It is put in order, those to be taken first in front, and capped: the image's offer (``choosing``).
3. Where a cap or a ratio reaches over the whole set, the offers of all images are counted first and the cap
   is shared among them (``sharing``); elsewhere the whole offer is taken.

``settings`` says what can be chosen, ``presets`` what others chose, ``draws`` is the chance in it: the same
for an image whoever asks, whenever. The pixels are made by ``core.cutting``.
"""

from core.sampling.choosing import Offer, chosen, offer
from core.sampling.gathering import Candidates, Source, candidates, exclusions, gathered
from core.sampling.presets import PRESETS, Preset
from core.sampling.reasons import Reason
from core.sampling.settings import Sampling
from core.sampling.sharing import quota_bounds, quotas

__all__ = [
    "PRESETS",
    "Candidates",
    "Offer",
    "Preset",
    "Reason",
    "Sampling",
    "Source",
    "candidates",
    "chosen",
    "exclusions",
    "gathered",
    "offer",
    "quota_bounds",
    "quotas",
]
