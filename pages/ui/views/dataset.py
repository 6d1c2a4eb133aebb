"""The parts of the page Data set."""

from collections import Counter
from pathlib import Path

import streamlit as st

from core import wording
from core.datasets import CocoDataset, Health, Problem, make_sample
from core.errors import BoxscopeError
from core.files import printable
from pages.ui.state import cached, opened, opening, session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import resolve, short
from pages.ui.views import notices
from pages.ui.widgets.markdown import code, literal

# Pictures: up to so many are decoded at once, which takes a few seconds; more on request.
_DECODED_AT_ONCE = 500
_SAMPLE = "sample"
# Characters in a line of the table's last column; the height of two lines, pixels.
_LINE, _TWO_LINES = 60, 54


def draw() -> None:
    """Draw the report on the chosen data set, or why it cannot be opened."""
    chosen = session.choice()
    error = opening_error(chosen)
    if error is None:
        report(notices.opened_dataset(chosen, link=False))
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
    decode = len(data) <= _DECODED_AT_ONCE
    if not decode:
        decode = st.toggle("Decode every picture", help="Finds broken ones; some 2 ms a picture.")
    health = cached.health(data, decode)
    st.subheader("Health", divider="gray")
    st.markdown(f"{code(short(data.annotations))} with the pictures in {code(short(data.images_dir))}")
    _figures(health)
    if not health.problems:
        st.success("Nothing is wrong.", icon=":material/check_circle:")
        return
    _verdict(health)
    _doubts(health)
    _problems(list(health.problems), data.images_dir)


def _figures(health: Health) -> None:
    columns = st.columns(4)
    columns[0].metric("images", f"{health.images:,}", border=True)
    names = ", ".join(f"{name} {count:,}" for name, count in health.categories.items())
    columns[1].metric("objects", f"{health.objects:,}", border=True, help=literal(names))
    columns[2].metric("images without objects", f"{health.images_without_objects:,}", border=True)
    columns[3].metric("crowd regions", f"{health.crowd_regions:,}", border=True)


def _verdict(health: Health) -> None:
    lost = Counter(problem.kind for problem in health.problems if problem.lost)
    notes = _kinds(Counter(problem.kind for problem in health.problems if not problem.lost))
    if not lost:
        st.info(f"Everything can be used. Noted: {literal(notes)}.", icon=":material/info:")
        return
    things = "image or object" if lost.total() == 1 else "images or objects"
    also = f" Also noted: {literal(notes)}." if notes else ""
    text = f"{lost.total():,} {literal(things)} cannot be used: {literal(_kinds(lost))}.{also}"
    st.warning(text, icon=":material/warning:")


def _doubts(health: Health) -> None:
    if health.refusals:
        reasons = "; ".join(health.refusals)
        st.error(literal(f"An export refuses it as it is: {reasons}."), icon=":material/block:")
    if health.images_in_doubt:
        images = wording.count(health.images_in_doubt, "image")
        st.caption(f"An export takes no negatives from {literal(images)}, whose truth may lack an object.")


def _kinds(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.most_common())


def _problems(problems: list[Problem], pictures: Path) -> None:
    kinds = st.pills("Kinds", sorted({problem.kind for problem in problems}), selection_mode="multi")
    listed = [problem for problem in problems if not kinds or problem.kind in kinds]
    what = [printable(_what(problem, pictures)) for problem in listed]
    st.dataframe(
        {
            "": ["lost" if problem.lost else "note" for problem in listed],
            "kind": [problem.kind for problem in listed],
            "image": [printable(problem.item) for problem in listed],
            "what": what,
        },
        hide_index=True,
        width="stretch",
        # Higher rows wrap their text.
        row_height=_TWO_LINES if any(len(text) > _LINE for text in what) else None,
        column_config={"what": st.column_config.TextColumn(width="large")},
    )


def _what(problem: Problem, pictures: Path) -> str:
    """Return the detail without the path of the picture, whose name is in the column before it."""
    path = str(pictures / problem.item)
    return problem.detail.removesuffix(f" {path}").replace(path, problem.item)
