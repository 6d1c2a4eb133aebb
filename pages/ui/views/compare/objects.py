"""The objects of the image: which setup finds each, by which overlap, and why the other misses it."""

import html

import streamlit as st

from core import wording
from core.evaluation.compared_objects import TAKEN, ObjectResult
from core.evaluation.misses import REASONS
from pages.ui.components.colours import colour
from pages.ui.server import addresses
from pages.ui.server.tables import object_names
from pages.ui.state import image_ids
from pages.ui.views.compare.drawn import Drawn

_REASONS = {**REASONS, TAKEN: "Its best proposal finds another object, and may find only one."}
_CHANGES = {
    (False, True): ("won", "B alone finds it"),
    (True, False): ("lost", "A alone finds it"),
    (True, True): ("", "found by both"),
    (False, False): ("", "missed by both"),
}


def draw(drawn: Drawn, index: int, results: tuple[list[ObjectResult], list[ObjectResult]]) -> None:
    """Draw a row for each object, those that one of the setups misses first.

    The pictures light the object and its best proposals where a row is pointed at, and zoom to it on a click.
    """
    first, second = results
    if not first:
        st.caption("This image has no objects.")
        return
    names = object_names(drawn.dataset, drawn.dataset.truth(index))
    rows = sorted(
        zip(range(len(names)), names, first, second, strict=True),
        key=lambda row: _CHANGES[row[2].is_found, row[3].is_found][0] == "",
    )
    head = "".join(f"<th>{text}</th>" for text in ("object", "A: best IoU", "B: best IoU", ""))
    body = "".join(_row(*row) for row in rows)
    st.html(f'<table class="objects compared"><tr>{head}</tr>{body}</table>')


def _row(number: int, name: str, first: ObjectResult, second: ObjectResult) -> str:
    kind, text = _CHANGES[first.is_found, second.is_found]
    pointing = f'data-object="{number}"'
    pointing += f' data-rank="{first.rank}"' if first.rank >= 0 else ""
    pointing += f' data-other="{second.rank}"' if second.rank >= 0 else ""
    return (
        f'<tr class="{kind}" {pointing}><td><button>{html.escape(name)}</button></td>'
        f"{_cell(first)}{_cell(second)}<td>{text}</td></tr>"
    )


def _cell(result: ObjectResult) -> str:
    share = f"{result.overlap:.0%}"
    bar = f'<span><i style="width: {share}; background: {colour(result.overlap)}"></i></span>'
    nearest = f" #{result.rank}" if result.rank >= 0 else ""
    title = html.escape(_REASONS.get(result.reason, ""))
    missed = "" if result.is_found else f'<small class="why" title="{title}">missed: {result.reason}</small>'
    return f"<td>{bar}{wording.iou(result.overlap)}{nearest}{missed}</td>"


def described(drawn: Drawn, index: int) -> None:
    """Draw, unseen, what the table describes: it is dimmed while the viewer shows another image or setup."""
    image = image_ids.text_of(drawn.dataset, index)
    texts = {
        "image": image,
        "proposals": addresses.proposals(drawn.dataset, drawn.chosen.setup, image),
        "top": str(drawn.chosen.setup.top),
        "recall": str(drawn.chosen.recall.recall_iou),
    }
    data = " ".join(f'data-{name}="{html.escape(text)}"' for name, text in texts.items())
    st.html(f'<span class="described" {data}></span>')
