"""Sampling: the selection of an image's boxes that become crops.

The steps, and the module of each:

1. All boxes that can become a crop are gathered: labelled proposals, ground-truth boxes, jittered boxes
   (``gathering``).
2. They are ordered, those to be taken first in front, and capped: the image's offer (``choosing``).
3. Where a cap or a ratio applies to the whole data set, the offers of all images are counted first and the
   cap is shared among them (``sharing``); elsewhere the whole offer is taken.

``settings`` holds the parameters, ``presets`` ready choices of them, ``draws`` the random numbers, which for
an image are the same in every process and in every order. ``core.cutting`` makes the pixels.
"""

from core.sampling.choosing import Offer, offer
from core.sampling.gathering import Candidates, Source, exclusions, gather_boxes
from core.sampling.presets import ARTICLE_TITLE, ARTICLE_URL, PRESETS, Preset
from core.sampling.reasons import Reason
from core.sampling.settings import Sampling
from core.sampling.sharing import quota_bounds, quotas

__all__ = [
    "ARTICLE_TITLE",
    "ARTICLE_URL",
    "PRESETS",
    "Candidates",
    "Offer",
    "Preset",
    "Reason",
    "Sampling",
    "Source",
    "exclusions",
    "gather_boxes",
    "offer",
    "quota_bounds",
    "quotas",
]
