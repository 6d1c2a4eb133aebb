"""Which data sets are open, and which image and box of the chosen one."""

import streamlit as st

from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.levels import AUTO
from pages.ui.state import known, opening, session
from pages.ui.state.choice import FIRST_DATASET, SHOWN_NAMES, Choice
from pages.ui.state.roots import resolve_quietly


def request_open(dataset: str, images: str = "") -> None:
    """Choose a data set at the next run: a widget's value cannot change once it is drawn.

    Parameters
    ----------
    dataset, images : str
        See :class:`pages.ui.state.choice.Choice`.
    """
    st.session_state["opening"] = dataset, images


def open_requested() -> None:
    """Choose the data set of :func:`request_open`, before any widget is drawn."""
    requested = st.session_state.pop("opening", None)
    if requested is not None:
        dataset, images = requested
        st.session_state["opened"] = {**_opened(), dataset: images}
        session.choose(Choice, dataset=dataset)
        change_dataset()


def change_dataset() -> None:
    """Reset what means nothing in another data set; the splits of one share grey levels and folder."""
    session.choose(Choice, images=_opened().get(session.choice().dataset, ""), grey=AUTO)
    session.forget_image()


def datasets() -> dict[str, str]:
    """Return the data sets to choose from, each with the folder that was given for its pictures.

    The chosen one, the first, those opened in this session, and those opened before in others.
    """
    chosen, earlier = session.choice(), _opened()
    listed = {chosen.dataset: chosen.images, FIRST_DATASET: "", **earlier, chosen.dataset: chosen.images}
    paths = {resolve_quietly(dataset) for dataset in listed}
    before = {item.path: item.images_dir for item in known.opened_before() if item.path not in paths}
    return {**listed, **before}


def shown_names() -> dict[str, str]:
    """Return the data sets to choose from by path, each with the name to show; the names are remembered."""
    names = known.names(datasets())
    before = session.remembered(SHOWN_NAMES) or {}
    session.remember(SHOWN_NAMES, before | {name: path for path, name in names.items()})
    return names


def remember(chosen: Choice, dataset: CocoDataset) -> None:
    """Put the open data set into the list of those opened before, see :mod:`pages.ui.state.known`."""
    split = chosen.split or next(iter(opening.splits(chosen)))
    objects = int(dataset.object_counts.sum())
    path = resolve_quietly(chosen.dataset)
    converted = kept.of(dataset.annotations)
    title = converted.title if converted else ""
    known.remember(known.Known(path, chosen.images, split, len(dataset), objects, title))


def _opened() -> dict[str, str]:
    return dict(st.session_state.get("opened", {}))


def seed_split(names: list[str]) -> str:
    """Set the widget of the split to an existing split, and return its key."""
    if st.session_state.get("split") not in names:
        session.choose(Choice, split=names[0])
    return "split"


def go_to(image_id: str | None) -> None:
    """Choose an image; None keeps the present one."""
    if image_id is not None:
        go_to_image(image_id)


def go_to_image(image_id: str) -> None:
    """Choose an image."""
    session.choose(Choice, image=image_id)


def box(proposals: str) -> int | None:
    """Return the rank of the box that a link selects, None where there is none.

    Parameters
    ----------
    proposals : str
        Address of the boxes that are shown: a rank does not carry over to other boxes.
    """
    state = st.session_state
    if state.get("box_of") not in (None, "", proposals):
        forget_box()
    if state.get("box_of") is None or not state.get("box"):
        return None
    state["box_of"] = proposals
    return int(state["box"])


def forget_box() -> None:
    """Deselect the box that a link selected."""
    set_box(None)


def set_box(rank: int | None) -> None:
    """Set the box that a link selects, None for no box."""
    st.session_state.update({"box": "" if rank is None else str(rank), "box_of": None})


def show_top(count: int) -> None:
    """Choose how many proposals are shown, 0 for all."""
    st.session_state["setup.top"] = count
