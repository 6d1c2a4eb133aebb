"""The canvas that shows a picture, its ground truth and its proposals coloured by IoU.

Python sends the browser addresses and nothing else: the browser fetches picture and proposals, filters them,
and goes from image to image by itself. It sends the last image to Python after a pause.
"""

import json
import math
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
    <canvas tabindex="0" role="img" aria-labelledby="description"></canvas>
    <div class="card" hidden><b></b><span></span><span></span><span></span><span></span><i></i></div>
    <p class="layer" hidden></p>
    <p class="notice" role="alert" hidden></p>
    <p class="note" role="status" hidden></p>
    <button class="search" type="button" hidden></button>
    <div class="spinner"></div>
    <p id="description" role="status"></p>
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


class ViewerState(NamedTuple):
    """The state of a viewer that the browser has sent.

    Attributes
    ----------
    picked : tuple of 4 float, or None
        x0 y0 x1 y1, pixels, of the proposal clicked last on the image, exact as float32.
    """

    picked: tuple[float, float, float, float] | None = None

    def rank(self, boxes: np.ndarray) -> int | None:
        """Return the rank of the picked box among ``boxes`` (N, 4), None where it is not among them.

        The state is a box and not a rank, since ranks change with the parameters.
        """
        if self.picked is None:
            return None
        same = (np.asarray(boxes) == np.asarray(self.picked, np.float32)).all(axis=1)  # (N,)
        return int(same.argmax()) if same.any() else None


def viewer(
    *,
    key: str,
    image: str,
    proposals: str,
    queue: str | None = None,
    index: int = 0,
    top: int = 0,
    recall: float = 0.5,
    selected: int | None = None,
    frame: float = 1.5,
    display: str = "",
    layers: Sequence[Layer] = (),
    mask: str | None = None,
    no_layers: str = "There are no intermediate results to show.",
    group: str | None = None,
    live: bool = True,
    on_layers: Callable[[], None] | None = None,
    on_image: Callable[[], None] | None = None,
    on_top: Callable[[], None] | None = None,
    on_display: Callable[[], None] | None = None,
    on_picked: Callable[[], None] | None = None,
    on_search: Callable[[], None] | None = None,
) -> ViewerState:
    """Draw an image with its truth and proposals, and return what the user chose.

    Zoom, filters and styles live in the browser, under ``key``. Keys go from image to image there; an
    older request of the script for another image does not undo that.

    Parameters
    ----------
    key : str
        Key of the element, unique on the page.
    image : str
        Id of the image to show. Takes effect when it changes.
    proposals : str
        Address of the proposals; ``{image}`` in it stands for an image's id. Without ``{image}``, keys
        cannot go to another image.
    queue : str, optional
        Address of the ids of all images, in order; without it there is no next image.
    index : int
        Position of the image in the queue.
    top : int
        How many of the proposals to draw, best first; 0 for all. Takes effect when it changes.
    recall : float
        IoU from which on an object is found. Takes effect when it changes.
    selected : int, optional
        Rank to mark and to zoom to, once, such as that of a link. The mark changes when this value does; a
        later click in the picture replaces it.
    frame : float
        Width by height of the frame, whatever the picture's: others are letterboxed in it. Taken as 1 to 2.
    display : str
        What a link says of filters, stage and zoom, see ``display.js``. Takes effect when it changes.
    layers : sequence of Layer
    mask : str, optional
        Address of the masks of an image's objects, a transparent picture; ``{image}`` in it stands for the
        image's id. Without it there is no switch for them.
    no_layers : str
        The text shown where the user asks for layers and there are none.
    group : str, optional
        Viewers of the same group on a page zoom and pan together, and go to the same image: those without a
        queue follow the one that has it.
    live : bool
        Whether sliders of the page change the boxes while they are dragged.
    on_layers : callable, optional
        Called before the script where the user asks for layers and there are none, so that the next run
        passes some; replaces `no_layers`.
    on_image, on_top, on_display, on_picked : callable, optional
        Called before the script when the user has chosen another image, another number of proposals, another
        filter, stage or zoom, or another box or none; see :func:`image_of`, :func:`top_of` and
        :func:`display_of`.
    on_search : callable, optional
        Called where the user asks which settings find a missed object, see :func:`search_of`; without it
        there is nothing to ask with.

    Returns
    -------
    ViewerState
    """
    # No list and no dict among the values: Streamlit would check whether each is a dataframe, and import
    # pandas for that, 0.2 s before the first picture.
    state = _mount(
        key=key,
        data=dated(
            key,
            image=image,
            proposals=proposals,
            queue=queue,
            index=index,
            top=top,
            recall=recall,
            selected=selected,
            frame=min(max(frame, 1.0), 2.0),
            display=display,
            displayed=(_state(key).get("display") or {}).get("count", 0),
            layers=tuple(layer._asdict() for layer in layers),
            mask=mask,
            gives_layers=on_layers is not None,
            no_layers=no_layers,
            searches=on_search is not None,
            group=group,
            live=live,
            # For an element that the browser has mounted again.
            picked=json.dumps(_state(key).get("picked")),
            received=(_state(key).get("image") or {}).get("count", 0),
        ),
        on_picked_change=on_picked or _ignore,
        # Without the run that this triggers, the URL is not updated after a restart of the server.
        on_painted_change=_ignore,
        on_image_change=on_image or _ignore,
        on_top_change=on_top or _ignore,
        on_display_change=on_display or _ignore,
        on_layers_change=on_layers or _ignore,
        on_search_change=on_search or _ignore,
    )
    picked = state.picked["box"] if state.picked and state.picked["image"] == image else None
    return ViewerState(tuple(picked) if picked else None)


def image_of(key: str) -> str | None:
    """Return the id of the image that the user last chose in the viewer, None where they chose none."""
    sent = _state(key).get("image")
    return str(sent["id"]) if sent else None


def top_of(key: str) -> int | None:
    """Return the number of proposals last chosen in the viewer: 0 for all, None where none was chosen."""
    sent = _state(key).get("top")
    return None if sent is None else int(sent)


def display_of(key: str) -> str:
    """Return what a link to the present picture says of filters, stage and zoom; empty for nothing."""
    return str((_state(key).get("display") or {}).get("text", ""))


def search_of(key: str) -> tuple[str, int] | None:
    """Return the id of an image and the number of its object for which settings were last asked; or None."""
    sent = _state(key).get("search")
    return (str(sent["image"]), int(sent["object"])) if sent else None


def least_score(display: str) -> float | None:
    """Return the least score of a box that counts, by what a link says of the picture; None for all."""
    words = next((part for part in display.split("~") if part.startswith("score_")), "")
    try:
        score = float(words.removeprefix("score_"))
    except ValueError:
        return None
    return score if math.isfinite(score) else None


def _ignore() -> None:
    """Do nothing on a change: without a callback the state lacks its name until the browser sends it."""


def _state(key: str) -> dict[str, Any]:
    """Return the state that the browser has sent of the component."""
    return dict(st.session_state.get(key) or {})
