"""The results on one image: figures, objects, a crop, a histogram."""

import html
from collections.abc import Sequence

import streamlit as st

from core import wording
from core.boxes import Boxes
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import RecallRule, tile_cuts
from core.evaluation.evaluation import ALL
from core.evaluation.misses import REASONS
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
from core.truth import Truth
from pages.ui.components.colours import colour
from pages.ui.components.viewer import ViewerState
from pages.ui.server import crop_previews
from pages.ui.server.tables import object_names
from pages.ui.state import cached, session
from pages.ui.views.explore import false_positives, settings_search, whole_set, why
from pages.ui.views.explore.choices import Chosen
from pages.ui.views.export_plan import ExportPlan
from pages.ui.widgets.histogram import BINS, iou_histogram
from pages.ui.widgets.markdown import code, literal

# A reason where a least score is chosen; the viewer has it as well.
_BELOW, _BELOW_HELP = "score too low", "A proposal finds it, but its score is below the least one."

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
        objects_table(dataset, truth, result, limit, recall, reasons, searches)
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


def objects_table(
    dataset: CocoDataset,
    truth: Truth,
    result: cached.ImageResult,
    limit: Limit,
    recall: RecallRule,
    reasons: Sequence[str],
    searches: bool,
) -> None:
    """Draw a row for each object: its nearest proposal among those shown, whether that finds it, why not.

    A missed one has a button that asks which settings find it, where `searches`.

    The viewer lights both where a row is pointed at, and zooms to them on a click, see ``pointing.js``.
    """
    best, proposals = result.outcome.best(limit), result.proposals
    if not len(best.iou):
        return
    boxes = truth.boxes[best.row]
    columns = zip(
        range(len(best.row)),
        object_names(dataset, truth),
        boxes[:, 2:] - boxes[:, :2],
        best.iou,
        best.rank,
        best.passes(recall),
        result.records.first_found(recall),
        reasons or [""] * len(best.row),
        strict=True,
    )
    head = "<tr><th>object</th><th>size, px</th><th>best IoU</th><th>nearest<br>proposal</th></tr>"
    rows = "".join(_object_row(dataset, proposals, limit, searches, *values) for values in columns)
    # Not st.dataframe: its code is a megabyte that the first picture would wait for.
    st.html(f'<table class="objects">{head}{rows}</table>')


def _object_row(
    dataset: CocoDataset,
    proposals: Proposals,
    limit: Limit,
    searches: bool,
    number: int,
    name: str,
    size: Boxes,
    iou: float,
    rank: int,
    found: bool,
    finder: int,
    reason: str,
) -> str:
    """Return the row of an object: a bar in the colour of its class, and the rank of its nearest proposal.

    Below the row of a missed object stands the first proposal beyond those shown that finds it. A row says in
    its data which object and which proposal it means.
    """
    nearest = f"#{rank}{false_positives.scored(dataset, proposals, rank)}" if rank >= 0 else "none"
    if not found:
        if 0 <= finder < (limit.top or ALL):
            reason = _BELOW
        title = html.escape(REASONS.get(reason, _BELOW_HELP))
        why = f'<small class="why" title="{title}">{reason}</small>' if reason else ""
        nearest += f"<small>missed</small>{why}"
    further = ""
    if not found and finder >= 0:
        beyond = f"#{finder} finds it, {_outside(proposals, limit, finder)}"
        button = f'<td colspan="4"><button>{beyond}</button></td>'
        further = f'<tr class="missed" {_pointing(number, finder)}>{button}</tr>'
    if not found and searches:
        button = f'<button class="search" data-search="{number}">Which settings find it?</button>'
        further += f'<tr class="missed"><td colspan="4">{button}</td></tr>'
    bar = f'<i style="width: {iou:.0%}; background: {colour(iou)}"></i>'
    return (
        f'<tr class="{"found" if found else "missed"}" {_pointing(number, rank)}>'
        f"<td><button>{html.escape(name)}</button></td>"
        f"<td>{size[0]:.0f} × {size[1]:.0f}</td><td><span>{bar}</span>{wording.iou(iou)}</td>"
        f"<td>{nearest}</td></tr>"
        f"{further}"
    )


def _outside(proposals: Proposals, limit: Limit, rank: int) -> str:
    """Return why a proposal does not count."""
    if rank >= (limit.top or ALL) or proposals.scores is None:
        return f"outside the top {limit.top:,}"
    return f"with a score of {wording.score(proposals.scores[rank])}"


def _pointing(number: int, rank: int) -> str:
    return f'data-object="{number}"' + (f' data-rank="{rank}"' if rank >= 0 else "")


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
    from pages.ui.widgets import charts  # imports Plotly, only when it is needed

    st.plotly_chart(charts.labels_chart(shown.labels, rule), config=charts.CONFIG)
