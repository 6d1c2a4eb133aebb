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
    "small objects": (
        Setup(SelectiveSearch(base_k=50, min_size=20), order="distinct"),
        "selective search from small regions",
    ),
}
"""By name: the setup, and what it is in a line."""
