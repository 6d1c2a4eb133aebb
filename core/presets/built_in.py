"""The presets that come with Boxscope."""

from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, CrackGroups, SelectiveSearch

BUILT_IN: dict[str, tuple[Setup, str]] = {
    "article": (
        Setup(AdaptiveThreshold(offsets=(40, 80, 120), min_area=250, kernel=(5, 5)), order="area"),
        "the thresholds and the order of the article",
    ),
    "cracks": (
        Setup(CrackGroups(), order="own"),
        "dark lines that a threshold breaks into pieces, joined again",
    ),
    "photographs": (
        Setup(SelectiveSearch(), order="distinct"),
        "selective search, without near-duplicates among the first 100",
    ),
    # In mosaics of 16 photographs, of objects with sides below 110 px: an average recall of .29 among the
    # first 1,000 and .48 of all, where the preset for photographs has .12 and .51. Regions of base_k 50 would
    # have .55 of all, but 26,000 boxes and four times the time.
    "small objects": (
        Setup(SelectiveSearch(min_size=20), order="own+consensus", nms=0.8),
        "selective search from small regions, those that agree first",
    ),
}
"""By name: the setup, and what it is in a line."""
