"""Fitted files by data sets: how each order does on pictures that it was not fitted to."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core import wording
from core.evaluation.transfer import AverageRecall
from core.pipeline import Setup
from core.proposals.fitted_files import FittedFile, fitted_file, fitted_files, fitted_to
from core.proposers import CrackGroups, Fitted, SelectiveSearch
from pages.ui.state import evaluations, session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import allowed, resolve, short
from pages.ui.state.splits import Split, known_splits
from pages.ui.views import notices
from pages.ui.views.evaluate.transfer_table import Column, Row, Table, as_html, key, remember

_WHAT = (
    "An order is for pictures of the kind that it was fitted to, and on another kind worse than one without "
    "a fit. Listed are the files beside the annotations of the data sets that were opened, whether their fit "
    "recommends them or not. A figure that is beyond chance above the best order without a fit is bold, one "
    "below it red."
)
_MOST_FILES, _MOST_SETS = 12, 4
_REFRESH = 1.0
# Seconds that the page waits for one image of each data set, by which it says what the others take.
_PATIENCE = 1.5
_OPEN = session.page_key("transfer", "open")
_FILE = session.page_key("transfer", "file")
_ON = session.page_key("transfer", "on")
_ASKED = session.page_key("transfer", "asked")


def draw(chosen: Choice) -> None:
    """Draw the panel, closed at first."""
    panel = st.expander(
        "Fitted files on this and other data sets", key=_OPEN, icon=":material/grid_on:", on_change="rerun"
    )
    if panel.open:
        with panel, notices.errors_drawn():
            _opened(chosen)


def _opened(chosen: Choice) -> None:
    st.caption(_WHAT)
    splits = known_splits(chosen)
    left, right = st.columns(2)
    here = next(iter(splits))
    on = left.multiselect(
        "Measured on",
        list(splits),
        default=[here],
        key=f"{_ON}.{here}",
        max_selections=_MOST_SETS,
        help="This split, the other ones of the data set, and those of the data sets opened before.",
    )
    typed = right.text_input("Another fitted file", key=_FILE, placeholder="a file elsewhere")
    rows = _rows(splits, typed)
    if not rows:
        st.caption("There is none yet: the panel above writes one.")
        return
    rows += [Row(kind.name, "no fit", Setup(kind())) for kind in (SelectiveSearch, CrackGroups)]
    _draw(Table(rows, [Column(name, splits[name].opened()) for name in on]))


def _rows(splits: Mapping[str, Split], typed: str) -> list[Row]:
    """Return a row for each fitted file, the one that was typed first."""
    folders = [folder for split in splits.values() for folder in split.folders if allowed(folder)]
    files = {file.path: file for file in fitted_files(folders) if allowed(file.path)}
    if typed:
        path = resolve(typed)
        files = {path: fitted_file(path), **files}
    if len(files) > _MOST_FILES:
        st.caption(f"The first {_MOST_FILES} of {len(files):,} files; another one can be named.")
    annotations = {name: split.annotations for name, split in splits.items()}
    return [_row(file, annotations) for file in list(files.values())[:_MOST_FILES]]


def _row(file: FittedFile, annotations: Mapping[str, Path]) -> Row:
    if file.header is None:
        return Row(short(file.path), file.reason, None)
    to = fitted_to(file.header, annotations)
    note = f"fitted to {wording.count(file.header.images, 'image')}{f' of {to}' if to else ''}"
    note += "" if file.header.guard.recommended else "; not recommended by its fit"
    return Row(short(file.path), note, Setup(Fitted(model=str(file.path), advice="ignore")), to)


def _draw(table: Table) -> None:
    runs = bool(table.missing) and session.remembered(_ASKED) == _wanted(table)
    if table.missing and not runs:
        _offer(table)
    st.fragment(_measured, run_every=_REFRESH if runs else None)(table, runs)


def _offer(table: Table) -> None:
    """Draw the button that begins to measure, with what that takes."""
    seconds: list[float | None] = []
    for column in table.columns:
        setups = [setup for of, setup in table.missing if of is column]
        first = evaluations.measure(column.dataset, setups, [None] * len(setups), _PATIENCE, 1)
        others = len(evaluations.to_measure(column.dataset)) - 1
        seconds.append(evaluations.cost(first, others) if setups else 0.0)
    known = [each for each in seconds if each is not None]
    about = f", about {wording.duration(max(sum(known), 1))}" if len(known) == len(seconds) else ""
    left = wording.count(len(table.missing), "evaluation")
    asked = st.button(
        f"Measure ({left}{about})",
        icon=":material/monitoring:",
        on_click=session.remember,
        args=(_ASKED, _wanted(table)),
        help="In the background, one after the other. What was measured before is kept.",
    )
    if asked:
        st.rerun()


def _wanted(table: Table) -> list[object]:
    return [key(*pair) for pair in table.cells]


def _measured(table: Table, runs: bool) -> None:
    """Draw what is known, and where it `runs` request what is missing."""
    if runs:
        _measure(table)
        if not table.missing:
            st.rerun()
        total, left = len(table.cells), len(table.missing)
        st.progress(1 - left / total, text=f"{total - left:,} of {total:,} measured")
    st.html(f'<div class="evaluation">{as_html(table)}</div>')


def _measure(table: Table) -> None:
    """Request the first evaluation that is not known, and go on to the next once it is done."""
    for column, setup in table.missing:
        measured = evaluations.measure(column.dataset, [setup], [None])
        if not measured.is_done:
            return
        made = measured.evaluations[0]
        remember(column, setup, None if made is None else AverageRecall.of(made))
