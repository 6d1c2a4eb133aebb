"""The canvas that shows a picture, its ground truth and its proposals coloured by IoU.

Python tells the browser addresses and nothing else: the browser fetches picture and proposals, filters them,
and goes from image to image by itself. The script hears of it when the hand rests.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from pages.ui.components.colours import FOR_SCRIPTS
from pages.ui.components.declare import declare
from pages.ui.components.messages import dated

HERE = Path(__file__).parent

HTML = """
<div class="viewer" data-painted="0">
  <div class="bar" role="toolbar" aria-label="What is drawn, and how"></div>
  <div class="panels"></div>
  <div class="stage">
    <canvas tabindex="0" role="img" aria-labelledby="said"></canvas>
    <div class="card" hidden><b></b><span></span><span></span><span></span><i></i></div>
    <p class="notice" role="alert" hidden></p>
    <p class="note" role="status" hidden></p>
    <div class="spinner"></div>
    <p id="said" role="status"></p>
  </div>
  <div class="legend" role="group" aria-label="Classes of IoU"></div>
</div>
"""


_mount = declare(HERE, HTML, {"colours": FOR_SCRIPTS})


class Layer(NamedTuple):
    """A stage of the proposer, to lay over the picture.

    Attributes
    ----------
    name : str
        As ``darker than mean - 40``.
    url : str
        Address of its picture; ``{image}`` in it stands for the image's id.
    merges : int
        More than 0: there are so many merges to step through, each at ``url`` with ``&merge=``.
    """

    name: str
    url: str
    merges: int = 0


class Seen(NamedTuple):
    """What the browser tells of a viewer.

    Attributes
    ----------
    picked : tuple of 4 float, or None
        x0 y0 x1 y1 of the proposal clicked last on the image, exact as float32.
    """

    picked: tuple[float, float, float, float] | None = None

    def rank(self, boxes: np.ndarray) -> int | None:
        """Return the rank of the picked box among ``boxes`` (N, 4), None when it is not there.

        A choice is a box, so it follows that box to its new rank when parameters change.
        """
        if self.picked is None:
            return None
        same = (np.asarray(boxes) == np.asarray(self.picked, np.float32)).all(axis=1)  # (N,)
        return int(same.argmax()) if same.any() else None


def viewer(
    *,
    key: str,
    image: int,
    proposals: str,
    queue: str | None = None,
    index: int = 0,
    top: int = 0,
    selected: int | None = None,
    layers: Sequence[Layer] = (),
    no_layers: str = "There are no stages to show.",
    group: str | None = None,
    on_layers: Callable[[], None] | None = None,
    on_image: Callable[[], None] | None = None,
    on_top: Callable[[], None] | None = None,
    on_picked: Callable[[], None] | None = None,
) -> Seen:
    """Draw an image with its truth and proposals, and return what the user chose.

    Zoom, filters and styles live in the browser, under ``key``. Keys go from image to image there; an
    older wish of the script for another image does not call the user back.

    Parameters
    ----------
    key : str
        Key of the element; two viewers on a page need two.
    image : int
        Id of the image to show. Obeyed when it changes.
    proposals : str
        Address of the proposals; ``{image}`` in it stands for an image's id. Without it, keys cannot go to
        another image.
    queue : str, optional
        Address of the ids of all images, in order; without it there is no next image.
    index : int
        Position of the image in the queue.
    top : int
        How many of the proposals to draw, best first; 0 for all. Obeyed when it changes.
    selected : int, optional
        Rank to mark and to zoom to, once, because something else chose it, such as a link. The mark changes
        when this value does; a later click in the picture replaces it.
    layers : sequence of Layer
    no_layers : str
        The text shown where somebody wants layers and there are none.
    group : str, optional
        Viewers of one group on a page zoom and move together.
    on_layers : callable, optional
        Called before the script, in place of `no_layers`, so that the next run gives some.
    on_image, on_top, on_picked : callable, optional
        Called before the script when the browser has gone to another image, another number of proposals was
        chosen in it, or another box or none; :func:`image_of` and :func:`top_of` tell which.

    Returns
    -------
    Seen
    """
    # No list and no dict among the values: of each Streamlit would ask whether it is a dataframe, and import
    # pandas for it, a fifth of a second before the first picture.
    state = _mount(
        key=key,
        data=dated(
            key,
            image=image,
            proposals=proposals,
            queue=queue,
            index=index,
            top=top,
            selected=selected,
            layers=tuple(layer._asdict() for layer in layers),
            gives_layers=on_layers is not None,
            no_layers=no_layers,
            group=group,
            # For a browser that has mounted the element anew.
            picked=json.dumps(_state(key).get("picked")),
            heard=(_state(key).get("image") or {}).get("count", 0),
        ),
        on_picked_change=on_picked or _nothing,
        # Without the run that this brings, the address stands still after a restart of the server.
        on_painted_change=_nothing,
        on_image_change=on_image or _nothing,
        on_top_change=on_top or _nothing,
        on_layers_change=on_layers or _nothing,
    )
    picked = state.picked["box"] if state.picked and state.picked["image"] == image else None
    return Seen(tuple(picked) if picked else None)


def image_of(key: str) -> int | None:
    """Return the image that the browser has last gone to by itself."""
    told = _state(key).get("image")
    return int(told["id"]) if told else None


def top_of(key: str) -> int | None:
    """Return the number of proposals last chosen in the viewer: 0 for all, None where none was."""
    told = _state(key).get("top")
    return None if told is None else int(told)


def _nothing() -> None:
    """Hear of a change: without a callback the state lacks its name until the browser sends it."""


def _state(key: str) -> dict[str, Any]:
    """Return what Python remembers of the component."""
    return dict(st.session_state.get(key) or {})
