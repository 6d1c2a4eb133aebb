"""The parts of the page Data set."""

import streamlit as st

from core import wording
from core.datasets import CocoDataset, Health, make_sample
from core.datasets.formats.rule import rule
from core.datasets.kinds import counts_text, in_words
from core.errors import BoxscopeError
from pages.ui.state import cached, opened, opening, session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import resolve, short
from pages.ui.views import mask_panel, notices, other_format
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.problems import problem_table

# Seconds that the page waits for the check of a small set, and how many images that has at most.
_PATIENCE, _SMALL = 2.0, 500
# The report is drawn again while the check goes on once it has so many times the problems that are drawn.
_MORE = 1.5
_SAMPLE = "sample"


def draw() -> None:
    """Draw the report on the chosen data set, the panel of a folder of masks, or why it cannot be opened."""
    chosen = session.choice()
    if mask_panel.draw(chosen):
        return
    mask_panel.draw_written(chosen)
    error = opening_error(chosen)
    if error is None:
        data = notices.opened_split(chosen, link=False)
        other_format.draw(data)
        report(data)
    else:
        notices.not_open(chosen, error, link=False)
        offer_sample()


def opening_error(chosen: Choice) -> BoxscopeError | None:
    """Return the error of opening the chosen data set, None where it can be opened."""
    try:
        opening.splits(chosen)
    except BoxscopeError as error:
        return error
    return None


def offer_sample() -> None:
    """Draw a button that opens the sample set, or that makes it where there is none."""
    if opening_error(Choice(dataset=_SAMPLE)) is None:
        if st.button("Open the sample set", icon=":material/folder_open:"):
            _open_sample()
    elif st.button(
        "Make the sample set", icon=":material/auto_awesome:", help="32 synthetic pictures, some seconds"
    ):
        bar = st.progress(0.0, text="Drawing concrete …")
        try:
            make_sample(resolve(_SAMPLE), progress=lambda done, total: bar.progress(done / total))
        except BoxscopeError as error:
            st.error(literal(error), icon=":material/error:")
            return
        cached.forget_splits()
        _open_sample()


def _open_sample() -> None:
    opened.request_open(_SAMPLE)
    st.rerun()


def report(data: CocoDataset) -> None:
    """Draw the health report."""
    if not len(data):
        notices.no_images(data)
    st.subheader("Health", divider="gray")
    st.markdown(f"{code(short(data.annotations))} with the pictures in {code(short(data.images_dir))}")
    if made := rule(data.annotations):
        st.caption(literal(f"{made[:1].upper()}{made[1:]}."))
    check = cached.health_check(data)
    _figures(check.health())
    health = check.request(_PATIENCE if len(data) <= _SMALL else 0)
    if not health.complete:
        _checking(data, health)
    if health.problems:
        _verdict(health)
        _doubts(health)
        problem_table(health.problems, data.images_dir, f"{data.annotations.parent.name} problems.csv")
    elif health.complete:
        st.success("No problems found.", icon=":material/check_circle:")
    else:
        st.info("No problems found so far.", icon=":material/hourglass_top:")
    if health.complete and len(data):
        st.caption(literal(health.checked))


@st.fragment(run_every=1.0)
def _checking(data: CocoDataset, drawn: Health) -> None:
    """Draw how far the check is, without blocking the page, and draw that again once there is more to say."""
    check = cached.health_check(data)
    health = check.request()
    st.progress(check.share, text=f"Checking the pictures: {literal(_lower_first(health.checked))}")
    if health.complete or len(health.problems) > _MORE * len(drawn.problems):
        st.rerun()


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _figures(health: Health) -> None:
    columns = st.columns(4)
    columns[0].metric("images", f"{health.images:,}", border=True)
    names = ", ".join(f"{name} {count:,}" for name, count in health.categories.items())
    columns[1].metric("objects", f"{health.objects:,}", border=True, help=literal(names))
    columns[2].metric("images without objects", f"{health.images_without_objects:,}", border=True)
    columns[3].metric("crowd regions", f"{health.crowd_regions:,}", border=True)


def _verdict(health: Health) -> None:
    """Draw what is lost and what is noted, each counted by kind."""
    problems = health.problems
    lost = [problem for problem in problems if problem.lost]
    notes = counts_text((problem for problem in problems if not problem.lost), in_words)
    if not lost:
        usable = (
            "All images and objects can be used." if health.complete else "All that is checked can be used."
        )
        st.info(f"{usable} Noted: {literal(notes)}.", icon=":material/info:")
        return
    things = "image or object" if len(lost) == 1 else "images or objects"
    also = f" Also noted: {literal(notes)}." if notes else ""
    text = f"{len(lost):,} {literal(things)} cannot be used: {literal(counts_text(lost, in_words))}.{also}"
    st.warning(text, icon=":material/warning:")


def _doubts(health: Health) -> None:
    if health.refusals:
        reasons = "; ".join(health.refusals)
        st.error(literal(f"An export refuses it as it is: {reasons}."), icon=":material/block:")
    if health.images_in_doubt:
        images = wording.count(health.images_in_doubt, "image")
        st.caption(f"An export takes no negatives from {literal(images)}, whose truth may lack an object.")
