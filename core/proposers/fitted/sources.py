"""The proposers whose boxes are candidates, with their settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import BoxscopeError
from core.proposers.crack_groups import CrackGroups
from core.proposers.selective_search import SelectiveSearch

SELECTIVE_SEARCH, CRACK_GROUPS = SelectiveSearch.name, CrackGroups.name
SOURCES = (SELECTIVE_SEARCH, CRACK_GROUPS)
"""The proposers whose boxes are candidates."""

Source = SelectiveSearch | CrackGroups

Settings = Mapping[str, Mapping[str, str]]
"""The parameters of each source, as text."""


# More than crack-groups takes by itself: an order that is fitted can tell more groups apart. On the folds of
# CrackForest's training split AR@100 rises by .007, that of all candidates by .01.
_PERCENTILES = (88.0, 92.0, 95.0, 97.0, 98.0, 99.0)


def plain(name: str, settings: Mapping[str, str]) -> Source:
    """Return a source with parameters given as text, for its order by itself.

    Raises
    ------
    BoxscopeError
        A parameter is unknown, or a value does not fit.
    """
    return (SelectiveSearch if name == SELECTIVE_SEARCH else CrackGroups).parse(settings)


def settings_of(sources: tuple[str, ...] = SOURCES) -> dict[str, dict[str, str]]:
    """Return the parameters of sources for candidates."""
    defaults = {SELECTIVE_SEARCH: SelectiveSearch(), CRACK_GROUPS: CrackGroups(percentiles=_PERCENTILES)}
    return {name: defaults[name].spell() for name in sources}


@dataclass(frozen=True)
class Sources:
    """The proposers whose boxes are candidates; None for one that is not asked.

    Attributes
    ----------
    selective : SelectiveSearch or None
    groups : CrackGroups or None
    """

    selective: SelectiveSearch | None
    groups: CrackGroups | None

    @classmethod
    def of(cls, settings: Settings) -> "Sources":
        """Return the sources of parameters as text.

        Raises
        ------
        BoxscopeError
            A source or a parameter is unknown, or a value does not fit.
        """
        unknown = sorted(set(settings) - set(SOURCES))
        if unknown or not settings:
            got = ", ".join(unknown) or "none"
            raise BoxscopeError(f"got {got}, expected some of {', '.join(SOURCES)}", "sources")
        return cls(
            SelectiveSearch.parse(settings[SELECTIVE_SEARCH]) if SELECTIVE_SEARCH in settings else None,
            CrackGroups.parse(settings[CRACK_GROUPS]) if CRACK_GROUPS in settings else None,
        )

    def prepare(self) -> None:
        """Load their kernels."""
        for one in self._all():
            one.prepare()

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of the one that takes most: they run one after the other."""
        return max(one.memory(width, height) for one in self._all())

    def _all(self) -> list[Source]:
        return [one for one in (self.selective, self.groups) if one is not None]
