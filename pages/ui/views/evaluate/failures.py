"""Where a setup fails: objects by best overlap, by slice and by reason, each of which filters the images."""

import streamlit as st

from core.evaluation.evaluation import Evaluation
from core.evaluation.failures import ObjectFilter
from core.evaluation.figures import Mask
from core.evaluation.misses import REASONS
from core.evaluation.slices import KINDS, slices
from core.evaluation.summary import BINS, SliceFigures, overlap_histograms, slices_by_budget
from pages.ui.components.chart import Follows, chart
from pages.ui.components.colours import MISSED
from pages.ui.state import evaluations, session
from pages.ui.state.evaluations import Measured
from pages.ui.views.evaluate import images
from pages.ui.views.evaluate.choices import (
    BUDGET,
    BUDGET_TEXTS,
    VIEWS,
    EvaluateChoice,
    apply_range,
    clear,
    first_proposals,
    pick,
    seed_range,
    turn_to,
)
from pages.ui.views.evaluate.drawn import Drawn
from pages.ui.views.evaluate.setups import Compared
from pages.ui.widgets import evaluation_charts as charts
from pages.ui.widgets.evaluation_charts import Bar
from pages.ui.widgets.markdown import literal


def is_waiting(drawn: Drawn, shown: list[Compared], measured: Measured) -> bool:
    """Return whether reasons are shown, or filter the images, and some are not known yet."""
    each, evaluation = _of(drawn, shown, measured)
    return evaluation is not None and None in (_reasons(drawn, each, evaluation) or ())


def draw(drawn: Drawn, shown: list[Compared], measured: Measured) -> None:
    """Draw the chart that is chosen, and beside it the images."""
    names = {each.key: each.name for each in shown}
    if drawn.page.fails_of not in names:
        session.choose(EvaluateChoice, fails_of="")
    st.subheader("Where it fails", divider="gray", anchor="where-it-fails")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.selectbox(
            "Setup",
            list(names),
            format_func=names.__getitem__,
            key=session.seed(EvaluateChoice, "fails_of"),
            on_change=turn_to,
            args=(0,),
            persist_state="session",
            width=300,
        )
        view = st.segmented_control(
            "Objects by",
            list(VIEWS),
            required=True,
            format_func=VIEWS.__getitem__,
            key=session.seed(EvaluateChoice, "fails"),
            persist_state="session",
        )
        each, evaluation = _of(drawn, shown, measured)
        if not each.is_present:
            st.page_link(
                "compare.py",
                label="Compare with the present setup",
                icon=":material/compare:",
                query_params={**session.all_choices().spell(), "against": each.text},
            )
    if evaluation is None:
        st.info("The first images are being measured under this setup …", icon=":material/hourglass_top:")
        return
    if not len(evaluation.image):
        st.info("The images measured so far have no objects.", icon=":material/image_not_supported:")
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        {"overlap": _overlaps, "slices": _slices, "reasons": _missed}[view or "overlap"](
            drawn, each, evaluation
        )
    with right:
        _filters(drawn)
        images.draw(drawn, each, evaluation, _mask(drawn, each, evaluation))


def _of(drawn: Drawn, shown: list[Compared], measured: Measured) -> tuple[Compared, Evaluation | None]:
    """Return the setup whose failures are shown, and its evaluation."""
    wanted = session.read(EvaluateChoice).fails_of
    number = next((n for n, each in enumerate(shown) if each.key == wanted), 0)
    return shown[number], measured.evaluations[number]


def _mask(drawn: Drawn, each: Compared, evaluation: Evaluation) -> Mask:
    """Return which objects the images are listed by."""
    page = drawn.page
    kind, _, name = page.in_slice.partition(": ")
    listed = slices(evaluation, drawn.dataset.categories)
    chosen = [part for part in listed if (part.kind, part.name) == (kind, name)]
    objects = ObjectFilter(chosen, page.bins, page.missed_as)
    return objects.mask(evaluation, page.most, _reasons(drawn, each, evaluation))


def _filters(drawn: Drawn) -> None:
    """Draw what the images are listed by; a click lists those of all objects again."""
    page = drawn.page
    texts = {"in_slice": page.in_slice, "in_bins": "", "missed_as": page.missed_as}
    if page.bins is not None:
        texts["in_bins"] = f"IoU {page.bins[0] / BINS:.2f} to {(page.bins[1] + 1) / BINS:.2f}"
    chosen = {name: text for name, text in texts.items() if text}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not chosen:
            st.caption("Worst first, by mean best overlap. Click a bar to list the images of its objects.")
        for name, text in chosen.items():
            st.button(
                literal(text),
                icon=":material/close:",
                key=session.page_key("evaluate", f"clear {name}"),
                on_click=clear,
                args=(name,),
                help="List the images of all objects again.",
            )


def _overlaps(drawn: Drawn, each: Compared, evaluation: Evaluation) -> None:
    counts = evaluations.made(overlap_histograms, evaluation)
    key = session.page_key("evaluate", "overlaps")
    chart(
        key=key,
        figure=charts.overlaps(counts[-1].tolist(), drawn.page.bins, drawn.iou),
        label="objects by best overlap",
        on_pick=lambda: pick(key, "in_bins"),
        follows=Follows(
            BUDGET,
            {name: charts.with_counts(of.tolist()) for name, of in zip(BUDGET_TEXTS, counts, strict=True)},
        ),
    )
    st.slider(
        "Best overlap from and to",
        0.0,
        1.0,
        step=1 / BINS,
        key=seed_range(drawn.page),
        on_change=apply_range,
        help="Which objects the images are listed by; a click on a bar chooses its range.",
    )
    first = literal(first_proposals(drawn.page.budget))
    st.caption(f"{len(evaluation.image):,} objects by the largest IoU with one of {first}.")


def _slices(drawn: Drawn, each: Compared, evaluation: Evaluation) -> None:
    kind = st.segmented_control(
        "Slices",
        list(KINDS),
        required=True,
        key=session.seed(EvaluateChoice, "sliced_by"),
        persist_state="session",
        label_visibility="collapsed",
    )
    categories = tuple(drawn.dataset.categories.items())
    figures = evaluations.made(
        slices_by_budget, evaluation, categories, drawn.iou, drawn.page.matching, kind or "size"
    )
    rows = [
        [Bar.of(f"{each.part.kind}: {each.part.name}", _slice_text(each), each.recall) for each in of]
        for of in figures
    ]
    title, chosen = f"recall at IoU {drawn.iou:.2f}", drawn.page.in_slice
    parts = {name: charts.with_bars(of) for name, of in zip(BUDGET_TEXTS, rows, strict=True)}
    _bars(rows[-1], title, chosen, each.style.colour, True, "in_slice", Follows(BUDGET, parts))
    _select("Objects of a slice", [row.key for row in rows[-1]], chosen, "in_slice")
    st.caption(
        f"{KINDS[kind or 'size']} In brackets the number of objects, then recall and average best "
        "overlap; lines are 95 % intervals of the recall."
    )


def _slice_text(each: SliceFigures) -> str:
    name = f"{each.part.name} ({each.objects:,})"
    return f"{name} {each.recall.value:.2f}, ABO {each.best_overlap:.2f}"


def _missed(drawn: Drawn, each: Compared, evaluation: Evaluation) -> None:
    reasons = _reasons(drawn, each, evaluation) or []
    counts = {reason: reasons.count(reason) for reason in REASONS if reason in reasons}
    rows = [Bar(reason, f"{reason} {count:,}", count) for reason, count in counts.items()]
    missed = sum(counts.values())
    waiting = reasons.count(None)
    if rows:
        _bars(rows, "missed objects", drawn.page.missed_as, MISSED, False, "missed_as")
        _select("Objects missed by a reason", list(counts), drawn.page.missed_as, "missed_as")
    more = f" {waiting:,} are still to be looked at." if waiting else ""
    st.caption(f"{missed:,} of {len(reasons):,} objects have no proposal of IoU {drawn.iou:.2f}.{more}")
    with st.popover("What the reasons mean", icon=":material/help:"):
        st.markdown("\n\n".join(f"**{literal(name)}** {literal(text)}" for name, text in REASONS.items()))


def _bars(
    rows: list[Bar],
    title: str,
    chosen: str,
    colour: str,
    share: bool,
    name: str,
    follows: Follows | None = None,
) -> None:
    key = session.page_key("evaluate", f"bars of {name}")
    chart(
        key=key,
        figure=charts.bars(rows, title, chosen, colour, share),
        label=f"{title}, a bar for each",
        on_pick=lambda: pick(key, name),
        follows=follows,
    )


def _select(label: str, keys: list[str], chosen: str, name: str) -> None:
    """Draw what the bars choose from as a list, for the keyboard."""
    st.selectbox(
        label,
        list(dict.fromkeys(("", *keys, chosen))),
        format_func=lambda key: literal(key) or "all",
        key=session.seed(EvaluateChoice, name),
        on_change=turn_to,
        args=(0,),
        persist_state="session",
        help="Which objects the images are listed by; a click on a bar chooses too.",
    )


def _reasons(drawn: Drawn, each: Compared, evaluation: Evaluation) -> list[str | None] | None:
    """Return why objects are missed, where the page needs it."""
    if drawn.page.fails != "reasons" and not drawn.page.missed_as:
        return None
    return evaluations.reasons(drawn.dataset, each.setup, evaluation, drawn.iou, drawn.page.most, 0.0)
