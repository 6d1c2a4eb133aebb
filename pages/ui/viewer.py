"""The canvas that shows a picture, its ground truth and its proposals coloured by IoU.

Notation: N proposals, G objects. A rank is an index into the proposals, which come best first.
"""

import base64
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

HERE = Path(__file__).parent

HTML = """
<div class="viewer" data-painted="0">
  <canvas tabindex="0" role="img" aria-labelledby="said"></canvas>
  <div class="card" hidden><b></b><span></span><span></span></div>
  <div class="legend" role="group" aria-label="What is drawn"></div>
  <div class="spinner"></div>
  <p id="said" role="status"></p>
</div>
"""

# Registered once, when the module is first imported. Streamlit keeps the texts in the callable and registers
# them again by itself in a runtime that does not know them (each AppTest brings its own).
_mount = st.components.v2.component(
    "boxscope_viewer",
    html=HTML,
    css=(HERE / "viewer.css").read_text(encoding="utf-8"),
    js=(HERE / "viewer.js").read_text(encoding="utf-8"),
)


class Seen(NamedTuple):
    """What the browser tells of a viewer.

    Attributes
    ----------
    picked : int or None
        Rank of the proposal clicked last on this image.
    painted : bool
        Whether a picture has been painted yet: what is heavy to load waits until then, since a browser
        that reads a few megabytes of charting code paints nothing meanwhile.
    """

    picked: int | None
    painted: bool


def viewer(
    *,
    key: str,
    image_id: int,
    index: int,
    name: str,
    picture: str,
    width: int,
    height: int,
    boxes: np.ndarray,
    iou: np.ndarray,
    kind: np.ndarray,
    truth: np.ndarray,
    found: np.ndarray,
    truth_names: list[str],
    match: np.ndarray | None = None,
    selected: int | None = None,
) -> Seen:
    """Draw an image with its truth and proposals, and say which proposal the user chose.

    Zoom and the classes shown live in the browser, under ``key``; zoom is kept while ``image_id`` stays. The
    choice is a box of one image, so it follows that box to its new rank when parameters change.

    Parameters
    ----------
    key : str
        Key of the element; two viewers on a page need two.
    image_id, index : int
        The image, and its place in the queue.
    name : str
        File name, for words only.
    picture : str
        URL of the picture, same origin. The browser loads it anew only when the URL changes.
    width, height : int
        Size of the picture in pixels; boxes are in these pixels whatever size the URL delivers.
    boxes : (N, 4) float32
        x0 y0 x1 y1, best first, already cut to the top N.
    iou : (N,) float32
        Best IoU of each proposal with any object.
    kind : (N,) int8
        1 positive, 0 negative, -1 ignored.
    truth : (G, 4) float32
        Boxes of the objects.
    found : (G,) bool
        Whether a positive proposal hits the object.
    truth_names : list of str
        G names, such as "crack 1".
    match : (N,) int, optional
        Object each proposal belongs to, -1 for none.
    selected : int, optional
        Rank to mark because something else on the page chose it, such as a table row. The mark changes when
        this value does; a later click in the picture replaces it.

    Returns
    -------
    Seen
    """
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    if match is None:
        match = np.full(len(boxes), -1)
    state = _mount(
        key=key,
        data={
            "key": key,
            "picked": _picked(key),
            "image": image_id,
            "index": index,
            "name": name,
            "picture": picture,
            "width": width,
            "height": height,
            "boxes": pack(boxes, iou, kind, match),
            "truth": np.asarray(truth, float).reshape(-1, 4).tolist(),
            "found": np.asarray(found, bool).tolist(),
            "truthNames": list(truth_names),
            "selected": selected,
        },
        # Without a callback the state lacks the name until the browser sends it.
        on_picked_change=lambda: None,
        on_painted_change=lambda: None,
    )
    return Seen(picked_rank(state.picked, image_id, boxes), bool(state.painted))


def _picked(key: str) -> dict | None:
    """Return the choice Python remembers, for a browser that has mounted the element anew."""
    return (st.session_state.get(key) or {}).get("picked")


def pack(boxes: np.ndarray, iou: np.ndarray, kind: np.ndarray, match: np.ndarray) -> str:
    """Base64 of little-endian float32 rows (N, 7): x0 y0 x1 y1 iou kind match.

    Streamlit takes raw bytes only when they are the whole message, and JSON numbers are 3 times longer.
    """
    table = np.column_stack([np.reshape(boxes, (-1, 4)), iou, kind, match])  # (N, 7)
    return base64.b64encode(table.astype("<f4").tobytes()).decode("ascii")


def picked_rank(picked: dict | None, image_id: int, boxes: np.ndarray) -> int | None:
    """Rank of the picked box among ``boxes`` (N, 4), None when it belongs to another image or is gone."""
    if not picked or picked["image"] != image_id:
        return None
    same = (boxes == np.asarray(picked["box"], np.float32)).all(axis=1)  # (N,)
    return int(same.argmax()) if same.any() else None
