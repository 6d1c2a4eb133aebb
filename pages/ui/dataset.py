"""The parts of the page Data set."""

import streamlit as st

from core.annotations import Problem
from core.dataset import CocoDataset, annotation_files
from core.errors import BoxscopeError
from core.health import Health
from core.places import printable
from core.sample import make_sample
from pages.ui import cached, state
from pages.ui.roots import resolve, roots, short

# Below this, decoding every picture takes a few seconds: it is done without asking.
_DECODED_AT_ONCE = 500
_SAMPLE = "sample"


def open_folder() -> None:
    """Draw the form that opens a folder."""
    with st.form("open", border=False):
        field, button = st.columns([5, 1], vertical_alignment="bottom")
        text = field.text_input(
            "Folder",
            placeholder="folder with COCO annotations, in it or one folder below",
            help=f"Inside {', '.join(map(str, roots()))}. Pictures lie beside the annotations or in images/.",
        )
        wanted = button.form_submit_button("Open folder", type="primary", width="stretch")
    if not wanted:
        return
    try:
        folder = resolve(text)
        annotation_files(folder)
    except BoxscopeError as error:
        st.error(str(error), icon=":material/folder_off:")
        return
    state.ask_open(str(folder))
    st.rerun()


def is_open(chosen: state.Choice) -> bool:
    """Say whether the chosen data set can be opened."""
    try:
        return bool(cached.splits(str(resolve(chosen.dataset))))
    except BoxscopeError:
        return False


def offer_sample(chosen: state.Choice) -> None:
    """Say that nothing is open, and offer to make the sample set."""
    st.info(f"`{chosen.dataset}` is no data set yet.", icon=":material/folder_off:")
    if st.button(
        "Make the sample set", icon=":material/auto_awesome:", help="32 synthetic pictures, some seconds"
    ):
        bar = st.progress(0.0, text="Drawing concrete …")
        try:
            make_sample(resolve(_SAMPLE), progress=lambda done, total: bar.progress(done / total))
        except BoxscopeError as error:
            st.error(str(error), icon=":material/error:")
            return
        cached.forget_splits()
        state.ask_open(_SAMPLE)
        st.rerun()


def report(opened: CocoDataset) -> None:
    """Draw the health report."""
    decode = len(opened) <= _DECODED_AT_ONCE
    if not decode:
        decode = st.toggle("Decode every picture", help="Finds broken ones; some 2 ms a picture.")
    health = cached.health(opened, decode)
    st.subheader("Health", divider="gray")
    st.markdown(f"`{short(opened.annotations)}` with the pictures in `{short(opened.images_dir)}`")
    _figures(health)
    if not health.problems:
        st.success("Nothing is wrong.", icon=":material/check_circle:")
        return
    _verdict(health)
    _problems(list(health.problems))


def _figures(health: Health) -> None:
    columns = st.columns(4)
    columns[0].metric("images", f"{health.images:,}", border=True)
    names = ", ".join(f"{name} {count:,}" for name, count in health.categories.items())
    columns[1].metric("objects", f"{health.objects:,}", border=True, help=names)
    columns[2].metric("images without objects", f"{health.images_without_objects:,}", border=True)
    columns[3].metric("crowd regions", f"{health.crowd_regions:,}", border=True)


def _verdict(health: Health) -> None:
    counts = " · ".join(f"{kind} {count:,}" for kind, count in health.counts.items())
    if health.usable:
        st.info(f"Everything can be used. Noted: {counts}", icon=":material/info:")
    else:
        lost = sum(problem.lost for problem in health.problems)
        things = "image or object" if lost == 1 else "images or objects"
        st.warning(f"{lost:,} {things} cannot be used. {counts}", icon=":material/warning:")


def _problems(problems: list[Problem]) -> None:
    kinds = st.pills("Kinds", sorted({problem.kind for problem in problems}), selection_mode="multi")
    listed = [problem for problem in problems if not kinds or problem.kind in kinds]
    st.dataframe(
        {
            "": ["lost" if problem.lost else "note" for problem in listed],
            "kind": [problem.kind for problem in listed],
            "image": [printable(problem.item) for problem in listed],
            "what": [printable(problem.detail) for problem in listed],
        },
        hide_index=True,
        width="stretch",
        column_config={"what": st.column_config.TextColumn(width="large")},
    )
