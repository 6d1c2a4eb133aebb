"""Recall and ABO over the whole set beside those of the image, and under the setting before."""

import html
import time
from typing import NamedTuple

import streamlit as st

from core import parameters, wording
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter
from core.evaluation import SetCoverage
from core.proposals.store import boxes_setup
from pages.ui.state import cached, queue, session
from pages.ui.state.queue import Criteria
from pages.ui.views.explore import set_remarks
from pages.ui.views.explore.choices import Chosen

# Seconds of one core that measuring a set may take without being asked for.
_QUICK = 5.0
# Seconds without a change of the page before measuring begins: what is looked at comes first.
_REST = 0.5
# Seconds of an image that is read from memory and proposed on at once.
_LEAST = 0.005

_SEEN = session.page_key("explore", "whole_set")
_ASKED = session.page_key("explore", "whole_set_asked")


class Seen(NamedTuple):
    """The figures of a set.

    Attributes
    ----------
    of : tuple
        See :func:`_setting`.
    texts : dict of str to str
        The setting as text.
    figures : SetCoverage
    """

    of: tuple[object, ...]
    texts: dict[str, str]
    figures: SetCoverage


def draw(dataset: CocoDataset, chosen: Chosen, seconds: float) -> None:
    """Draw the figures of the set once they are measured.

    They are measured where that is quick, where worst first does it anyway, and where it is asked for.

    Parameters
    ----------
    seconds : float
        What one image takes.
    """
    indices = queue.whole_set(dataset)
    if len(indices) < 2:
        return
    figures = queue.of_set(dataset, chosen.criteria)
    if figures is not None:
        _figures(dataset, chosen.criteria, figures, seconds)
        return
    takes = max(seconds, _LEAST) * len(indices)
    by_order = chosen.order.is_measured and chosen.explore.wanted == ImageFilter()
    asked = session.remembered(_ASKED) == _setting(dataset, chosen.criteria)
    if takes <= _QUICK or by_order or asked:
        _measuring(dataset, chosen, time.monotonic())
    else:
        st.button(
            f"Measure all {len(indices):,} images (about {wording.duration(takes)})",
            icon=":material/monitoring:",
            type="tertiary",
            on_click=session.remember,
            args=(_ASKED, _setting(dataset, chosen.criteria)),
            help="Recall and ABO over the whole set, measured in the background.",
        )
        _write(_before(dataset, chosen.criteria))


@st.fragment(run_every=1.0)
def _measuring(dataset: CocoDataset, chosen: Chosen, drawn: float) -> None:
    """Draw how far the measurement is; it begins when the page has rested since the time `drawn`."""
    indices = queue.whole_set(dataset)
    survey = queue.survey(dataset, chosen.shared.setup)
    rests = time.monotonic() - drawn > _REST
    done = survey.measure(indices) if rests else survey.done(indices)
    if done == len(indices):
        st.rerun()
    bar = f'<progress value="{done}" max="{len(indices)}"></progress>'
    _write(
        f"Whole set: {done:,} of {len(indices):,} images measured {bar}", _before(dataset, chosen.criteria)
    )


def _figures(dataset: CocoDataset, criteria: Criteria, figures: SetCoverage, seconds: float) -> None:
    setting = _setting(dataset, criteria)
    seen = [each for each in _seen(dataset) if each.of != setting]
    session.remember(_SEEN, [*seen[-1:], Seen(setting, _texts(criteria), figures)])
    indices = queue.whole_set(dataset)
    remarks = []
    if more := int((dataset.object_counts > 0).sum()) - len(indices):
        remarks.append(f"The first {len(indices):,} images with objects; {more:,} more are not measured.")
    if failed := queue.survey(dataset, criteria.setup).failed(indices):
        remarks.append(f"{wording.count(failed, 'image')} could not be measured.")
    _write(f"Whole set: <b>{_text(figures)}</b>", _before(dataset, criteria), *remarks)
    set_remarks.draw(dataset, criteria, figures, seconds)


def _text(figures: SetCoverage) -> str:
    return f"{figures.found:,} / {figures.objects:,} found, ABO {wording.iou(figures.mean_iou)}"


def _before(dataset: CocoDataset, criteria: Criteria) -> str:
    """Return the figures of the setting before as HTML, titled by what was different; empty without one."""
    setting = _setting(dataset, criteria)
    earlier = [each for each in _seen(dataset) if each.of != setting]
    if not earlier:
        return ""
    before, present = earlier[-1], _texts(criteria)
    different = [f"{name} {text}" for name, text in before.texts.items() if present.get(name) != text]
    return f'<span title="{html.escape(", ".join(different))}">before: {_text(before.figures)}</span>'


def _write(*lines: str) -> None:
    if any(lines):
        st.html(f'<p class="whole-set">{"<br>".join(filter(None, lines))}</p>')


def _seen(dataset: CocoDataset) -> list[Seen]:
    """Return the last figures of this data set, the latest last."""
    of = cached.dataset_key(dataset)
    return [each for each in session.remembered(_SEEN) or [] if each.of[0] == of]


def _setting(dataset: CocoDataset, criteria: Criteria) -> tuple[object, ...]:
    """Return what the figures of a set depend on."""
    return cached.dataset_key(dataset), tuple(_texts(criteria).items())


def _texts(criteria: Criteria) -> dict[str, str]:
    """Return the settings that the figures depend on, as text."""
    return {
        **boxes_setup(criteria.setup).with_order_named().spell(),
        "top": str(criteria.setup.top),
        **parameters.spell(criteria.recall),
        **({} if criteria.score is None else {"least score": f"{criteria.score:g}"}),
    }
