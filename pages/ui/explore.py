"""The parts of the page Explore, in the order they stand."""

import dataclasses
import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.annotations import Truth
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import BestOverlap
from core.export import crop_name
from core.labelling import IGNORED, KINDS, LabelRule
from core.pipeline import Proposals, Setup
from core.proposers import Stage
from core.sampling import Sampling, choose, render
from pages.ui import cached, pictures, state
from pages.ui.classes import colour
from pages.ui.viewer import Seen, viewer

# A list in the browser stays quick up to this; searching reaches the rest.
_LISTED = 2000


def whole(setup: Setup) -> Setup:
    """Take all proposals: the top ones are the head of the same list, so moving the limit costs nothing."""
    return dataclasses.replace(setup, top=0)


def matching(dataset: CocoDataset, find: str) -> Sequence[int]:
    """List the places of the images whose names contain a text; all where none does."""
    wanted = find.strip().lower()
    if not wanted:
        return range(len(dataset))
    places = [place for place, name in enumerate(dataset.file_names) if wanted in name.lower()]
    if not places:
        st.toast(f"No image's name contains “{find}”: all are listed.", icon=":material/search_off:")
    return places or range(len(dataset))


def choose_image(dataset: CocoDataset, chosen: state.Choice, places: Sequence[int]) -> int:
    """Draw the list of images, the search and the steps to the neighbours; returns the image's place."""
    place = _place(dataset, chosen, places)
    at = places.index(place)
    back, names, forward, count, find = st.columns([1, 6, 1, 4, 4], vertical_alignment="center")
    _step(back, "←", "Previous image", dataset, places[at - 1] if at else None)
    first = max(0, min(at - _LISTED // 2, len(places) - _LISTED))
    listed = [str(dataset.image_ids[p]) for p in places[first : first + _LISTED]]
    by_id = {str(dataset.image_ids[p]): dataset.file_names[p] for p in places[first : first + _LISTED]}
    names.selectbox(
        "Image",
        listed,
        key=state.seed_image(int(dataset.image_ids[place])),
        format_func=lambda number: by_id.get(number, number),
        label_visibility="collapsed",
        persist_state="session",
    )
    _step(forward, "→", "Next image", dataset, places[at + 1] if at + 1 < len(places) else None)
    count.markdown(
        f"{at + 1} of {len(places)}" + (f" · {len(dataset)} in all" if len(places) < len(dataset) else "")
    )
    find.text_input(
        "Search names",
        key=state.seed("find", ""),
        placeholder="search names",
        icon=":material/search:",
        label_visibility="collapsed",
        persist_state="session",
    )
    return place


def _place(dataset: CocoDataset, chosen: state.Choice, places: Sequence[int]) -> int:
    try:
        wanted = dataset.index_of(int(chosen.image))
    except (ValueError, BoxscopeError):  # no image chosen yet, or one of another data set
        return places[0]
    return wanted if wanted in places else places[0]


def _step(
    column: st.delta_generator.DeltaGenerator,
    label: str,
    help: str,
    dataset: CocoDataset,
    place: int | None,
) -> None:
    target = 0 if place is None else int(dataset.image_ids[place])
    column.button(
        label,
        help=help,
        disabled=place is None,
        width="stretch",
        on_click=state.go_to_image,
        args=(target,),
    )


def picture(
    dataset: CocoDataset,
    place: int,
    places: Sequence[int],
    shown: Proposals,
    truth: Truth,
    found: np.ndarray,
) -> Seen:
    """Draw the picture with boxes over it; returns what the browser tells of it."""
    height, width = cached.image(dataset, place).shape[:2]
    return viewer(
        key="viewer",
        image_id=int(dataset.image_ids[place]),
        index=places.index(place),
        name=dataset.file_names[place],
        picture=pictures.url(dataset, place),
        width=width,
        height=height,
        boxes=shown.boxes,
        iou=shown.labels.iou,
        kind=shown.labels.kind,
        match=_objects_only(shown.labels.match, truth),
        truth=truth.boxes[truth.objects],
        found=found,
        truth_names=_names(dataset, truth),
    )


def _objects_only(match: np.ndarray, truth: Truth) -> np.ndarray:
    """Turn rows in Truth into places among its objects, crowd regions left out."""
    place = np.full(len(truth.boxes) + 1, -1)
    place[truth.objects] = np.arange(len(truth.objects))
    return place[match]


def _names(dataset: CocoDataset, truth: Truth) -> list[str]:
    categories = [dataset.categories.get(int(c), f"category {c}") for c in truth.category[truth.objects]]
    return [f"{name} {number + 1}" for number, name in enumerate(categories)]


def figures(proposals: Proposals, shown: Proposals, best: BestOverlap, rule: LabelRule) -> None:
    """Draw the four figures of the image."""
    found, objects = int(best.found(rule).sum()), len(best.iou)
    left, right = st.columns(2)
    sign = "≥" if rule.inclusive else ">"
    left.metric(f"found, IoU {sign} {rule.iou:g}", f"{found} / {objects}", border=True, help=_RECALL)
    right.metric("mean best IoU", f"{best.iou.mean():.2f}" if objects else "–", border=True)
    left.metric(f"of {len(proposals.boxes)} boxes shown", len(shown.boxes), border=True)
    right.metric("to propose", f"{proposals.seconds * 1000:.0f} ms", border=True)


_RECALL = (
    "Recall of this image among the proposals shown, by best overlap: an object is found when any of "
    "them passes the threshold."
)


def objects_table(dataset: CocoDataset, truth: Truth, best: BestOverlap, rule: LabelRule) -> None:
    """Draw a row for each object: its best proposal, and whether that finds it."""
    if not len(best.iou):
        st.caption("No objects in this image: every proposal is a negative.")
        return
    boxes = truth.boxes[best.row]
    columns = zip(
        _names(dataset, truth),
        boxes[:, 2:] - boxes[:, :2],
        best.iou,
        best.rank,
        best.found(rule),
        strict=True,
    )
    head = "<tr><th>object</th><th>size, px</th><th>best IoU</th><th>by</th></tr>"
    # Not st.dataframe: its code is a megabyte that the first picture would wait for.
    st.html(f'<table class="objects">{head}{"".join(_object_row(*values) for values in columns)}</table>')


def _object_row(name: str, size: np.ndarray, iou: float, rank: int, found: bool) -> str:
    """Draw one object: a bar in the colour of its class, and the rank of its best proposal."""
    by = f"rank {rank}" if found else "missed"
    bar = f'<i style="width: {iou:.0%}; background: {colour(iou)}"></i>'
    return (
        f'<tr class="{"found" if found else "missed"}"><td>{html.escape(name)}</td>'
        f"<td>{size[0]:.0f} × {size[1]:.0f}</td><td><span>{bar}</span>{iou:.2f}</td><td>{by}</td></tr>"
    )


def crop(
    dataset: CocoDataset, place: int, shown: Proposals, truth: Truth, sampling: Sampling, picked: int | None
) -> None:
    """Show the crop of the clicked proposal, or of the best one, with the very bytes of an export."""
    if not len(shown.boxes):
        st.caption("No proposals: nothing to crop. Try other parameters.")
        return
    rank = int(shown.labels.iou.argmax()) if picked is None else picked
    labels = shown.labels
    kind, iou = int(labels.kind[rank]), float(labels.iou[rank])
    exported = rank in choose(labels, len(truth.objects), sampling)
    left, right = st.columns(2)
    left.image(render(cached.image(dataset, place), shown.boxes[rank], sampling), width="stretch")
    stem = cached.stems(dataset)[place]
    right.markdown(
        f"**{'As exported' if exported else 'Not exported'}**  \n"
        f"{sampling.side} × {sampling.side}, warped  \nrank {rank}, {KINDS[kind]}, IoU {iou:.2f}"
    )
    right.caption(f"`{crop_name(stem, rank, iou, kind)}`" if exported else _why_not(kind, truth, sampling))
    if picked is None:
        which = "best" if iou > 0 else "first"
        right.caption(f"The {which} one. Click a box to see another.")


def _why_not(kind: int, truth: Truth, sampling: Sampling) -> str:
    if kind == IGNORED:
        return "It lies in a crowd region: neither positive nor negative."
    if not len(truth.objects) and not sampling.empty_images:
        return "The export leaves images without objects out."
    return "Its rank is beyond the negatives that the export takes."


def histogram(shown: Proposals, rule: LabelRule) -> None:
    """Draw how many proposals reach which IoU."""
    if not len(shown.boxes):
        return
    from pages.ui import charts  # Plotly takes half a second to import: after the picture is on its way

    figure = charts.iou_histogram(shown.labels.iou, rule)
    st.plotly_chart(figure, key="histogram", config={"displayModeBar": False})


def stages(dataset: CocoDataset, place: int, chosen: state.Choice) -> None:
    """Show the proposer's steps, where it has any and they are wanted."""
    wanted = st.toggle(
        "Show the steps of the proposer",
        key=state.seed("stages", False),
        persist_state="session",
        help="What the proposer does on its way to the boxes: masks, components, initial regions.",
    )
    if not wanted:
        return
    steps = cached.stages(dataset, place, chosen.setup)
    if not steps:
        st.caption(f"{chosen.setup.proposer.name} has no steps to show.")
    columns = st.columns(3)
    for number, step in enumerate(steps):
        with columns[number % len(columns)]:
            st.image(step.picture, caption=_step_caption(step), width="stretch")


def _step_caption(step: Stage) -> str:
    return step.name if step.boxes is None else f"{step.name}: {len(step.boxes)} large enough"
