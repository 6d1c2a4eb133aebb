"""The trial that is looked at: its figures and settings, what applies it, its worst images and its boxes."""

import dataclasses
import html
from urllib.parse import urlencode

import streamlit as st

from core import wording
from core.datasets import CocoDataset
from core.datasets.shape import usual_ratio
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from core.tuning.trial import Trial
from core.tuning.watching import ImageRecall, Watched, setup_of
from pages.ui.components.colours import MISSED
from pages.ui.components.viewer import viewer
from pages.ui.server import addresses
from pages.ui.state import image_ids, kept, session
from pages.ui.state.choice import Choice
from pages.ui.views.tune.choices import TuneChoice
from pages.ui.views.tune.table import cells, table, td
from pages.ui.widgets.markdown import code

_APPLIED = session.page_key("tune", "applied")
_WORST = 8


def looked_at(search: Watched) -> Trial:
    """Return the trial that was clicked, else that of the highest recall."""
    number = session.read(TuneChoice).trial
    found = search.trial(int(number)) if number.isdecimal() else None
    if found is not None and found.is_finished:
        return found
    return search.best or search.finished[0]


def draw(search: Watched, trial: Trial, chosen: Choice) -> None:
    """Draw the figures and settings of a trial, and the button that applies it."""
    setup = setup_of(trial)
    role = " · on the front" if trial.number in {each.number for each in search.front} else ""
    is_best = search.best is not None and trial.number == search.best.number
    st.markdown(f"**Trial {trial.number:d}**{' · the highest recall' if is_best else role}")
    st.html(_figures(search, trial))
    st.html(f'<div class="settings">{_settings(setup, chosen.setup)}</div>')
    if session.remembered(_APPLIED):
        session.remember(_APPLIED, False)
        st.rerun()  # all of the page: the sidebar shows the setup too
    if boxes_setup(chosen.setup) == boxes_setup(setup):
        st.caption(":material/check: It is the setup of all pages. *Save as preset* in the sidebar names it.")
        return
    st.button(
        "Apply",
        icon=":material/check:",
        type="primary",
        on_click=_apply,
        args=(setup,),
        help="It becomes the setup of all pages; the present one is kept in the comparison on Evaluate.",
    )


def _apply(setup: Setup) -> None:
    kept.use(setup)
    session.remember(_APPLIED, True)


def _figures(search: Watched, trial: Trial) -> str:
    """Return a table of the figures of a trial on this split, and on the valid split once they are known."""
    here = {
        "average_recall": trial.average_recall,
        "interval": None,
        "proposals_per_image": trial.proposals_per_image,
        "seconds_per_image": trial.seconds_per_image,
    }
    report = search.report or {}
    rows = {row["trial"]: row for row in report.get("front", [])}
    known = rows.get(trial.number, {"train": None, "valid": None})
    here["interval"] = (known["train"] or {}).get("interval")
    found = {"this split": here, "valid": known["valid"]}
    lines = [[td(name), *cells(row, search.budget)] for name, row in found.items() if row is not None]
    return table(["", f"AR@{search.budget:,}", "proposals", "ms"], lines)


def _settings(setup: Setup, present: Setup) -> str:
    """Return a table of the settings that differ from their defaults or from those of the sidebar."""
    setup, present = (boxes_setup(each).with_order_named() for each in (setup, present))
    texts, there = setup.spell(), present.spell()
    if setup.proposer.name != present.proposer.name:
        there = {}
    wanted = boxes_setup(setup).changes().keys() | {
        name for name, text in there.items() if texts.get(name) != text
    }
    names = [name for name in texts if name in wanted and name != "proposer"]
    lines = [
        [
            td(html.escape(name)),
            td(f"<b>{html.escape(texts[name].replace(',', ', '))}</b>"),
            td(html.escape(there.get(name, "").replace(",", ", ") or "–")),
        ]
        for name in names
    ]
    return table(["setting", "here", "sidebar"], lines)


def images(search: Watched, trial: Trial, dataset: CocoDataset, chosen: Choice) -> None:
    """Draw the picture of Explore under the setup of a trial, and beside it the worst images of the trial."""
    setup = dataclasses.replace(setup_of(trial), top=chosen.setup.top, rule=chosen.setup.rule)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        index = _present(dataset, chosen)
        st.caption(f"{code(dataset.file_names[index])}, the image of Explore, under trial {trial.number:d}")
        viewer(
            key=session.page_key("tune", "viewer"),
            image=image_ids.text_of(dataset, index),
            proposals=addresses.proposals(dataset, setup, image_ids.text_of(dataset, index)),
            top=setup.top,
            recall=chosen.recall.recall_iou,
            frame=usual_ratio(dataset),
            no_layers="Explore shows the intermediate results of a proposer.",
            live=False,
        )
    with right:
        worst = search.worst_images(trial)[:_WORST]
        st.caption("Its worst images of the sample, by average recall; a click opens one in Explore")
        cells = "".join(_cell(dataset, chosen, setup, each) for each in worst)
        st.html(f'<section class="failures" style="--missed: {MISSED}"><div>{cells}</div></section>')


def _present(dataset: CocoDataset, chosen: Choice) -> int:
    try:
        return image_ids.index_of(dataset, chosen.image) if chosen.image else 0
    except BoxscopeError:
        return 0


def _cell(dataset: CocoDataset, chosen: Choice, setup: Setup, each: ImageRecall) -> str:
    image = image_ids.text_of(dataset, each.index)
    view = dataclasses.replace(chosen, image=image, box="", setup=setup)
    query = session.all_choices().replace(view).spell()
    query.pop("display", None)  # of another image
    title = html.escape(dataset.file_names[each.index], quote=True)
    address = html.escape(addresses.thumbnails(dataset).replace("{image}", image))
    objects = wording.count(each.objects, "object")
    return (
        f'<a href="./?{html.escape(urlencode(query))}" target="_self" title="{title}" data-image="{image}">'
        f'<span><img src="{address}" alt="{title}" loading="lazy"></span>'
        f"<small>{objects} <b>{each.recall:.2f}</b></small></a>"
    )
