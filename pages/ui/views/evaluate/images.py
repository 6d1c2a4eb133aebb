"""The images where a setup fails, worst first: thumbnails with ground truth, best proposals and counts."""

import dataclasses
import html
from contextlib import suppress
from urllib.parse import urlencode

import streamlit as st

from core import wording
from core.errors import BoxscopeError
from core.evaluation.evaluation import ALL, Evaluation
from core.evaluation.failures import (
    Box,
    ShownImage,
    ShownObject,
    shown_images,
    with_best_boxes,
    worst_images,
)
from core.evaluation.figures import Mask
from pages.ui.components.colours import MISSED, colour
from pages.ui.server import addresses
from pages.ui.state import cached, image_ids, session
from pages.ui.state.choices import Choices
from pages.ui.views.evaluate.choices import page_shown, turn_to
from pages.ui.views.evaluate.drawn import Drawn
from pages.ui.views.evaluate.setups import Compared

_AT_ONCE = 12


def draw(drawn: Drawn, each: Compared, evaluation: Evaluation, mask: Mask) -> None:
    """Draw a page of the images that have one of some objects; a click opens one in Explore.

    Parameters
    ----------
    drawn : Drawn
    each : Compared
        The setup whose failures they are.
    evaluation : Evaluation
    mask : bool (O,)
        The objects.
    """
    rows = worst_images(evaluation, drawn.page.most, mask).tolist()
    if not rows:
        st.info("No object measured so far is among all of these.", icon=":material/search_off:")
        return
    pages = -(-len(rows) // _AT_ONCE)
    page = page_shown(pages)
    part = rows[page * _AT_ONCE : (page + 1) * _AT_ONCE]
    objects = wording.count(int(mask.sum()), "object")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        first = page * _AT_ONCE
        st.caption(
            f"{first + 1:,}–{first + len(part):,} of {len(rows):,} images · {objects:s}", width="content"
        )
        if pages > 1:
            _turn("‹", page - 1, page > 0, "Images before")
            _turn("›", page + 1, page + 1 < pages, "Next images")
    shown = shown_images(evaluation, part, drawn.page.most, drawn.iou, drawn.page.matching, mask)
    choices = session.all_choices()
    cells = "".join(_cell(drawn, each, image, choices) for image in shown)
    st.html(
        f'<section class="failures" style="--missed: {MISSED}; --of: {colour(0.5)}"><p>'
        '<i class="truth found"></i>found <i class="truth missed"></i>missed '
        f'<i class="best"></i>best proposal</p><div>{cells}</div></section>'
    )


def _turn(sign: str, page: int, possible: bool, help: str) -> None:
    st.button(
        f"{sign:s}",
        key=session.page_key("evaluate", help),
        on_click=turn_to,
        args=(page,),
        disabled=not possible,
        help=f"{help:s}",
        type="tertiary",
    )


def _cell(drawn: Drawn, each: Compared, image: ShownImage, choices: Choices) -> str:
    dataset = drawn.dataset
    with suppress(BoxscopeError):  # the picture has gone since: it is shown without boxes of proposals
        image = with_best_boxes(image, cached.proposer_cache, dataset, each.setup)
    name = dataset.file_names[image.index]
    count = len(image.objects)
    missed = f"{image.missed:,} of {count:,} missed" if image.missed else f"all {count:,} found"
    title = html.escape(f"{name}: {missed}, mean best overlap {wording.iou(image.mean_overlap)}", quote=True)
    address = addresses.thumbnails(dataset).replace("{image}", image_ids.text_of(dataset, image.index))
    boxes = "".join(map(_boxes, image.objects))
    kind = "missed" if image.missed else "found"
    return (
        f'<a href="{html.escape(_link(drawn, each, image, choices))}" target="_self" title="{title}" '
        f'data-image="{image_ids.text_of(dataset, image.index)}">'
        f'<span><img src="{html.escape(address)}" alt="{title}" loading="lazy">{boxes}</span>'
        f'<small class="{kind}">{missed} <b>{wording.iou(image.mean_overlap)}</b></small></a>'
    )


def _boxes(each: ShownObject) -> str:
    faint = "" if each.is_wanted else " faint"
    kind = "found" if each.is_found else "missed"
    boxes = f'<i class="truth {kind}{faint}" style="{_place(each.box)}"></i>'
    if each.best is not None:
        boxes += f'<i class="best{faint}" style="{_place(each.best)}; --of: {colour(each.overlap)}"></i>'
    return boxes


def _place(box: Box) -> str:
    left, top, right, bottom = box
    sides = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    return "; ".join(f"{name}: {share:.2%}" for name, share in sides.items())


def _link(drawn: Drawn, each: Compared, image: ShownImage, choices: Choices) -> str:
    """Return the address of the image in Explore under the setup, with the best box of its worst object."""
    chosen, budget = drawn.chosen, drawn.page.most
    worst = min(
        (found for found in image.objects if found.is_wanted), key=lambda found: found.overlap, default=None
    )
    setup = dataclasses.replace(each.setup, top=0 if budget == ALL else budget, rule=chosen.setup.rule)
    view = dataclasses.replace(
        chosen,
        image=image_ids.text_of(drawn.dataset, image.index),
        box="" if worst is None or worst.rank < 0 else str(worst.rank),
        setup=setup,
    )
    query = choices.replace(view).spell()
    query.pop("display", None)  # of another image
    return f"./?{urlencode(query)}"
