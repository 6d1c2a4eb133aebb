"""The problems of a data set, and the images that an export lists: the first on the page, all in a file."""

import html
from collections.abc import Sequence

import streamlit as st

from core import wording
from core.datasets import Problem
from core.datasets.kinds import by_kind, in_words
from core.datasets.table import csv_text, image_problems
from core.files import AnyPath, printable

# Rows on the page: the browser keeps them all.
_ROWS = 300
_IMAGES = 200
# What is the matter with the images of each list of an export, after their number.
UNUSED = {"skipped": "could not be used", "no-negatives": "without negatives, as an object may be missing"}
# Characters in a line of the table's last column; the height of two lines, pixels.
_LINE, _TWO_LINES = 60, 54


def problem_table(
    problems: Sequence[Problem], pictures: AnyPath, file_name: str, key: str = "all problems"
) -> None:
    """Draw a table of problems, some of each kind, or of the kinds that are chosen.

    Parameters
    ----------
    problems : sequence of Problem
    pictures : Path or RemotePath
        Folder of the images.
    file_name : str
        Of the table of all problems.
    key : str
        Of its widgets, different for each table of a page.
    """
    groups = by_kind(problems)
    kinds = sorted(groups)
    picked = st.pills("Kinds", kinds, selection_mode="multi", format_func=in_words, key=f"{key} kinds")
    chosen = picked or list(groups)
    most = _ROWS // len(chosen)
    rows = [problem for kind, group in groups.items() if kind in chosen for problem in group[:most]]
    what = [printable(_what(problem, pictures)) for problem in rows]
    st.dataframe(
        {
            "": ["unusable" if problem.lost else "note" for problem in rows],
            "kind": [in_words(problem.kind) for problem in rows],
            "image": [printable(problem.item) for problem in rows],
            "what": what,
        },
        hide_index=True,
        width="stretch",
        # Higher rows wrap their text.
        row_height=_TWO_LINES if any(len(text) > _LINE for text in what) else None,
        column_config={"what": st.column_config.TextColumn(width="large")},
    )
    total = sum(len(groups[kind]) for kind in chosen)
    with st.container(horizontal=True, vertical_alignment="center"):
        if total > len(rows):
            st.caption(f"{len(rows):,} of {total:,}, the first of each kind.", width="content")
        _download(problems, file_name, key)


def _what(problem: Problem, pictures: AnyPath) -> str:
    """Return the detail without the path of the picture, whose name is in the column before it."""
    path = str(pictures / problem.item)
    return problem.detail.removesuffix(f" {path}").replace(path, problem.item)


def image_list(images: Sequence[dict[str, str]], kind: str, key: str) -> None:
    """Draw images that an export lists, behind a line that counts them; nothing where there are none.

    Parameters
    ----------
    images : sequence of dict
        ``file`` and ``reason`` of each.
    kind : str
        One of ``UNUSED``.
    key : str
        Of the button, different for each list of a page.
    """
    if not images:
        return
    with st.expander(f"{wording.count(len(images), 'image')} {UNUSED[kind]}", icon=":material/warning:"):
        rows = "".join(
            f"<tr><td>{html.escape(item['file'])}</td><td>{html.escape(item['reason'])}</td></tr>"
            for item in images[:_IMAGES]
        )
        st.html(f'<div class="skipped"><table><tr><th>file</th><th>reason</th></tr>{rows}</table></div>')
        with st.container(horizontal=True, vertical_alignment="center"):
            if len(images) > _IMAGES:
                st.caption(f"The first {_IMAGES:,} of {len(images):,}.", width="content")
            _download(image_problems(images, kind, lost=kind == "skipped"), f"{kind}.csv", key)


def _download(problems: Sequence[Problem], file_name: str, key: str = "all problems") -> None:
    st.download_button(
        "All as a CSV file",
        lambda: csv_text(problems),
        file_name=file_name,
        mime="text/csv",
        key=key,
        on_click="ignore",
        icon=":material/download:",
        help="A row for each: kind, lost, item, detail, of.",
    )
