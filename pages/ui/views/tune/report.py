"""Which settings matter, and what the search found on the split that it never saw."""

import html
from typing import Any

import streamlit as st

from core import wording
from core.tuning.importance import LEAST
from core.tuning.watching import Watched
from pages.ui.components.chart import chart
from pages.ui.components.colours import SERIES
from pages.ui.state import session
from pages.ui.views.tune.table import cells, interval, table, td
from pages.ui.widgets import evaluation_charts as charts
from pages.ui.widgets.evaluation_charts import Bar
from pages.ui.widgets.intervals import difference_cell
from pages.ui.widgets.markdown import literal

_MOST = 10


def draw(search: Watched, is_running: bool) -> None:
    """Draw both, as far as they are known."""
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Which settings matter", divider="gray")
        if search.report is None:
            _importances(search, len(search.trials) // LEAST * LEAST if is_running else len(search.trials))
        else:
            _worth(search)
    with right:
        st.subheader("On the split that it never saw", divider="gray")
        _report(search)


def _importances(search: Watched, trials: int) -> None:
    found = _shares(search, str(search.folder.path), trials)
    if not found:
        st.caption(f"Shown from {LEAST} trials on.")
        return
    rows = [Bar(name, name, share) for name, share in list(found.items())[:_MOST]]
    key = session.page_key("tune", "importances")
    chart(
        key=key,
        figure=charts.bars(rows, "share", "", SERIES[0], share=True),
        label="how much each setting matters, a bar for each",
    )
    st.caption(
        "A first look: how much the values of the better trials differ from those of all (PED-ANOVA, "
        "Watanabe et al., IJCAI 2023). A setting without effect may stand high, since the search does not "
        "draw evenly. At the end of the search each setting of the best trial is measured by itself."
    )


@st.cache_data(max_entries=50, show_spinner=False)
def _shares(_search: Watched, folder: str, trials: int) -> dict[str, float]:
    return _search.importances()


def _worth(search: Watched) -> None:
    """Draw what the best trial loses when one of its settings alone goes back to its default."""
    report = search.report or {}
    if not report.get("worth"):
        st.caption("The best trial has the settings that the search began with.")
        return
    budget = search.budget
    lines = []
    for row in report["worth"]:
        gain = interval(row["difference"], row["interval"])
        texts = [row["name"], row["value"].replace(",", ", "), row["default"].replace(",", ", ")]
        lines.append([*(td(html.escape(text)) for text in texts), difference_cell(gain, f"AR@{budget:,}")])
    heads = ["setting", f"trial {report['best']['trial']}", "default", "worth"]
    st.html(f'<div class="settings">{table(heads, lines)}</div>')
    st.caption(
        f"AR@{budget:,} that the best trial has more than with this setting alone put back to its default, "
        f"on {wording.count(report['worth_images'], 'image')} of this split."
    )


def _report(search: Watched) -> None:
    report = search.report
    if report is None:
        st.caption("Comes at the end of the search.")
        return
    st.markdown("\n".join(f"- {literal(remark)}" for remark in report["remarks"]))
    rows = {f"trial {report['best']['trial']}": report["best"]}
    rows |= {row["name"]: row for row in report["others"]}
    if report["best"]["valid"]:
        st.html(_table(rows, report["best"]["valid"]["above"], search.budget))


def _table(rows: dict[str, dict[str, Any]], above: dict[str, dict[str, Any]], budget: int) -> str:
    lines = []
    for name, row in rows.items():
        more = above.get(name)
        gain = None if more is None else interval(more["difference"], more["interval"])
        first, *others = cells(row["valid"], budget)
        difference = difference_cell(gain, f"AR@{budget:,} of the best trial less that of this one")
        lines.append([td(html.escape(name)), first, difference, *others])
    return table(["", f"AR@{budget:,}", "best − this", "proposals", "ms"], lines)
