"""Region proposers, one module each; a new one needs its module and its row in ``PROPOSERS``."""

from collections.abc import Mapping

from core.errors import BoxscopeError, quoted
from core.proposers.adaptive_threshold import AdaptiveThreshold
from core.proposers.base import Proposer
from core.proposers.baselines import FullImage, Grid
from core.proposers.found import Found, ImageRef
from core.proposers.opencv_selective_search import OpenCVSelectiveSearch
from core.proposers.origins import Origins
from core.proposers.selective_search import SelectiveSearch
from core.proposers.stages import Grouping, Stage

PROPOSERS: dict[str, type[Proposer]] = {
    proposer.name: proposer
    for proposer in (AdaptiveThreshold, SelectiveSearch, OpenCVSelectiveSearch, Grid, FullImage)
}


def make_proposer(name: str, parameters: Mapping[str, str] | None = None) -> Proposer:
    """Return a proposer by its name and its parameters as text.

    Raises
    ------
    BoxscopeError
        An unknown proposer or parameter, or a value that does not fit.

    Examples
    --------
    >>> make_proposer("adaptive-threshold", {"offsets": "10,20"}).offsets
    (10, 20)
    """
    if name not in PROPOSERS:
        raise BoxscopeError(f"no proposer {quoted(name)}, expected one of {', '.join(PROPOSERS)}")
    return PROPOSERS[name].parse(parameters or {})


__all__ = [
    "PROPOSERS",
    "AdaptiveThreshold",
    "Found",
    "FullImage",
    "Grid",
    "Grouping",
    "ImageRef",
    "OpenCVSelectiveSearch",
    "Origins",
    "Proposer",
    "SelectiveSearch",
    "Stage",
    "make_proposer",
]
