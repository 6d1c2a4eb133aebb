"""Which settings find a missed object: asked in its row or on the picture, answered beside the picture."""

from dataclasses import replace
from functools import partial

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.tuning.attempts import Attempt
from core.tuning.nearest import SECONDS, Nearest, can_search, nearest_of
from pages.ui.components.viewer import search_of
from pages.ui.server.tables import object_names
from pages.ui.state import cached, evaluations, image_ids, queue, session
from pages.ui.views.explore.choices import Chosen
from pages.ui.widgets.markdown import literal

_ASKED = session.page_key("explore", "search_asked")
_ANSWER = session.page_key("explore", "search_answer")


def is_possible(setup: Setup) -> bool:
    """Return whether the proposer has parameters that can be searched."""
    return can_search(setup)


def impossible(setup: Setup, has_missed: bool) -> str:
    """Return why no settings can be searched for a missed object; empty where they can, or none is missed."""
    if not has_missed or is_possible(setup):
        return ""
    return f"{setup.proposer.name} has no parameters of which others could find a missed object."


def request() -> None:
    """Ask for the settings that find the object that the viewer has sent, under the present setup."""
    sought = search_of("viewer")
    if sought is not None:
        session.remember(_ASKED, (*sought, session.choice().setup))


def draw(dataset: CocoDataset, index: int, chosen: Chosen, result: cached.ImageResult) -> None:
    """Draw the answer for an object of this image, as long as the setup is the one it was asked under."""
    setup, recall, limit = chosen.shared.setup, chosen.shared.recall, chosen.criteria.limit
    image, number, asked = session.remembered(_ASKED) or ("", -1, None)
    best = result.outcome.best(limit)
    if image != image_ids.text_of(dataset, index) or asked != setup or number >= len(best.iou):
        return
    if best.passes(recall)[number]:
        return  # by another threshold, or more proposals shown
    key = (cached.dataset_key(dataset), index, number, setup, limit, recall)
    known = session.remembered(_ANSWER)
    if known is None or known[0] != key:
        try:
            with st.spinner(f"Searching settings, {SECONDS:g} s at most …"):
                known = (
                    key,
                    nearest_of(dataset, index, number, setup, limit, recall, partial(cached.image, dataset)),
                )
        except BoxscopeError as error:
            st.error(literal(error), icon=":material/error:")
            return
        session.remember(_ANSWER, known)
    with st.container(border=True, key=session.part("search")):
        _answer(dataset, object_names(dataset, dataset.truth(index))[number], chosen, known[1])


def _answer(dataset: CocoDataset, name: str, chosen: Chosen, found: Nearest) -> None:
    before, best, limit = found.before, found.best, chosen.criteria.limit
    among = f"the top {limit.top:,}" if limit.top else "all proposals"
    changed = best.changed_from(before.setup)
    lines = [
        f"**{literal(each.label)}** {literal(each.before or 'none')} → **{literal(each.after or 'none')}**"
        for each in changed
    ]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**Which settings find {literal(name)}?**", width="content")
        st.button(
            "",
            icon=":material/close:",
            type="tertiary",
            help="Close",
            on_click=session.remember,
            args=(_ASKED, None),
        )
    tried = f"{wording.count(found.attempts, 'setting')} tried"
    if not best.is_found:
        st.markdown(_none(found, lines, tried, among))
        return
    st.markdown("  \n".join(lines))
    st.markdown(
        f"IoU {wording.iou(best.iou)} in place of {wording.iou(before.iou)}, found at rank {best.rank:,} "
        f"among {among}.  \n{_cost(dataset, chosen, before, best)}"
    )
    st.button(
        "Apply",
        type="primary",
        icon=":material/check:",
        on_click=session.choose_setup,
        args=(replace(best.setup, top=chosen.shared.setup.top),),
        help="Sets these parameters, on every page.",
    )
    st.caption(f"The smallest change found: {tried} in {found.seconds:.1f} s, one parameter alone, then two.")


def _none(found: Nearest, lines: list[str], tried: str, among: str) -> str:
    """Return what is said where no setting finds the object."""
    none = f"None found in {found.seconds:.1f} s among {among} ({tried})"
    if not found.is_complete:
        none += ", not all there are"
    if not lines:
        return f"{none}: no change comes nearer than IoU {wording.iou(found.before.iou)}."
    return f"{none}: the nearest reaches IoU {wording.iou(found.best.iou)} with  \n" + "  \n".join(lines)


def _cost(dataset: CocoDataset, chosen: Chosen, before: Attempt, best: Attempt) -> str:
    """Return what the change costs on this image, and on the set where both setups are measured."""
    here = f"On this image: {before.proposals:,} → {best.proposals:,} proposals, "
    here += f"objects found {before.found:d} → {best.found:d}."
    setups = [replace(each.setup, top=chosen.shared.setup.top) for each in (before, best)]
    each = [evaluations.proposals_per_image(dataset, setup) for setup in setups]
    covered = [queue.of_set(dataset, chosen.criteria._replace(setup=setup)) for setup in setups]
    said = []
    if each[0] is not None and each[1] is not None:
        said.append(f"{each[0]:,.1f} → {each[1]:,.1f} proposals an image")
    if covered[0] is not None and covered[1] is not None:
        said.append(f"{covered[0].found:,} → {covered[1].found:,} of {covered[0].objects:,} objects found")
    return f"{here}  \nOn the set: {', '.join(said) or 'not measured'}."
