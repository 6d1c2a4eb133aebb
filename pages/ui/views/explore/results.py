"""The results on one image: figures, a crop, a histogram, and what stands in modules of its own."""

import html

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import RecallRule, tile_cuts
from core.evaluation.outcome import Limit
from core.evaluation.overlap import count_by_iou
from core.executors.background import Indices
from core.export import crop_name, image_outcome
from core.export.decision import decide
from core.export.incomplete import without_masks
from core.labelling import KINDS, LabelRule
from core.pipeline import Proposals, Setup
from core.ranking import ORDER_TEXTS
from core.sampling import Reason, Sampling
from core.sampling.classes import Classes, certain_category
from pages.ui.components.chart import chart
from pages.ui.components.viewer import ViewerState
from pages.ui.server import crop_previews
from pages.ui.state import cached, session
from pages.ui.views.explore import false_positives, objects, settings_search, whole_set, why
from pages.ui.views.explore.choices import Chosen
from pages.ui.views.export_plan import ExportPlan
from pages.ui.widgets import charts
from pages.ui.widgets.histogram import BINS, iou_histogram
from pages.ui.widgets.markdown import code, literal

_HEADINGS = {Reason.WRITTEN: "exported", Reason.UNCOUNTED: "perhaps exported"}


def draw(
    dataset: CocoDataset,
    index: int,
    chosen: Chosen,
    plan: ExportPlan,
    result: cached.ImageResult,
    viewed: ViewerState,
) -> None:
    """Draw the results of the proposals shown."""
    choice, proposals, truth = chosen.shared, result.proposals, dataset.truth(index)
    recall, limit = choice.recall, chosen.criteria.limit
    counted = limit.rows(len(proposals.boxes), proposals.scores)
    shown = proposals.take(counted)
    with st.container(key=session.part("results")):
        figures(result, len(counted), limit, recall, choice.setup.ranked_by)
        whole_set.draw(dataset, chosen, result.seconds)
        if remark := choice.setup.proposer.remark(result.width, result.height):
            st.caption(f"The picture is {literal(remark)}.")
        size, proposer = (result.width, result.height), choice.setup.proposer
        cut = tile_cuts.of_image(proposer, size, truth, shown.boxes, recall.recall_iou)
        for line in filter(None, (result.remark, cut, without_masks(dataset, choice.setup.rule, index))):
            st.caption(f"{literal(line)}.")
        for line in cached.results_remarks(dataset, choice.setup.proposer):
            st.caption(literal(line))
        what_becomes(dataset, index, proposals, plan.sampling)
        reasons = why.reasons(dataset, index, choice, result.outcome, limit)
        searches = settings_search.is_possible(choice.setup)
        objects.draw(dataset, truth, result, limit, recall, reasons, searches)
        has_missed = not bool(result.outcome.best(limit).passes(recall).all())
        if remark := settings_search.impossible(choice.setup, has_missed):
            st.caption(literal(remark))
        sought = st.container()
        false_positives.draw(dataset, result, limit, recall)
        picked = viewed.rank(proposals.boxes)
        crop(dataset, index, result, counted, plan.setup(choice), plan.sampling, picked)
        histogram(shown, choice.setup.rule)
        with sought:  # last: it may take seconds
            settings_search.draw(dataset, index, chosen, result)


def figures(result: cached.ImageResult, shown: int, limit: Limit, recall: RecallRule, order: str) -> None:
    """Draw the four figures of the image, the first two of the proposals shown, and their order."""
    best, count = result.outcome.best(limit), len(result.proposals.boxes)
    found, objects = int(best.passes(recall).sum()), len(best.iou)
    among = f"top {limit.top:,}" if 0 < limit.top < count else f"all {count:,}"
    if limit.score is not None:
        by_score = f"score ≥ {wording.score(limit.score)}"
        among = f"{among}, {by_score}" if 0 < limit.top < count else by_score
    left, right = st.columns(2)
    left.metric(
        f"Recall @{recall.recall_iou:g}, {among}", f"{found} / {objects}", border=True, help=_RECALL_HELP
    )
    mean = wording.iou(best.iou.mean()) if objects else "–"
    right.metric(f"ABO (mean best overlap), {among}", mean, border=True, help=_ABO_HELP)
    left, right = st.columns(2)
    left.metric(f"Proposals shown, of {count:,}", f"{shown:,}", border=True)
    seconds = result.proposals.seconds
    took = f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
    right.metric("Proposal time", took, border=True)
    with_all = int((result.records.first_found(recall) >= 0).sum())
    more = f" All {count:,} proposals find {with_all:d} / {objects:d}." if with_all > found else ""
    st.caption(f"Ranked by {ORDER_TEXTS[order]}.{more}")


_RECALL_HELP = (
    "Objects that at least one of the proposals shown overlaps by this IoU or more, of all objects of the "
    "image; one proposal may find several. The threshold is Recall at IoU on the left; the number of "
    "proposals shown is set above the picture."
)
_ABO_HELP = (
    "Average best overlap: the IoU of each object with its nearest proposal among those shown, averaged over "
    "the objects of the image."
)


def what_becomes(dataset: CocoDataset, index: int, proposals: Proposals, sampling: Sampling) -> None:
    """Draw what the export does with the image where that is not plain: it is in doubt, or has no objects."""
    doubt = literal(image_outcome.uncertainty(dataset, index))
    if doubt:
        st.warning(doubt, icon=":material/help:")
    outcome = literal(image_outcome.without_objects(dataset, index, proposals.labels, sampling))
    if outcome:
        st.caption(outcome)


def crop(
    dataset: CocoDataset,
    index: int,
    result: cached.ImageResult,
    counted: Indices,
    setup: Setup,
    sampling: Sampling,
    picked: int | None,
) -> None:
    """Draw the crop of the clicked proposal, or of the best one that counts, with the bytes of an export."""
    if not len(counted) and picked is None:
        st.caption("There are no proposals, so there is no crop. Try other parameters.")
        return
    shown, labels = result.proposals, result.proposals.labels
    rank = int(counted[labels.iou[counted].argmax()]) if picked is None else picked
    kind, iou, percent = int(labels.kind[rank]), float(labels.iou[rank]), 100 * float(labels.inside[rank])
    try:
        _ = sampling.cut.zoom  # raises an error for a context that leaves no pixels for the box
    except BoxscopeError as error:
        st.error(literal(error), icon=":material/error:")
        return
    reason, why = _decision(dataset, index, result, setup, sampling, rank)
    category = certain_category(labels, rank, dataset.truth(index))
    classes = Classes.of(dataset.categories, sampling.labels)
    number = classes.number(kind, category) if classes.has(kind, category) else kind
    name = crop_name(cached.stems(dataset)[index], rank, iou, number, sampling.cut.suffix)
    left, right = st.columns(2)
    # By address: the bytes of a run that is interrupted by a newer one might never reach the browser.
    address = html.escape(crop_previews.address(dataset, index, shown.boxes[rank], sampling.cut))
    left.html(
        f'<a class="preview" href="{address}" download="{html.escape(name)}" title="Save this crop">'
        f'<img src="{address}" alt="The crop of rank {rank}"></a>'
    )
    right.markdown(
        f"**Crop preview: {'refused' if dataset.refusals else _HEADINGS.get(reason, 'not exported')}**  \n"
        f"{sampling.cut.describe()}  \n"
        f"rank {rank:d}, {KINDS[kind]}, IoU {wording.iou(iou)}, {percent:.0f} % inside an object"
        f"{_mask_text(int(labels.mask[rank]))}"
    )
    right.caption(literal(why) if why else code(name))
    if picked is None:
        which = "highest-IoU" if iou > 0 else "first"
        right.caption(f"Showing the {which} proposal. Click a box to preview its crop.")


def _mask_text(pixels: int) -> str:
    """Return how many mask pixels a box holds; empty where the label rule does not count them."""
    return f", {wording.count(pixels, 'mask pixel')}" if pixels >= 0 else ""


def _decision(
    dataset: CocoDataset, index: int, result: cached.ImageResult, setup: Setup, sampling: Sampling, rank: int
) -> tuple[Reason, str]:
    """Return why a proposal is or is not written by the chosen export, and a text that says so."""
    proposals, doubt = result.proposals, dataset.doubts[index]
    decision = decide(
        proposals.first(setup.top) if setup.top else proposals,
        dataset.truth(index),
        setup.rule,
        sampling,
        int(dataset.image_ids[index]),
        (result.width, result.height),
        doubt=doubt,
    )
    return decision.reason(rank), decision.describe(rank, sampling, doubt)


def histogram(shown: Proposals, rule: LabelRule) -> None:
    """Draw a histogram of the proposals by IoU, in the colours of their boxes."""
    if not len(shown.boxes):
        return
    iou_histogram(
        count_by_iou(shown.labels.iou, BINS),
        f"{wording.count(len(shown.boxes), 'proposal')} by best IoU: click a bar to draw only its boxes",
        "proposal",
        mark=(rule.iou, f"positive above IoU {rule.iou:g}"),
        opens=True,
    )
    if st.button(
        "Open as a chart",
        icon=":material/bar_chart:",
        type="tertiary",
        help="A larger chart, with the counts.",
    ):
        _chart(shown, rule)


@st.dialog("Proposals by best IoU", width="large", icon=":material/bar_chart:")
def _chart(shown: Proposals, rule: LabelRule) -> None:
    chart(
        key=session.page_key("explore", "labels"),
        figure=charts.labels_chart(shown.labels, rule),
        label="Boxes by their highest IoU with an object, by label.",
    )
