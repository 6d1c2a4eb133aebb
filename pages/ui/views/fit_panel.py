"""An order of proposals fitted to the data set that is open: started, watched, judged and compared."""

import os
from pathlib import Path

import streamlit as st

from core import wording
from core.cli.spelling import as_typed, fit_command
from core.datasets import CocoDataset
from core.datasets.formats.kept import of as converted_of
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from core.proposers import Fitted
from core.proposers.fitted import IGNORE, REFUSE
from core.proposers.fitted.file import Guard
from pages.ui.jobs import fits
from pages.ui.state import kept, session
from pages.ui.state.choice import Choice
from pages.ui.state.roots import expect_allowed, resolve, short
from pages.ui.views import notices
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.to_copy import to_copy

_REFRESH = 1.0
_OUT = session.page_key("fit", "out")
_OPEN = session.page_key("fit", "open")
_USED = session.page_key("fit", "used")

_WHAT = (
    "Selective search and crack-groups find the boxes; their order is learned from the objects of this data "
    "set. It takes seconds for 50 images, a minute or two for 300, and needs torch. On four folds it is "
    "compared with the orders that need no fit, and recommended only where it is better."
)


def draw(dataset: CocoDataset, chosen: Choice) -> None:
    """Draw the panel, closed at first."""
    panel = st.expander(
        "Fit an order of proposals to this split",
        key=_OPEN,
        icon=":material/model_training:",
        on_change="rerun",
    )
    if panel.open:
        with panel:
            _opened(dataset, chosen)


def _opened(dataset: CocoDataset, chosen: Choice) -> None:
    st.caption(_WHAT)
    annotations = dataset.annotations
    if not isinstance(annotations, Path):
        st.caption("For a data set behind a URL: `boxscope fit proposer --help`.")
        return
    typed = st.text_input(
        "Fitted file",
        key=_seeded(annotations),
        help="Where it is written; the parameter *Fitted file* of the proposer `fitted` reads it.",
    )
    with notices.errors_drawn():
        out = resolve(typed)
        if out.suffix != ".npz":
            raise BoxscopeError("expected a name that ends in .npz", short(out))
        _draw(dataset, chosen, out)


def _seeded(annotations: Path) -> str:
    """Set the widget of the file to one beside the annotations, once for each data set; return its key."""
    key = f"{_OUT}.{annotations}"
    if session.remembered(key) is None:
        session.remember(key, short(_folder(annotations) / f"{annotations.stem}.fitted.npz"))
    return key


def _folder(annotations: Path) -> Path:
    """Return the folder of a data set's annotations, whatever their format."""
    converted = converted_of(annotations)
    return Path(converted.folder) if converted else annotations.parent


def _draw(dataset: CocoDataset, chosen: Choice, out: Path) -> None:
    arguments = fit_command(
        short(dataset.annotations),
        short(out),
        images_dir=short(dataset.images_dir),
        levels=dataset.levels,
        follow_links=dataset.follow_links,
    )
    found = fits.fit_of(out)
    if found.state == "running":
        _running(out)
        return
    if found.state == "failed":
        st.error(literal(found.text), icon=":material/error:")
    exists = os.path.exists(out)
    if st.button("Fit it again" if exists else "Fit to this split", icon=":material/play_arrow:"):
        expect_allowed(out)
        fits.start(arguments, out)
        st.rerun()
    if exists:
        _judged(chosen, out)
    to_copy(as_typed(arguments))


@st.fragment(run_every=_REFRESH)
def _running(out: Path) -> None:
    found = fits.fit_of(out)
    if found.state != "running":
        st.rerun()
    st.progress(found.share, text=literal(found.text))


def _judged(chosen: Choice, out: Path) -> None:
    """Draw what the folds say of a fitted file, what it changes on another split, and what takes it."""
    header = Fitted(model=str(out), advice=IGNORE).opened().content.header
    guard = header.guard
    st.markdown(
        f"Fitted to {wording.count(header.images, 'image')} with {wording.count(header.objects, 'object')}; "
        f"{literal(header.places)}. "
        "Average recall on images of this split that the order was not fitted to:"
    )
    _table(guard)
    if not guard.recommended:
        st.warning(f"Not recommended: {literal(guard.reason)}.", icon=":material/thumb_down:")
    setup = Setup(Fitted(model=str(out), advice=REFUSE if guard.recommended else IGNORE))
    from pages.ui.views import fit_effect  # imports Plotly, only when it is needed

    fit_effect.draw(chosen, setup, guard.best_without_fit)
    if session.remembered(_USED):
        session.remember(_USED, False)
        st.rerun()  # all of the page: the sidebar shows the setup too
    if boxes_setup(chosen.setup) == boxes_setup(setup):
        st.caption("It is the setup of all pages.")
        return
    st.button(
        "Use it" if guard.recommended else "Use it all the same",
        icon=":material/check:",
        on_click=_use,
        args=(setup,),
        help="It becomes the setup of all pages; the present one is kept in the comparison on Evaluate.",
    )


def _use(setup: Setup) -> None:
    kept.use(setup)
    session.remember(_USED, True)


def _table(guard: Guard) -> None:
    rows = [
        f"| {code(name)} | {one['10']:.3f} | {one['100']:.3f} |" for name, one in guard.average_recall.items()
    ]
    if rows:
        st.markdown("\n".join(["| order | AR@10 | AR@100 |", "| --- | --: | --: |", *rows]))
