"""The page Explore: the picture, the queue it is one of, and what stands under it."""

import html
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors.background import Indices
from core.pipeline import Setup
from core.proposers import Stage
from pages.ui.components.filmstrip import filmstrip
from pages.ui.components.viewer import Layer, Seen, image_of, top_of, viewer
from pages.ui.server import addresses
from pages.ui.state import cached, queue, session
from pages.ui.views import notices
from pages.ui.views.explore import results

_QUEUES = {"file": "file order", "worst": "worst first"}


class Queue(NamedTuple):
    """The images to go through.

    Attributes
    ----------
    indices : int64 (I,)
        Indices into the data set.
    by : str
        The order they are in, ``file`` or ``worst``.
    known : (Setup, int) or None
        How many have been measured under which setup.
    waiting : bool
        Whether worst first still waits for images to be measured.
    """

    indices: Indices
    by: str
    known: tuple[Setup, int] | None = None
    waiting: bool = False

    def position(self, index: int) -> int:
        """Return where an image is in the queue, 0 where it is not in it."""
        return int(np.argmax(self.indices == index))


def view(dataset: CocoDataset) -> None:
    """Draw the page: a click or a key in the picture draws this again, and nothing else."""
    chosen = session.choice()
    images = _queue(dataset, chosen)
    index = _index(dataset, chosen, images)
    image = int(dataset.image_ids[index])
    if chosen.image or images.by == chosen.queue:  # else the worst one opens once it is known
        session.go_to_image(image)
    if chosen.image != str(image):
        session.leave_box()
    box = session.box(addresses.proposals(dataset, chosen.setup, image))
    _head(dataset, images, index, chosen)
    picture, beside = st.columns([14, 5], gap="small")
    with picture:
        steps = _steps(dataset, index, chosen)
        seen = _picture(dataset, images, index, chosen, steps, box)
        _strip(dataset, images, index, chosen)
        _captions(steps, chosen)
    with beside:
        _results(dataset, index, chosen, seen, box)
    notices.command(dataset, chosen)
    session.save(session.choice())


def _queue(dataset: CocoDataset, chosen: session.Choice) -> Queue:
    """Put the images that the search finds in the order chosen, as far as it is known."""
    found = queue.matching(dataset, chosen.find)
    wanted = queue.to_measure(dataset, found)
    survey = queue.survey(dataset, chosen.setup)
    if chosen.queue != "worst":
        done = survey.done(wanted)
        return Queue(found, "file", (chosen.setup, done) if done == len(wanted) else None)
    done = survey.measure(wanted)
    waiting = done < len(wanted)
    if waiting:
        done = session.kept_order(_view_name(dataset, chosen)) or 0
        if not done:
            return Queue(found, "file", waiting=True)
    known = (chosen.setup, done)
    return Queue(queue.worst(dataset, chosen.find, *known), "worst", known, waiting)


def _view_name(dataset: CocoDataset, chosen: session.Choice) -> str:
    return f"{dataset.annotations}|{chosen.find}|{addresses.spell(chosen.setup)}"


def _index(dataset: CocoDataset, chosen: session.Choice, images: Queue) -> int:
    try:
        wanted = dataset.index_of(int(chosen.image))
    except (ValueError, BoxscopeError):
        if chosen.image:
            st.toast(f"There is no image {chosen.image} here.", icon=":material/image_not_supported:")
        return int(images.indices[0])
    return wanted if images.indices[images.position(wanted)] == wanted else int(images.indices[0])


def _head(dataset: CocoDataset, images: Queue, index: int, chosen: session.Choice) -> None:
    """Draw the name of the image, the order and the search."""
    position, count = images.position(index), len(images.indices)
    where = f"{position + 1:,} of {count:,}" + (f" · {len(dataset):,} in all" if count < len(dataset) else "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = html.escape(dataset.file_names[index])
        st.html(f'<div class="image-name"><b title="{name}">{name}</b> <span>{where}</span></div>')
        st.segmented_control(
            "Order of the images",
            session.QUEUES,
            required=True,
            format_func=_QUEUES.__getitem__,
            key=session.seed("queue", chosen.queue),
            label_visibility="collapsed",
            persist_state="session",
            help="Worst first: by the lowest mean best IoU of an image's objects among the proposals shown. "
            f"At most {queue.MOST:,} images are measured.",
        )
        st.text_input(
            "Search names",
            key=session.seed("find", ""),
            placeholder="search names",
            icon=":material/search:",
            label_visibility="collapsed",
            persist_state="session",
            width=190,
        )
    wanted = chosen.find.strip().lower()
    if wanted and wanted not in dataset.file_names[index].lower():
        st.caption(f":material/search_off: No image's name contains “{chosen.find}”: all are listed.")


def _steps(dataset: CocoDataset, index: int, chosen: session.Choice) -> list[Stage]:
    """Take the proposer's steps, where they are wanted."""
    if not chosen.stages:
        return []
    try:
        return cached.stages(dataset, index, chosen.setup)
    except BoxscopeError:
        return []  # the results say what is wrong


def _picture(
    dataset: CocoDataset,
    images: Queue,
    index: int,
    chosen: session.Choice,
    steps: Sequence[Stage],
    box: int | None,
) -> Seen:
    """Draw the picture with boxes over it, by address: the browser asks for them while the script goes on."""
    layers = [
        Layer(step.name, addresses.layer(dataset, chosen.setup, number), step.merges)
        for number, step in enumerate(steps)
    ]
    return viewer(
        key="viewer",
        image=int(dataset.image_ids[index]),
        proposals=addresses.proposals(dataset, chosen.setup),
        queue=addresses.queue(
            dataset, chosen.find, images.by, images.known if images.by == "worst" else None
        ),
        index=images.position(index),
        top=chosen.setup.top,
        selected=box,
        layers=layers,
        no_layers=f"{chosen.setup.proposer.name} has no steps to show.",
        on_layers=session.show_stages if chosen.setup.proposer.has_stages else None,
        on_image=lambda: _go_to(image_of("viewer")),
        on_top=lambda: session.show_top(top_of("viewer") or 0),
        on_picked=session.leave_box,
    )


def _go_to(image: int | None) -> None:
    if image is not None:
        session.go_to_image(image)


def _strip(dataset: CocoDataset, images: Queue, index: int, chosen: session.Choice) -> None:
    """Draw the thumbnails, and how far worst first has come."""
    filmstrip(
        key="filmstrip",
        queue=addresses.queue(dataset, chosen.find, images.by, images.known, counts=True),
        thumbnails=addresses.thumbnails(dataset),
        image=int(dataset.image_ids[index]),
        index=images.position(index),
        on_image=lambda: _go_to(session.told("filmstrip")),
    )
    if chosen.queue != "worst":
        return
    if images.waiting:
        _measuring(dataset, chosen, images)
        return
    survey = queue.survey(dataset, chosen.setup)
    wanted = queue.to_measure(dataset, queue.matching(dataset, chosen.find))
    remarks = []
    left = int((dataset.object_counts[images.indices] > 0).sum()) - len(wanted)
    if left:
        remarks.append(
            f"The first {len(wanted):,} images with objects are measured; {left:,} more follow them."
        )
    if failed := survey.failed(wanted):
        remarks.append(f"{failed:,} could not be measured: they follow those that were.")
    if remarks:
        st.caption(" ".join(remarks))


@st.fragment(run_every=1.0)
def _measuring(dataset: CocoDataset, chosen: session.Choice, images: Queue) -> None:
    """Draw how many images are measured; the page beside it can be used meanwhile."""
    wanted = queue.to_measure(dataset, queue.matching(dataset, chosen.find))
    done = queue.survey(dataset, chosen.setup).measure(wanted)
    if done == len(wanted):
        st.rerun()
    shown = (
        f", {images.known[1]:,} of them in order" if images.known else "; in the order of the file until then"
    )
    words = f"Worst first: {done:,} of {len(wanted):,} images measured{shown}."
    bar, enough = st.columns([3, 1], vertical_alignment="center")
    bar.progress(done / len(wanted), text=words)
    if enough.button("Order these now", disabled=not done, width="stretch"):
        session.keep_order(_view_name(dataset, chosen), done)
        st.rerun()


def _captions(steps: Sequence[Stage], chosen: session.Choice) -> None:
    """Offer the proposer's steps as layers, and list them."""
    st.toggle(
        "Steps of the proposer as layers",
        key=session.seed("stages", False),
        persist_state="session",
        help="What the proposer does on its way to the boxes: masks, components, initial regions. "
        "The menu Layers above the picture then shows them.",
    )
    if not chosen.stages:
        return
    if not steps:
        st.caption(f"{chosen.setup.proposer.name} has no steps to show.")
        return
    st.caption("  \n".join(f"{number + 1}. {_step_caption(step)}" for number, step in enumerate(steps)))


def _step_caption(step: Stage) -> str:
    if step.merges:
        return f"{step.name}: {step.merges} merges"
    return step.name if step.boxes is None else f"{step.name}: {len(step.boxes)} large enough"


def _results(dataset: CocoDataset, index: int, chosen: session.Choice, seen: Seen, box: int | None) -> None:
    """Draw what the proposals came to on this image."""
    try:
        look = cached.look(dataset, index, chosen.setup)
    except BoxscopeError as error:
        st.error(str(error), icon=":material/broken_image:")
        return
    if box is not None and box < len(look.proposals.boxes):
        seen = Seen(tuple(look.proposals.boxes[box].tolist()))
    results.draw(dataset, index, chosen, look, seen)
    if box is None:
        session.keep_box(seen.rank(look.proposals.boxes))
