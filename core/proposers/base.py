"""What a proposer is: a frozen dataclass of parameters that turns an image into boxes, best first."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from core import parameters
from core.boxes import Boxes
from core.images import Image
from core.proposers.merging import Grouping
from core.proposers.origins import Origins


@dataclass(frozen=True, eq=False)
class Stage:
    """One step on a proposer's way to its boxes, for a page to show.

    Attributes
    ----------
    name : str
        What was done, as ``darker than mean - 40``.
    picture : uint8 (H, W) or (H, W, 3), or None
        Grey or RGB; None where a grouping draws it.
    boxes : float32 (N, 4), or None
    grouping : Grouping or None
        Where the step is itself made of many: a merge each.
    """

    name: str
    picture: Image | None = None
    boxes: Boxes | None = None
    grouping: Grouping | None = None

    @property
    def merges(self) -> int:
        """How many merges there are to step through."""
        return 0 if self.grouping is None else len(self.grouping.parts)

    @property
    def arrays(self) -> list[NDArray[Any]]:
        """The arrays it is made of; stages of the same pieces may share some."""
        own = [array for array in (self.picture, self.boxes) if array is not None]
        return own if self.grouping is None else [*own, *self.grouping.arrays]

    @property
    def nbytes(self) -> int:
        """Bytes of the picture, the boxes and the grouping."""
        return sum(array.nbytes for array in self.arrays)

    def at(self, merge: int = 0) -> Image | None:
        """Draw the step after a number of merges: uint8 (H, W) or (H, W, 3)."""
        return self.picture if self.grouping is None else self.grouping.draw(merge)

    def words(self, merge: int = 0) -> str:
        """Say what the last of a number of merges was; empty where there is nothing to say."""
        return "" if self.grouping is None else self.grouping.words(merge)


def stages_nbytes(stages: Iterable[Stage]) -> int:
    """Add up the bytes of stages; an array that several of them share counts once."""
    arrays = {id(array): array for stage in stages for array in stage.arrays}
    return sum(array.nbytes for array in arrays.values())


@dataclass(frozen=True)
class Proposer(parameters.Checked, ABC):
    """Base of the proposers; a subclass adds its fields, each a :func:`core.parameters.parameter`.

    Instances are hashable (cache keys), picklable (workers) and spelled as text (URL, command line).

    Attributes
    ----------
    name : str
        The word for it in ``PROPOSERS``, the URL and the command line.
    summary : str
        One sentence on what it does, for a person who chooses.
    """

    name: ClassVar[str]
    summary: ClassVar[str]

    @abstractmethod
    def __call__(self, image: Image) -> Boxes:
        """Propose regions.

        Parameters
        ----------
        image : uint8 (H, W, 3)
            RGB.

        Returns
        -------
        float32 (N, 4)
            Best first, inside the image, no two alike. The same image gives the same boxes in the
            same order, on every run.
        """

    def prepare(self) -> None:
        """Load what the first call would have to load, so that nobody takes it for time spent proposing."""

    def stages(self, image: Image) -> list[Stage]:
        """Show how the boxes came to be; empty where a proposer has no steps to show."""
        return []

    @property
    def has_stages(self) -> bool:
        """Whether there are steps to show."""
        return type(self).stages is not Proposer.stages

    def spell(self) -> dict[str, str]:
        """Spell the parameters as text, in field order."""
        return parameters.spell(self)

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> "Proposer":
        """Make a proposer from spelled parameters; the others keep their defaults.

        Raises
        ------
        BoxscopeError
            An unknown name, or a value that does not fit.
        """
        return parameters.build(cls, texts, owner=cls.name)

    def replace(self, **changes: object) -> "Proposer":
        """Give a copy with some parameters changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True)
class TracingProposer(Proposer):
    """A proposer of several steps that says which of them gave a box."""

    @abstractmethod
    def traced(self, image: Image) -> tuple[Boxes, Origins]:
        """Propose as a call does, and say where each box comes from."""

    def __call__(self, image: Image) -> Boxes:
        """Propose; see :meth:`traced`."""
        return self.traced(image)[0]
