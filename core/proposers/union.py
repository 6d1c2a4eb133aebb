"""The boxes of several proposers as those of one."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from core import boxes as bx
from core.images import Image
from core.parameters import joined_name, part
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.proposers.origins import Origins, joined


@dataclass(frozen=True)
class Union(Proposer):
    """Proposes the boxes of its parts in turn: the best of each, then the second best of each, and so on.

    Of equal boxes the first stays. There are no scores, since those of different proposers do not compare.

    Attributes
    ----------
    parts : tuple of Proposer
        Each of another kind.
    """

    summary = "The boxes of several proposers in turn."

    parts: tuple[Proposer, ...] = part(())

    @property
    def name(self) -> str:  # type: ignore[override]
        """The names of the parts, joined by +."""
        return joined_name(self.parts)

    @property
    def default_order(self) -> str:  # type: ignore[override]
        """By area where a part has no order that means anything, else as that of most care."""
        orders = {one.default_order for one in self.parts}
        return next((order for order in ("area", "distinct") if order in orders), "own")

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes of all parts; see :meth:`Proposer.propose`."""
        parts = [one.propose(image, ref) for one in self.parts]
        boxes = np.concatenate([part.boxes for part in parts])
        ranks = np.concatenate([np.arange(len(part.boxes)) for part in parts])
        each = [_origins(one.name, part) for one, part in zip(self.parts, parts, strict=True)]
        in_turn = np.argsort(ranks, kind="stable")
        return Found(boxes, origins=joined(each)).take(in_turn[bx.firsts(boxes[in_turn])])

    @property
    def kept(self) -> bool:  # type: ignore[override]
        """Whether those of all parts are."""
        return all(one.kept for one in self.parts)

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of the part that takes most: they run one after another."""
        return max((one.memory(width, height) for one in self.parts), default=0)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of all parts."""
        return tuple(path for one in self.parts for path in one.files)

    @property
    def is_ready(self) -> bool:
        """Whether all parts are."""
        return all(one.is_ready for one in self.parts)

    @property
    def uses_pixels(self) -> bool:
        """Whether those of all parts do."""
        return all(one.uses_pixels for one in self.parts)

    def unfiltered(self) -> Self:
        """Return the union of its parts without their filters."""
        return self.replace(parts=tuple(one.unfiltered() for one in self.parts))

    def prepare(self) -> None:
        """Prepare every part."""
        for one in self.parts:
            one.prepare()


def _origins(name: str, part: Found) -> Origins:
    """Return the steps of the boxes of a part, each led by its name; the name alone where it records none."""
    if part.origins is None:
        return Origins((name,), np.zeros(len(part.boxes), np.int16))
    return replace(part.origins, names=tuple(f"{name}: {step}" for step in part.origins.names))
