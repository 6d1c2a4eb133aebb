"""The page Explore: the picture, its queue, the results and the command line."""

import html
from collections.abc import Sequence
from pathlib import PurePath

import streamlit as st

from core.datasets import CocoDataset
from core.datasets.shape import usual_ratio
from core.errors import BoxscopeError
from core.proposers import Stage
from pages.ui.components.viewer import Layer, ViewerState, display_of, image_of, top_of, viewer
from pages.ui.server import addresses, pictures
from pages.ui.state import cached, image_ids, opened, session
from pages.ui.views import export_plan, fit_panel, notices, titles
from pages.ui.views.explore import head, results, settings_search, steps, strip
from pages.ui.views.explore.choices import (
    Chosen,
    ExploreChoice,
    is_opening,
    keep_image,
    show_display,
    show_stages,
)
from pages.ui.views.explore.order import Queue, in_order
from pages.ui.widgets.markdown import literal


def draw() -> None:
    """Draw the page."""
    st.fragment(_view)(notices.opened_dataset(session.choice()))


def _view(dataset: CocoDataset) -> None:
    """Draw the page, which is also what a click or a key in the picture draws again."""
    chosen = Chosen(session.choice(), session.read(ExploreChoice))
    images = in_order(dataset, chosen)
    index = _index(dataset, chosen, images)
    pictures.begin(dataset, index)
    image = image_ids.text_of(dataset, index)
    # Else no image is chosen: the first one is opened once the order is known.
    if chosen.shared.image or images.is_ready:
        opened.go_to_image(image)
    if chosen.shared.image != image:
        opened.forget_box()
    box = opened.box(addresses.proposals(dataset, chosen.shared.setup, image))
    head.draw(dataset, images, index, chosen)
    titles.show(PurePath(dataset.file_names[index]).name)
    picture, side = st.columns([14, 5], gap="small")
    with picture:
        stages = steps.chosen_stages(dataset, index, chosen)
        viewed = _picture(dataset, images, index, chosen, stages, box)
        strip.draw(dataset, images, index, chosen)
        steps.draw(stages, chosen, has_masks=dataset.segmentations.in_file)
    with side:
        _results(dataset, index, chosen, viewed, box)
        _described(image, addresses.proposals(dataset, chosen.shared.setup, image), chosen)
    export_plan.show_command(dataset, chosen.shared, export_plan.plan())
    fit_panel.draw(dataset, chosen.shared)
    session.save()


def _index(dataset: CocoDataset, chosen: Chosen, images: Queue) -> int:
    if is_opening() and images.is_ready:
        keep_image()
        return int(images.indices[0])
    try:
        index = image_ids.index_of(dataset, chosen.shared.image)
    except BoxscopeError:
        if chosen.shared.image:
            st.toast(
                f"There is no image {literal(chosen.shared.image)} here.",
                icon=":material/image_not_supported:",
            )
        return int(images.indices[0])
    # An image that has lost its last miss while it is looked at stays.
    stays = images.holds(index) or images.order.missed or images.order.false
    return index if stays else int(images.indices[0])


def _picture(
    dataset: CocoDataset,
    images: Queue,
    index: int,
    chosen: Chosen,
    stages: Sequence[Stage],
    box: int | None,
) -> ViewerState:
    """Draw the picture with its boxes, by address: the browser fetches them while the script continues."""
    layers = [
        Layer(stage.name, addresses.layer(dataset, chosen.shared.setup, number), stage.merges)
        for number, stage in enumerate(stages)
    ]
    return viewer(
        key="viewer",
        image=image_ids.text_of(dataset, index),
        proposals=addresses.proposals(dataset, chosen.shared.setup),
        queue=images.address(dataset, chosen),
        index=images.position(index),
        top=chosen.shared.setup.top,
        recall=chosen.shared.recall.recall_iou,
        selected=box,
        frame=usual_ratio(dataset),
        display=chosen.explore.display,
        layers=layers,
        mask=addresses.mask(dataset),
        no_layers=f"{chosen.shared.setup.proposer.name} has no intermediate results to show.",
        on_layers=show_stages if chosen.shared.setup.proposer.has_stages else None,
        on_image=lambda: _go_to(image_of("viewer")),
        on_top=lambda: opened.show_top(top_of("viewer") or 0),
        on_display=lambda: show_display(display_of("viewer")),
        on_picked=opened.forget_box,
        on_search=settings_search.request if settings_search.is_possible(chosen.shared.setup) else None,
    )


def _go_to(image: str | None) -> None:
    """Go to the image that the user chose, and stay there."""
    keep_image()
    opened.go_to(image)


def _results(dataset: CocoDataset, index: int, chosen: Chosen, viewed: ViewerState, box: int | None) -> None:
    """Draw the results on this image."""
    try:
        result = cached.result(dataset, index, chosen.shared.setup)
    except BoxscopeError as error:
        st.error(literal(error), icon=":material/broken_image:")
        return
    if box is not None and box < len(result.proposals.boxes):
        viewed = ViewerState(tuple(result.proposals.boxes[box].tolist()))
    results.draw(dataset, index, chosen, export_plan.plan(), result, viewed)
    if box is None:
        opened.set_box(viewed.rank(result.proposals.boxes))


def _described(image: str, proposals: str, chosen: Chosen) -> None:
    """Draw, unseen, what the results describe; last, since elements arrive in order.

    The viewer shows other boxes, or another image, before the script has run: while it does, the results are
    dimmed, see ``figures.js``.
    """
    setup, recall, score = chosen.criteria
    texts = {
        "image": image,
        "proposals": proposals,
        "top": str(setup.top),
        "recall": str(recall.recall_iou),
        "score": "" if score is None else repr(score),
    }
    data = " ".join(f'data-{name}="{html.escape(text)}"' for name, text in texts.items())
    st.html(f'<span class="described" {data}></span>')
