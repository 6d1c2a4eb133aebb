"""Boxes of selective search and crack-groups in an order fitted to a training split of one's own.

1. The boxes of other proposers are candidates: ``sources``, ``searched``, ``candidates``.
2. Maps of the picture, and their sums in and around each box, give its features: ``maps``, ``features``.
3. A small perceptron scores each by how it differs from the others of the picture: ``perceptron``.
   ``core.training.fit`` fits it; its ``file`` holds it.
4. The highest score is taken first, and lowers those of the boxes that overlap it: ``model``.
5. A share of the places goes to crack-groups or selective search in its own order, where the folds of the
   fit found that better: ``mixing``.

No weights come with the program: fitted on another kind of picture the order is worse than that of
crack-groups.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from core import kernels
from core.errors import BoxscopeError
from core.files import as_local_path
from core.images import Image
from core.parameters import parameter
from core.proposers.base import Proposer
from core.proposers.crack_groups import warm as warm_crack_groups
from core.proposers.fitted.sources import CRACK_GROUPS, SOURCES, Sources, settings_of
from core.proposers.found import Found, ImageRef

if TYPE_CHECKING:
    from core.proposers.fitted.model import Model

ALL, REFUSE, IGNORE = "all", "refuse", "ignore"


@dataclass(frozen=True)
class Fitted(Proposer):
    """The boxes of other proposers in the order of a file that ``fit proposer`` wrote."""

    name: ClassVar[str] = "fitted"
    summary: ClassVar[str] = (
        "Boxes of selective search and crack-groups, in an order fitted to a training split."
    )

    model: str = parameter(
        "",
        label="Fitted file",
        help="What `boxscope fit proposer ANNOTATIONS --out FILE`, or the page Evaluate at its foot, wrote "
        "for a training split of such pictures.",
        path=True,
    )
    sources: str = parameter(
        ALL,
        label="Candidates of",
        help="all: the proposers that the file was fitted with. One alone is faster and finds less.",
        choices={ALL: "all that it was fitted with"} | {name: name for name in SOURCES},
    )
    advice: str = parameter(
        REFUSE,
        label="A file that its fit does not recommend",
        help="A file is not recommended whose order was no better than that of crack-groups or selective "
        "search on pictures that it was not fitted to. refuse: no proposals. ignore: used all the same.",
        choices={REFUSE: "refuse it", IGNORE: "use it all the same"},
        searched=False,
    )

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return at most 1,000 candidates, the best first, with a score and the step that each comes from.

        Raises
        ------
        BoxscopeError
            No file is named, it cannot be used, or its fit does not recommend it.
        """
        warm()
        from core.proposers.fitted.searched import Searched

        model = self.opened()
        return model.found(Searched.of(self._sources(model), image))

    def opened(self) -> "Model":
        """Return the model of the file.

        Raises
        ------
        BoxscopeError
            See :meth:`propose`.
        """
        from core.proposers.fitted.model import Model

        if not self.model:
            raise BoxscopeError(
                "got no file: fit one to a training split (boxscope fit proposer ANNOTATIONS --out FILE), or "
                f"take {CRACK_GROUPS}, which needs none",
                "model",
            )
        model = Model.open(self._path())
        guard = model.content.header.guard
        if self.advice == REFUSE and not guard.recommended:
            other = guard.best_without_fit or CRACK_GROUPS
            raise BoxscopeError(
                f"is not recommended by its fit: {guard.reason}. Take {other}, or this one by advice=ignore",
                self.model,
            )
        return model

    def _sources(self, model: "Model") -> Sources:
        settings = model.content.header.sources
        if self.sources == ALL:
            return Sources.of(settings)
        if self.sources not in settings:
            raise BoxscopeError(f"got {self.sources}, and {self.model} was fitted without it", "sources")
        return Sources.of({self.sources: settings[self.sources]})

    @property
    def files(self) -> tuple[Path, ...]:
        """The fitted file, none before one is named."""
        return (self._path(),) if self.model else ()

    @property
    def is_ready(self) -> bool:
        """Whether a file is named."""
        return bool(self.model)

    @property
    def has_scores(self) -> bool:
        """Whether its proposals have scores: they have."""
        return True

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of the sources, of the maps, 320 px wide or high at most, and of the features."""
        maps = 250 * min(width * height, 320 * 320)
        return Sources.of(settings_of()).memory(width, height) + maps + 4_000_000

    def prepare(self) -> None:
        """Load the kernels and the file."""
        warm()
        self._sources(self.opened()).prepare()

    def _path(self) -> Path:
        return as_local_path(self.model)


@kernels.register("fitted order")
@kernels.once
def warm() -> None:
    """Load the kernels of the fitted order; compile them, with a message, where this machine has not yet."""
    from core.proposers.fitted import kernel, turns  # importing numba takes 0.5 s

    def compile_all() -> None:
        boxes, ones = np.array([[0, 0, 2, 2], [0, 0, 4, 4]], np.float32), np.ones(2, np.float32)
        rectangles, kind = np.empty((2, 10, 4), np.int32), np.zeros(2, np.int8)
        kernel.rectangles(boxes, 1.0, 1.0, 4, 4, rectangles)
        integral, whole = np.zeros((5, 5, 1)), np.empty((2, 2, 1), np.float32)
        kernel.integral(np.zeros((1, 4, 4), np.float32), integral)
        kernel.sums(integral, rectangles, np.zeros(1, np.int64), whole, np.empty((2, 1, 8), np.float32))
        counts, nested = np.zeros((2, 1, 3), np.int32), np.zeros((2, 2), np.int32)
        kernel.consensus(boxes, kind, ones, counts, nested, ones.copy(), ones.copy())
        square = np.ones((2, 2), np.float32)
        kernel.perceptron(square, ones, ones, 6.0, square, ones, square, ones, ones, np.float32(0))
        kernel.damped(boxes, ones, 0.7, 0.7, 3, 0.95, 2)
        turns.in_turn(boxes, boxes, (0.5, 0.5), 1, 0.95, 2)

    with kernels.no_collection():
        warm_crack_groups()  # the features have its line map
        message = "compiling the fitted order; this happens once and takes some 5 seconds"
        kernels.ensure_compiled(turns.in_turn, Path(__file__).parent, compile_all, message)
