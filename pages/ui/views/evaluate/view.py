"""The page Evaluate: setups measured over the whole set, as far as that is done, and where they fail."""

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.cli.spelling import as_typed, evaluate_command
from core.datasets import CocoDataset
from core.evaluation.evaluation import MATCHINGS
from core.evaluation.recall import RecallRule
from core.evaluation.summary import nearest_threshold
from core.parameters import parameters
from pages.ui.components.steps import steps
from pages.ui.state import evaluations, held, session
from pages.ui.state.choice import Choice
from pages.ui.state.evaluations import Measured
from pages.ui.state.roots import short
from pages.ui.views import fit_panel, measuring, notices
from pages.ui.views.evaluate import curves, failures, precision, setups, table, transfer
from pages.ui.views.evaluate.choices import BUDGET, BUDGET_TEXTS, CURVES, EvaluateChoice, choose_budget
from pages.ui.views.evaluate.drawn import Drawn
from pages.ui.views.evaluate.setups import Compared
from pages.ui.widgets.markdown import literal
from pages.ui.widgets.to_copy import to_copy

# Seconds between two drawings while images are measured.
_REFRESH = 1.0
# Seconds that a drawing waits for the first images, with what is above the charts on the screen.
_WAIT, _LOOK = 1.5, 0.1

_IOU = next(spec for spec in parameters(RecallRule) if spec.name == "recall_iou")
_IOUS = [round(number / 20, 2) for number in range(1, 21)]

_MATCHINGS = {
    "coco": "At each IoU threshold proposals take their turn, best first; each takes the free object that "
    "it overlaps most. As pycocotools.",
    "hosang": "One to one, the pair with the largest IoU first, without a threshold (Hosang et al., PAMI "
    "2016). Its average recall is twice the area below recall from IoU 0.5 to 1.",
    "best": "The largest IoU of any proposal; one proposal may find several objects.",
}


def draw() -> None:
    """Draw the page."""
    dataset = notices.opened_dataset(session.choice())
    drawn = _drawn(dataset)
    shown = setups.compared(drawn.chosen, drawn.page)
    measured = _measure(dataset, shown)
    runs = not measured.is_done or failures.is_waiting(drawn, shown, measured)
    st.fragment(_view, run_every=_REFRESH if runs else None)(dataset, runs, drawn.chosen)


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
    drawn = _drawn(dataset)
    shown = setups.compared(drawn.chosen, drawn.page)
    measured = _measure(dataset, shown)
    waits = not measured.is_done or failures.is_waiting(drawn, shown, measured)
    if waits != runs or drawn.chosen.recall != before.recall:
        st.rerun()
    # A chart waits for nothing but its own figures: what stands above and below it is drawn after it.
    above, charts, tables, fails = (st.container() for _ in range(4))
    is_known = any(measured.evaluations)
    if not is_known:
        _above(above, drawn, shown, measured)
        measured = _first(dataset, shown, measured)
    measured = evaluations.steady(measured, (dataset.annotations, *(each.setup for each in shown)))
    with charts:
        if any(measured.evaluations):
            curves.draw(drawn, shown, measured)
        elif measured.is_done:
            st.warning("No image could be measured.", icon=":material/broken_image:")
        else:
            st.info("The first images are being measured …", icon=":material/hourglass_top:")
    if any(measured.evaluations):
        with fails:
            failures.draw(drawn, shown, measured)
        with tables:
            table.draw(drawn, shown, measured)
            precision.draw(drawn, shown, measured)
    if is_known:
        _above(above, drawn, shown, measured)
    _command(drawn, shown)
    fit_panel.draw(dataset, drawn.chosen)
    transfer.draw(drawn.chosen)
    session.save()


def _above(place: DeltaGenerator, drawn: Drawn, shown: list[Compared], measured: Measured) -> None:
    """Draw what is above the charts."""
    with place:
        measuring.draw("Evaluate", drawn.dataset, drawn.chosen, measured, drawn.iou)
        setups.chips(shown, drawn.chosen)
        _controls(drawn)


def _first(dataset: CocoDataset, shown: list[Compared], measured: Measured) -> Measured:
    """Return what is measured once the first image is, or after a while."""
    end = time.monotonic() + _WAIT
    while not any(measured.evaluations) and not measured.is_done and time.monotonic() < end:
        measured = _measure(dataset, shown, _LOOK)
    return measured


def _drawn(dataset: CocoDataset) -> Drawn:
    chosen = session.choice()
    return Drawn(dataset, chosen, session.read(EvaluateChoice), nearest_threshold(chosen.recall.recall_iou))


def _measure(dataset: CocoDataset, shown: list[Compared], seconds: float = 0.0) -> Measured:
    others = [each.other for each in shown]
    return evaluations.measure(dataset, [each.setup for each in shown], others, seconds)


def _controls(drawn: Drawn) -> None:
    """Draw what the figures depend on besides the setups."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        steps(
            key=BUDGET,
            label="Proposals an image",
            help="The first ones by the order of each setup count; the others do not.",
            texts={name: name if name == "all" else f"{number:,}" for name, number in BUDGET_TEXTS.items()},
            value=drawn.page.budget,
            on_choice=choose_budget,
        )
        st.selectbox(
            _IOU.label,
            sorted({*_IOUS, drawn.chosen.recall.recall_iou}),
            format_func=lambda iou: f"{iou:.2f}",
            key=held.seed("recall", _IOU, drawn.chosen.recall.recall_iou),
            persist_state="session",
            help="From which overlap with a proposal an object is found; Explore has the same.",
            width=140,
        )
        st.segmented_control(
            "Matching",
            list(MATCHINGS),
            required=True,
            format_func=MATCHINGS.__getitem__,
            key=session.seed(EvaluateChoice, "matching"),
            persist_state="session",
            help="\n\n".join(
                f"**{literal(MATCHINGS[name])}** {literal(text)}" for name, text in _MATCHINGS.items()
            ),
            width="content",
        )
        st.segmented_control(
            "By number of proposals",
            list(CURVES),
            required=True,
            format_func=CURVES.__getitem__,
            key=session.seed(EvaluateChoice, "curve"),
            persist_state="session",
            help="What the first chart shows: recall at the IoU, or the average recall over IoU 0.5 to 0.95.",
            width="content",
        )
        with st.popover("Definitions", icon=":material/help:"):
            st.markdown(_DEFINITIONS)


_DEFINITIONS = """
**Recall** The share of the ground truth objects that the first proposals of each image find, at an IoU
threshold. Crowd regions count neither way.

**AR@k** Average recall by the first k proposals an image: the mean recall over the IoU thresholds
0.50, 0.55 … 0.95.

**ABO** Average best overlap: the mean, over objects, of the largest IoU with one of the proposals that
count. **MABO** is the mean of the ABO of each class, shown where there are several.

**Precision** The share of the boxes of at least a score that find an object, by COCO's matching: of the first
100 by score of each image, each takes the free object that it overlaps most. A second box of an object is
wrong. **F1** is the harmonic mean of precision and recall.

**AP** Average precision: the mean, over 101 recalls, of the largest precision at that recall or beyond;
COCO's, for boxes of any category. mAP is its mean over categories, where boxes name them.

**Interval** 95 %, by drawing images with replacement, 1,000 times. It says how far a figure would
move on other images of the same kind.

**Time** What the proposer itself took for an image when it was run, without reading the picture.

While images are measured, everything is of those that are done; they are spread over the set.
"""


def _command(drawn: Drawn, shown: list[Compared]) -> None:
    dataset = drawn.dataset
    st.caption("Command line for these figures")
    command = evaluate_command(
        short(dataset.annotations),
        [each.for_command for each in shown],
        drawn.page.most,
        drawn.iou,
        drawn.page.matching,
        images_dir=short(dataset.images_dir) if drawn.chosen.images else None,
        levels=dataset.levels,
        follow_links=dataset.follow_links,
    )
    to_copy(as_typed(command))
