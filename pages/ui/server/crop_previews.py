"""Crops by address, cut on request, with the same bytes that an export would write."""

from collections.abc import Mapping

import numpy as np
from starlette.responses import Response

from core import parameters
from core.boxes import Boxes
from core.cutting import Cut, render
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from pages.ui.server import addresses
from pages.ui.state import cached

_MEDIA = {"jpg": "image/jpeg", "png": "image/png"}
_DEFAULTS = parameters.spell(Cut())


def address(dataset: CocoDataset, index: int, box: Boxes, cut: Cut) -> str:
    """Return the address of the crop of a box.

    Parameters
    ----------
    box : float32 (4,)
        x0 y0 x1 y1, pixels.
    cut : Cut
    """
    query = {"box": ",".join(f"{side:.9g}" for side in box)}
    query |= {name: text for name, text in parameters.spell(cut).items() if text != _DEFAULTS[name]}
    return addresses.cut(dataset, index, query)


def answer(
    dataset: CocoDataset, index: int, query: Mapping[str, str], headers: Mapping[str, str]
) -> Response:
    """Return the response with the crop that an address names.

    Raises
    ------
    BoxscopeError
        The picture cannot be read, the box lies outside of it, or a setting is unknown.
    """
    image = cached.image(dataset, index)
    texts = {name: text for name, text in query.items() if name not in ("v", "box")}
    cut = parameters.build(Cut, texts, owner="crop")
    box = _box(query.get("box", ""), image.shape[1], image.shape[0])
    return Response(render(image, box, cut), media_type=_MEDIA[cut.suffix], headers=dict(headers))


def _box(text: str, width: int, height: int) -> Boxes:
    try:
        sides = [float(side) for side in text.split(",")]
        x0, y0, x1, y1 = sides
    except ValueError:
        raise BoxscopeError(f"got {text!r}, expected x0,y0,x1,y1", "box") from None
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        raise BoxscopeError(f"got {text}, expected one inside {width}x{height}", "box")
    return np.array(sides, np.float32)
