"""Which settings matter, and what the search found on the split that it never saw."""

import html
from typing import Any

import streamlit as st

from core.tuning.importance import LEAST
from core.tuning.watching import Watched
from pages.ui.components.colours import SERIES
from pages.ui.state import session
from pages.ui.widgets import evaluation_charts as charts
from pages.ui.widgets.evaluation_charts import Bar
from pages.ui.widgets.markdown import literal


def draw(search: Watched, is_running: bool) -> None:
    """Draw both, as far as they are known."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Which settings matter", divider="gray")
        _importances(search, len(search.trials) // LEAST * LEAST if is_running else len(search.trials))
    with right:
        st.subheader("On the split that it never saw", divider="gray")
        _report(search)


def _importances(search: Watched, trials: int) -> None:
    found = _shares(search, str(search.folder.path), trials)
    if not found:
        st.caption(f"Shown from {LEAST} trials on.")
        return
    rows = [Bar(name, name, share) for name, share in found.items()]
    key = session.page_key("tune", "importances")
    st.plotly_chart(charts.bars(rows, "share", "", SERIES[0], share=True), key=key, config=charts.CONFIG)
    st.caption(
        "How much the values of the better trials differ from those of all (PED-ANOVA, Watanabe et al., "
        "IJCAI 2023); all settings together are 1. A setting of a low share may be left as it is."
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _shares(_search: Watched, folder: str, trials: int) -> dict[str, float]:
    return _search.importances()


def _report(search: Watched) -> None:
    report = search.folder.report()
    if report is None:
        st.caption("Comes at the end of the search.")
        return
    st.markdown("\n".join(f"- {literal(remark)}" for remark in report["remarks"]))
    rows = {f"trial {report['best']['trial']}": report["best"]}
    rows |= {row["name"]: row for row in report["others"]}
    if any(row["valid"] for row in rows.values()):
        st.html(f'<div class="evaluation">{_table(rows, str(report["budget"]))}</div>')


def _table(rows: dict[str, dict[str, Any]], budget: str) -> str:
    heads = ["", f"AR@{budget}", "95 % interval", "best − this", "proposals", "ms"]
    best = next(iter(rows.values()))["valid"]
    texts = []
    for name, row in rows.items():
        if (valid := row["valid"]) is not None:
            more = _difference(best["above"].get(name)) if best else ""
            bounds = valid["interval"]
            cells = [
                name,
                _number(valid["average_recall"][budget]),
                f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "",
                more,
                f"{valid['proposals_per_image']:,.0f}",
                f"{1000 * valid['seconds_per_image']:.1f}",
            ]
            texts.append(f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in cells)}</tr>")
    head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(texts)}</tbody></table>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _difference(above: dict[str, Any] | None) -> str:
    if not above or above["difference"] is None:
        return ""
    bounds = above["interval"]
    interval = f" ({bounds[0]:+.3f} to {bounds[1]:+.3f})" if bounds else ""
    return f"{above['difference']:+.3f}{interval}"
