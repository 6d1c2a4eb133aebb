"""What the sources find on an image: for candidates, and for the order that each has by itself."""

from dataclasses import dataclass, replace

from core.duplicate_boxes import duplicates_later
from core.images import Image
from core.proposers.crack_groups import CrackGroups, search
from core.proposers.fitted.sources import Source, Sources
from core.proposers.found import Found
from core.proposers.selective_search import SelectiveSearch

MOST = 1000
"""The first proposals that an order keeps."""


@dataclass(frozen=True, eq=False)
class Searched:
    """What the sources find on an image.

    Attributes
    ----------
    sources : Sources
    image : uint8 (H, W, 3)
    selective : Found or None
        What ``sources.selective`` returns; None where it is not asked.
    scales : list of (search.Scale, list of search.Cut)
        Those of ``sources.groups``; empty where it is not asked.
    """

    sources: Sources
    image: Image
    selective: Found | None
    scales: list[tuple[search.Scale, list[search.Cut]]]

    @classmethod
    def of(cls, sources: Sources, image: Image, selective: Found | None = None) -> "Searched":
        """Return what the sources find.

        Parameters
        ----------
        sources : Sources
        image : uint8 (H, W, 3)
        selective : Found or None
            What ``sources.selective`` returned for it, for a caller that has it.
        """
        sources.prepare()
        if sources.selective is not None and selective is None:
            selective = sources.selective.propose(image)
        scales = [] if sources.groups is None else list(search.scales(sources.groups, image))
        return cls(sources, image, selective, [(scale, search.grouped(scale)) for scale in scales])

    def own_order(self, proposer: Source) -> Found:
        """Return the first 1,000 proposals of a proposer in its default order, each step led by its name."""
        found = self._found(proposer)
        if proposer.default_order == "distinct":
            found = found.take(duplicates_later(found.boxes))
        found = found.take(slice(MOST))
        assert found.origins is not None
        names = tuple(f"{proposer.name}: {name}" for name in found.origins.names)
        return replace(found, origins=replace(found.origins, names=names))

    def _found(self, proposer: Source) -> Found:
        """Return what a proposer returns for the image: from what was found, if that holds it."""
        if isinstance(proposer, SelectiveSearch):
            known = self.selective if proposer == self.sources.selective else None
            return known or proposer.propose(self.image)
        if not _holds(self.sources.groups, proposer):
            return proposer.propose(self.image)
        return search.ordered([_part(scale, cuts, proposer) for scale, cuts in self.scales], proposer)


def _holds(groups: CrackGroups | None, proposer: CrackGroups) -> bool:
    """Return whether the groups of one are among those of the other: all but the percentiles is equal."""
    if groups is None or not set(proposer.percentiles) <= set(groups.percentiles):
        return False
    ordering = {name: getattr(proposer, name) for name in ("agreement", "duplicates", "damping")}
    return proposer == groups.replace(percentiles=proposer.percentiles, **ordering)


def _part(scale: search.Scale, cuts: list[search.Cut], proposer: CrackGroups) -> Found:
    percentiles = scale.settings.percentiles
    wanted = [
        cut for cut, percentile in zip(cuts, percentiles, strict=True) if percentile in proposer.percentiles
    ]
    return search.found(scale, wanted)
