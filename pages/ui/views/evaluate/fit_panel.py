"""An order of proposals fitted to the data set that is open: started, watched, judged and compared."""

import os
from pathlib import Path

import streamlit as st

from core import wording
from core.cli.spelling import as_typed, fit_command
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.proposers import Fitted
from core.proposers.fitted.file import Guard
from pages.ui.jobs import fits
from pages.ui.state import session
from pages.ui.state.roots import expect_allowed, resolve, short
from pages.ui.views import notices
from pages.ui.views.evaluate.choices import keep
from pages.ui.widgets.markdown import code, literal
from pages.ui.widgets.to_copy import to_copy

_REFRESH = 1.0
_OUT = session.page_key("evaluate", "fit_out")

_WHAT = (
    "Selective search and crack-groups find the boxes; their order is learned from the objects of this data "
    "set. It takes seconds for 50 images, a minute or two for 300, and needs torch. On four folds it is "
    "compared with the orders that need no fit, and recommended only where it is better."
)


def draw(dataset: CocoDataset) -> None:
    """Draw the panel."""
    with st.expander("Fit an order of proposals to this split", icon=":material/model_training:"):
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
            _draw(dataset, out)


def _seeded(annotations: Path) -> str:
    """Set the widget of the file to one beside the annotations, once for each data set; return its key."""
    key = f"{_OUT}.{annotations}"
    if session.remembered(key) is None:
        session.remember(key, short(annotations.with_name(f"{annotations.stem}.fitted.npz")))
    return key


def _draw(dataset: CocoDataset, out: Path) -> None:
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
        _judged(out)
    to_copy(as_typed(arguments))


@st.fragment(run_every=_REFRESH)
def _running(out: Path) -> None:
    found = fits.fit_of(out)
    if found.state != "running":
        st.rerun()
    st.progress(found.share, text=literal(found.text))


def _judged(out: Path) -> None:
    """Draw what the folds say of a fitted file, and what compares and takes it."""
    proposer = Fitted(model=str(out), advice="ignore")
    header = proposer.opened().content.header
    guard = header.guard
    st.markdown(
        f"Fitted to {wording.count(header.images, 'image')} with {wording.count(header.objects, 'object')}. "
        "Average recall on images of this split that the order was not fitted to:"
    )
    _table(guard)
    if not guard.recommended:
        st.warning(f"Not recommended: {literal(guard.reason)}.", icon=":material/thumb_down:")
        return
    st.caption(
        "Compare it on the validation split: on the images that it was fitted to its figures are too high. "
        "Setups that are compared stay when another split is chosen."
    )
    setup = Setup(Fitted(model=str(out)))
    with st.container(horizontal=True):
        st.button("Compare it", icon=":material/add_chart:", on_click=keep, args=(setup,))
        st.button(
            "Use it",
            icon=":material/check:",
            on_click=_use,
            args=(setup,),
            help="It becomes the setup of all pages; the present one stays in the comparison.",
        )


def _use(setup: Setup) -> None:
    keep(session.choice().setup)
    session.choose_setup(setup)


def _table(guard: Guard) -> None:
    rows = [
        f"| {code(name)} | {one['10']:.3f} | {one['100']:.3f} |" for name, one in guard.average_recall.items()
    ]
    if rows:
        st.markdown("\n".join(["| order | AR@10 | AR@100 |", "| --- | --: | --: |", *rows]))
