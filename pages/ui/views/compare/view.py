"""The page Compare: two setups on one image, and where they differ over the whole set."""

from pathlib import PurePath

import streamlit as st

from core.cli.spelling import as_typed, evaluate_command
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.compared_objects import ObjectResult
from pages.ui.state import comparisons, evaluations, session
from pages.ui.state.choice import Choice
from pages.ui.state.evaluations import Measured
from pages.ui.state.roots import short
from pages.ui.state.setups import for_command
from pages.ui.views import measuring, notices, titles
from pages.ui.views.compare import images, objects, pictures, setups, verdict
from pages.ui.views.compare.drawn import Drawn, drawn
from pages.ui.widgets.markdown import literal
from pages.ui.widgets.to_copy import to_copy

# Seconds between two drawings while images are measured, and that the first drawing waits for images.
_REFRESH = 1.0
_WAIT = 0.5


def draw() -> None:
    """Draw the page."""
    dataset = notices.opened_dataset(session.choice())
    shown = drawn(dataset)
    runs = not _measure(shown, _WAIT).is_done
    st.fragment(_view, run_every=_REFRESH if runs else None)(dataset, runs, shown.chosen)


def _view(dataset: CocoDataset, runs: bool, before: Choice) -> None:
    """Draw the page; while it `runs`, again every second.

    Parameters
    ----------
    dataset : CocoDataset
    runs : bool
        Whether something was being measured when the whole page was drawn.
    before : Choice
        What the sidebar shows.
    """
    shown = drawn(dataset)
    measured = _measure(shown)
    if measured.is_done == runs or shown.chosen.recall != before.recall:
        st.rerun()
    measuring.draw("Compare", dataset, shown.chosen, measured, shown.iou)
    setups.draw(shown, measured)
    first, second = shown.setups
    pair = comparisons.measured_pair(measured)
    if first == second:
        st.info("A and B are the same setup: choose another one for B.", icon=":material/info:")
    elif pair is None and measured.is_done:
        st.warning("No image could be measured under both setups.", icon=":material/broken_image:")
    elif pair is None:
        st.info("The first images are being measured …", icon=":material/hourglass_top:")
    else:
        verdict.draw(shown, pair, measured.is_done)
    listed = images.listed(shown, pair)
    index = images.choose_image(shown, listed, measured.is_done or not listed.is_empty)
    titles.show(f"Compare · {PurePath(dataset.file_names[index]).name}")
    results = _results(shown, index)
    pictures.head(shown, listed, index)
    pictures.draw(shown, listed, index, results)
    with st.container(key=session.part("results")):
        if results is not None:
            objects.draw(shown, index, results)
    _command(shown)
    objects.described(shown, index)
    session.save()


def _measure(shown: Drawn, seconds: float = 0.0) -> Measured:
    others = [side.other for side in shown.sides]
    return evaluations.measure(shown.dataset, shown.setups, others, seconds)


def _results(shown: Drawn, index: int) -> tuple[list[ObjectResult], list[ObjectResult]] | None:
    """Return what both setups do with the objects of the image; None where it cannot be measured."""
    try:
        first, second = (
            comparisons.results(shown.dataset, index, setup, shown.iou, shown.budget)
            for setup in shown.setups
        )
    except BoxscopeError as error:
        st.error(literal(error), icon=":material/broken_image:")
        return None
    return first, second


def _command(shown: Drawn) -> None:
    dataset = shown.dataset
    st.caption("Command line for these figures; B is named first, so that the differences are B − A")
    command = evaluate_command(
        short(dataset.annotations),
        [for_command(setup) for setup in reversed(shown.setups)],
        shown.budget,
        shown.iou,
        images_dir=short(dataset.images_dir) if shown.chosen.images else None,
        levels=dataset.levels,
        follow_links=dataset.follow_links,
    )
    to_copy(as_typed(command))
