"""Region proposers, one module each; a new one needs its module and its row in ``PROPOSERS``."""

from collections.abc import Mapping

from core.errors import BoxscopeError, quoted
from core.parameters import part_names, read
from core.proposers.adaptive_threshold import AdaptiveThreshold
from core.proposers.base import Proposer
from core.proposers.baselines import FullImage, Grid
from core.proposers.crack_groups import CrackGroups
from core.proposers.felzenszwalb import Felzenszwalb
from core.proposers.fitted import Fitted
from core.proposers.found import Found, ImageRef
from core.proposers.from_file import FromFile
from core.proposers.learned_boxes import LearnedBoxes
from core.proposers.mser import Mser
from core.proposers.opencv_selective_search import OpenCVSelectiveSearch
from core.proposers.origins import Origins
from core.proposers.selective_search import SelectiveSearch
from core.proposers.stages import Grouping, Stage
from core.proposers.union import Union

PROPOSERS: dict[str, type[Proposer]] = {
    proposer.name: proposer
    for proposer in (
        AdaptiveThreshold,
        CrackGroups,
        SelectiveSearch,
        OpenCVSelectiveSearch,
        Felzenszwalb,
        Mser,
        Grid,
        FullImage,
        Fitted,
        LearnedBoxes,
        FromFile,
    )
}


def make_proposer(name: str, parameters: Mapping[str, str] | None = None) -> Proposer:
    """Return a proposer by its name and its parameters as text.

    Parameters
    ----------
    name : str
        A name in `PROPOSERS`, or several joined by ``+``, see :class:`Union`.
    parameters : mapping of str to str, or None
        Those of a union are named ``part.name``.

    Raises
    ------
    BoxscopeError
        An unknown proposer or parameter, or a value that does not fit.

    Examples
    --------
    >>> make_proposer("adaptive-threshold", {"offsets": "10,20"}).offsets
    (10, 20)
    >>> make_proposer("grid+full-image", {"grid.levels": "2"}).parts[0].levels
    2
    """
    names = part_names(name) if "+" in name else (name,)
    for one in names:
        if one not in PROPOSERS:
            raise BoxscopeError(f"no proposer {quoted(one)}, expected one of {', '.join(PROPOSERS)}")
    if len(names) == 1:
        return PROPOSERS[name].parse(parameters or {})
    union = Union(tuple(PROPOSERS[one]() for one in names))
    return read(union, parameters or {}, owner=union.name)


__all__ = [
    "PROPOSERS",
    "AdaptiveThreshold",
    "CrackGroups",
    "Felzenszwalb",
    "Fitted",
    "Found",
    "FromFile",
    "FullImage",
    "Grid",
    "Grouping",
    "ImageRef",
    "LearnedBoxes",
    "Mser",
    "OpenCVSelectiveSearch",
    "Origins",
    "Proposer",
    "SelectiveSearch",
    "Stage",
    "Union",
    "make_proposer",
]
