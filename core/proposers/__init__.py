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
from core.proposers.tiles import PREFIX as TILES
from core.proposers.tiles import Tiles
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
        A name in `PROPOSERS`, or several joined by ``+``, see :class:`Union`; with ``tiles:`` before it, it
        is run on overlapping tiles, see :class:`Tiles`.
    parameters : mapping of str to str, or None
        Those of the parts of a union or of tiles are named ``part.name``.

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
    >>> make_proposer("tiles:grid", {"tile_side": "640", "grid.levels": "2"}).parts[0].levels
    2
    """
    in_tiles, name = name.startswith(TILES), name.removeprefix(TILES)
    names = part_names(name) if "+" in name else (name,)
    for one in names:
        if one not in PROPOSERS:
            raise BoxscopeError(f"no proposer {quoted(one)}, expected one of {', '.join(PROPOSERS)}")
    if len(names) == 1 and not in_tiles:
        return PROPOSERS[name].parse(parameters or {})
    parts = tuple(PROPOSERS[one]() for one in names)
    made = Tiles(parts=parts) if in_tiles else Union(parts)
    return read(made, parameters or {}, owner=made.name)


def in_tiles(name: str) -> tuple[str, ...]:
    """Return the name of a proposer in tiles, or the one without; none where it does not look at pixels."""
    if name.startswith(TILES):
        return (name.removeprefix(TILES),)
    parts = [PROPOSERS[one]() for one in name.split("+")]
    return (f"{TILES}{name}",) if all(one.uses_pixels for one in parts) else ()


__all__ = [
    "PROPOSERS",
    "TILES",
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
    "Tiles",
    "Union",
    "in_tiles",
    "make_proposer",
]
