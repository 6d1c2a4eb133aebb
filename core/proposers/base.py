"""The base class of proposers: frozen dataclasses of parameters that turn an image into boxes, best first."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from core import parameters
from core.errors import BoxscopeError
from core.images import Image
from core.proposers.found import Found, ImageRef
from core.proposers.stages import Stage


@dataclass(frozen=True)
class Proposer(parameters.Checked, ABC):
    """Base of the proposers; a subclass adds its fields, each a :func:`core.parameters.parameter`.

    Instances are hashable (cache keys), picklable (workers) and convertible to text (URL, command line).

    Attributes
    ----------
    name : str
        The key in ``PROPOSERS``, the URL and the command line.
    summary : str
        One sentence on what it does, for lists of proposers.
    default_order : one of :data:`core.ranking.ORDERS`
        How its proposals are ranked unless another order is chosen: ``own`` where it returns the best first,
        ``distinct`` where its first ones repeat each other.
    kept : bool
        Whether what it returns for a picture is worth keeping on disk, see
        :mod:`core.proposals.proposer_cache`.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    default_order: ClassVar[str] = "own"
    kept: ClassVar[bool] = True

    @abstractmethod
    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the regions proposed in an image.

        Parameters
        ----------
        image : uint8 (H, W, 3)
            RGB.
        ref : ImageRef or None
            The image's identity in its data set, for proposers that look boxes up; None outside a data set.

        Returns
        -------
        Found
            Boxes best first, inside the image, without duplicates. The same image gives the same boxes in
            the same order, on every run.
        """

    def memory(self, width: int, height: int) -> int:
        """Return about how many bytes it takes at most beside a picture of so many pixels."""
        return 32 * width * height

    def remark(self, width: int, height: int) -> str:
        """Return what it does otherwise on a picture of so many pixels than its parameters say; or empty."""
        return ""

    def unfiltered(self) -> Self:
        """Return the proposer without its own filters, such as a least area."""
        return self

    def prepare(self) -> None:
        """Load what the first call would load, so that it does not count as time spent on proposing."""

    def stages(self, image: Image) -> list[Stage]:
        """Return the intermediate steps for an image; empty where a proposer has none to show."""
        return []

    @property
    def files(self) -> tuple[Path, ...]:
        """Paths of the files that it reads besides the picture."""
        return ()

    def state(self) -> str:
        """Return a text that is another one once one of its files has changed; empty where it has none."""
        return " ".join(map(_state, self.files))

    @property
    def settings_of_files(self) -> dict[str, str]:
        """The state of its files, for the settings of a run that is resumed with the same alone."""
        return {"files_state": self.state()} if self.files else {}

    @property
    def is_ready(self) -> bool:
        """Whether it can be run as it is; one that reads a file cannot before that is named."""
        return True

    @property
    def uses_pixels(self) -> bool:
        """Whether its boxes may depend on the pixels of a picture, not on which picture it is alone."""
        return True

    @property
    def has_scores(self) -> bool:
        """Whether its proposals have scores."""
        return False

    def expect_scores(self, setting: str) -> None:
        """Raise if its proposals have no scores, by which a setting of this name goes.

        Raises
        ------
        BoxscopeError
            They have none, or a file that it reads cannot be read.
        """
        if not self.has_scores:
            self.prepare()  # raises what is wrong with its file, if anything is
            raise self.without_scores(setting)

    def without_scores(self, setting: str) -> BoxscopeError:
        """Return the error that its proposals have no scores, see :meth:`expect_scores`."""
        return BoxscopeError(f"got score, and the proposals of {self.name} have no scores", setting)

    @property
    def score_range(self) -> tuple[float, float] | None:
        """The smallest and the largest score that it gives in any image; None where that is not known."""
        return None

    @property
    def has_stages(self) -> bool:
        """Whether there are steps to show."""
        return type(self).stages is not Proposer.stages

    def spell(self) -> dict[str, str]:
        """Return the parameters as text, in field order."""
        return parameters.spell(self)

    @classmethod
    def parse(cls, texts: Mapping[str, str]) -> Self:
        """Return a proposer with some parameters set from text; the others keep their defaults.

        Raises
        ------
        BoxscopeError
            An unknown name, or a value that does not fit.
        """
        return parameters.build(cls, texts, owner=cls.name)

    def replace(self, **changes: object) -> Self:
        """Return a copy with some parameters changed."""
        return dataclasses.replace(self, **changes)


def _state(path: Path) -> str:
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return "missing"
    return f"{status.st_mtime_ns}:{status.st_size}"
