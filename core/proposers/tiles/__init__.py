"""A proposer, or several, run on overlapping tiles of a picture instead of the whole of it.

For pictures of 12 megapixels and more: one tile is in work at a time, so that the memory is that of a tile,
and a proposer that shrinks large pictures searches all pixels. What a border cuts is joined: ``joining``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from core import boxes as bx
from core.errors import BoxscopeError
from core.images import Image
from core.parameters import joined_name, parameter, part
from core.proposers.base import Proposer
from core.proposers.found import Found, ImageRef
from core.proposers.stages import Stage
from core.proposers.tiles.grid import TileGrid
from core.proposers.tiles.joining import Placed
from core.proposers.tiles.searching import among, search, together
from core.proposers.tiles.showing import with_borders, with_boxes
from core.proposers.union import Union

PREFIX = "tiles:"

# Bytes of boxes and of blocks of their overlaps: of 60,000 in 35 tiles.
_JOINING = 64_000_000


@dataclass(frozen=True)
class Tiles(Proposer):
    """Proposes the boxes that its parts find in overlapping tiles, with those that a border cuts joined.

    A picture no larger than a tile gives exactly the boxes of the parts.

    Attributes
    ----------
    parts : tuple of Proposer
        Each of another kind; several are one, see :class:`core.proposers.Union`.
    """

    summary: ClassVar[str] = "The boxes of a proposer on overlapping tiles of the picture, cut ones joined."

    tile_side: int = parameter(
        1024,
        label="Tile side",
        help="Width and height of a tile. A picture no larger is searched as a whole.",
        unit="px",
        min=64,
        max=16384,
        logarithmic=True,
    )
    overlap: int = parameter(
        128,
        label="Tile overlap",
        help="Neighbouring tiles share so many pixels or more. An object no longer than that is whole in one "
        "of them; a longer one that a border cuts is joined again.",
        unit="px",
        min=8,
        max=4096,
        logarithmic=True,
    )
    duplicates: float = parameter(
        0.7,
        label="Duplicates of two tiles above IoU",
        help="Of two boxes of neighbouring tiles whose IoU is above this, where the tiles overlap, the "
        "better ranked stays.",
        min=0.05,
        max=1.0,
        step=0.05,
    )
    parts: tuple[Proposer, ...] = part(())

    def __post_init__(self) -> None:
        super().__post_init__()
        if 2 * self.overlap > self.tile_side:
            raise BoxscopeError(
                f"got {self.overlap}, expected at most half of tile_side, which is {self.tile_side}",
                "overlap",
            )
        for one in self.parts:
            if not one.uses_pixels:
                raise BoxscopeError(
                    f"got {one.name}, whose boxes do not depend on the pixels: a tile has none of its own",
                    "tiles",
                )

    @property
    def name(self) -> str:  # type: ignore[override]
        """``tiles:`` and the names of the parts, joined by +."""
        return f"{PREFIX}{joined_name(self.parts)}"

    @property
    def part(self) -> Proposer:
        """The proposer that is run on each tile."""
        return self.parts[0] if len(self.parts) == 1 else Union(self.parts)

    def propose(self, image: Image, ref: ImageRef | None = None) -> Found:
        """Return the boxes of all tiles, best first; see :mod:`core.proposers.tiles.joining`.

        They are ranked by score where the part gives scores, else by their rank in their tile: the best of
        each tile, then the second best of each. A joined box has the lower score, or the later rank, of its
        two, and the step of the better one.
        """
        grid = self.grid(image.shape[1], image.shape[0])
        if len(grid) == 1:
            return self.part.propose(image, ref)
        tiles = search(self.part, image, grid)
        placed, cut = together(tiles.placed, grid, self.duplicates)
        placed = placed.take(np.argsort(placed.place, kind="stable"))
        placed = placed.take(bx.firsts(placed.boxes))
        remark = f"Searched in {grid.text()}"
        if cut:
            remark += f": {cut:,} boxes that their borders cut are joined"
        return Found(
            placed.boxes,
            None if tiles.found.scores is None else -placed.place.astype(np.float32),
            None if tiles.found.origins is None else tiles.found.origins.take(placed.row),
            None if tiles.found.categories is None else tiles.found.categories[placed.row],
            remark,
        )

    def grid(self, width: int, height: int) -> TileGrid:
        """Return the tiles of a picture of so many pixels."""
        return TileGrid.of(width, height, self.tile_side, self.overlap)

    def stages(self, image: Image) -> list[Stage]:
        """Return the tiles, the boxes that borders cut and the joined ones; of one tile the part's stages."""
        grid = self.grid(image.shape[1], image.shape[0])
        if len(grid) == 1:
            return self.part.stages(image)
        tiles = search(self.part, image, grid)
        found = Placed.joined([one for row in tiles.placed for one in row])
        joined = together(tiles.placed, grid, self.duplicates)[0]
        cut = found.boxes[~among(found.boxes, joined.boxes)]
        made = joined.boxes[~among(joined.boxes, found.boxes)]
        shown = with_borders(image, grid)
        return [
            Stage(grid.text(), shown),
            Stage("boxes that borders cut, or that two tiles have", with_boxes(shown, cut), cut, of=""),
            Stage("joined boxes", with_boxes(shown, made), made, of=""),
        ]

    @property
    def default_order(self) -> str:  # type: ignore[override]
        """That of the parts."""
        return self.part.default_order

    @property
    def has_scores(self) -> bool:
        """Whether the part gives scores."""
        return self.part.has_scores

    @property
    def score_range(self) -> tuple[float, float] | None:
        """That of the part."""
        return self.part.score_range

    @property
    def has_stages(self) -> bool:
        """True: there are the tiles."""
        return True

    def memory(self, width: int, height: int) -> int:
        """Return the bytes of the part on one tile, of that tile, and of joining where there are several."""
        grid = self.grid(width, height)
        across, down = grid.size
        joining = _JOINING if len(grid) > 1 else 0
        return self.part.memory(across, down) + 3 * across * down + joining

    def remark(self, width: int, height: int) -> str:
        """Return what the part says of a tile."""
        return self.part.remark(*self.grid(width, height).size)

    @property
    def kept(self) -> bool:  # type: ignore[override]
        """Whether those of the parts are."""
        return self.part.kept

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the parts."""
        return tuple(path for one in self.parts for path in one.files)

    @property
    def is_ready(self) -> bool:
        """Whether the parts are."""
        return all(one.is_ready for one in self.parts)

    def unfiltered(self) -> Self:
        """Return the same tiles with the parts without their filters."""
        return self.replace(parts=tuple(one.unfiltered() for one in self.parts))

    def prepare(self) -> None:
        """Prepare the parts."""
        self.part.prepare()
