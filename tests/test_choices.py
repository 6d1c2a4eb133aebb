"""What is chosen: its spelling in a link, the widgets that hold it, and that a page brings its own."""

import dataclasses
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from core.cutting import Cut
from core.errors import BoxscopeError
from core.evaluation import RecallRule
from core.export.gallery import CropFilter
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import Grid
from core.sampling import Sampling
from pages.ui.state import choices, fields
from pages.ui.state.choice import SHOWN_NAMES, Choice, DatasetPath
from pages.ui.state.choices import Choices
from pages.ui.views.explore.choices import QUEUES, ExploreChoice
from pages.ui.views.export.choices import VIEWS, ExportChoice
from pages.ui.views.export_plan import ExportPlan
from tests.drawn import quick, some_settings, some_setups

PAGES = (ExportPlan, ExploreChoice, ExportChoice)
KINDS = (*PAGES, Choice)  # last, since it takes what no other one has taken

LINK = {
    "dataset": "bridge",
    "split": "valid",
    "image": "7",
    "box": "3",
    "find": "north",
    "queue": "worst",
    "objects": "2-4",
    "category": "3",
    "missed": "true",
    "stages": "true",
    "out": "crops",
    "format": "parquet",
    "export_top": "true",
    "shard_images": "32",
    "view": "browse",
    "browse": "crops/valid",
    "crops.label": "positive",
    "crops.iou": "0.5,1.0",
    "proposer": "grid",
    "levels": "3",
    "grey": "0-4095",
    "order": "small",
    "nms": "0.7",
    "min_side": "9",
    "top": "0",
    "iou": "0.6",
    "recall_iou": "0.4",
    "negative_from": "0.1",
    "side": "64",
    "ratio": "3.0",
}


def test_a_link_spells_every_choice_by_its_name():
    read = Choices.parse(LINK, KINDS)
    setup = Setup(Grid(levels=3), "small", 9, 0.7, 0, LabelRule(0.6, negative_from=0.1))
    assert read.of(Choice) == Choice(
        "bridge", "valid", "7", grey="0-4095", box="3", setup=setup, recall=RecallRule(0.4)
    )
    assert read.of(ExploreChoice) == ExploreChoice(
        "north", "worst", True, objects="2-4", category="3", missed=True
    )
    assert read.of(ExportPlan) == ExportPlan(
        "crops", "parquet", True, 32, Sampling(cut=Cut(side=64), ratio=3.0)
    )
    crop_filter = CropFilter(label="positive", iou=(0.5, 1.0))
    assert read.of(ExportChoice) == ExportChoice("browse", "crops/valid", crop_filter)
    assert read.spell() == LINK


def test_a_link_leaves_out_what_is_as_by_default_but_for_what_names_the_view():
    usual = Choices(tuple(kind() for kind in KINDS))
    assert usual.spell() == {"dataset": Choice().dataset, "proposer": "adaptive-threshold"}
    other = usual.replace(Choice("a", "train", "1"), ExploreChoice(queue="worst"))
    named = {"dataset": "a", "split": "train", "image": "1", "proposer": "adaptive-threshold"}
    assert other.spell() == {**named, "queue": "worst"}
    assert Choices.parse({}, KINDS).spell() == usual.spell()


TEXT = st.sampled_from(["", "a", "7", "x y/z"])
SOME = st.tuples(
    st.builds(Choice, TEXT, TEXT, TEXT, TEXT, st.sampled_from(["", "0", "12"]), some_setups()),
    st.builds(ExploreChoice, TEXT, st.sampled_from(QUEUES), st.booleans()),
    st.builds(
        ExportPlan,
        TEXT,
        st.sampled_from(["files", "manifest"]),
        st.booleans(),
        st.integers(1, 99),
        some_settings(Sampling),
    ),
    st.builds(ExportChoice, st.sampled_from(VIEWS), TEXT, some_settings(CropFilter, name=TEXT)),
)


@quick
@given(SOME)
def test_widgets_hold_every_choice_and_a_link_all_but_empty_texts(parts):
    held: dict = {}
    for part in parts:
        choices.write(part, held)
    assert tuple(choices.read(type(part), held) for part in parts) == parts
    read = Choices.parse(Choices(parts).spell(), KINDS)
    for part in parts:
        # An empty text is left out, and so comes back as the default.
        kind = type(part)
        given = {one.name: getattr(part, one.name) for one in dataclasses.fields(kind)}
        empty = {name: choices.default_of(kind, name) for name, value in given.items() if value == ""}
        assert read.of(kind) == kind(**{**given, **empty})


def test_no_two_pages_take_the_same_name_or_the_same_widget():
    names = [name for kind in KINDS for name in _every_name(kind)]
    assert len(names) == len(set(names))
    held = [key for kind in KINDS for key in _every_key(kind)]
    assert len(held) == len(set(held))


def _every_name(kind: type) -> list[str]:
    return [
        name
        for one in dataclasses.fields(kind)
        for name in one.metadata["field"].spell(one.name, choices.default_of(kind, one.name))
    ]


def _every_key(kind: type) -> list[str]:
    state: dict = {}
    choices.write(kind(), state)
    return [*state]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("box", "first", "box: got 'first', expected a rank"),
        ("shard_images", "0", "shard_images: got '0', expected a whole number, at least 1"),
        ("recall_iou", "1.5", "recall_iou: got 1.5, expected 0.05 to 1.0"),
        ("view", "all", "view: got 'all', expected one of design, jobs, browse"),
        ("crops.size", "1", "crops: no parameter 'size'"),
        ("sise", "1", "setup: no parameter 'sise'"),
    ],
)
def test_a_mistake_is_named(name, text, words):
    with pytest.raises(BoxscopeError) as error:
        Choices.parse({name: text}, KINDS)
    assert str(error.value).startswith(words)


@dataclass(frozen=True)
class Drawn:
    """What a page of these tests lets one choose."""

    budget: int = fields.count(100)
    pair: str = fields.text("a", allowed=("a", "b"))
    near: str = fields.text(of_dataset=True)
    detail: bool = fields.switch()


def test_a_page_brings_choices_of_its_own():
    texts = {"budget": "10", "pair": "b", "detail": "true", "levels": "3", "proposer": "grid"}
    read = Choices.parse(texts, (Drawn, *KINDS))
    assert read.of(Drawn) == Drawn(10, "b", detail=True)
    assert read.of(Choice).setup.proposer == Grid(levels=3)
    assert {**read.spell(), "dataset": ""} == {**texts, "dataset": ""}
    with pytest.raises(BoxscopeError, match="budget"):
        Choices.parse(texts, KINDS)  # a name of a page that is not there


def test_another_data_set_takes_the_image_and_the_search_along():
    def script():
        import streamlit as st

        from pages.ui.state import session
        from pages.ui.state.choice import Choice
        from pages.ui.views.explore.choices import ExploreChoice

        session.register(ExploreChoice)
        if "begun" not in st.session_state:
            st.session_state["begun"] = True
            session.choose(Choice, split="valid", image="4")
            session.choose(ExploreChoice, find="north", queue="worst")
            session.forget_image()
        st.text(session.all_choices().spell())

    app = AppTest.from_function(script).run()
    assert not app.exception
    assert "'queue': 'worst'" in app.text[0].value
    assert "'split': 'valid'" in app.text[0].value
    assert "north" not in app.text[0].value
    assert "'image'" not in app.text[0].value


def test_the_name_of_a_data_set_that_was_listed_is_its_path():
    """A browser sends the name; it may do so after another data set of the same name was opened."""
    field = DatasetPath(always=True)
    names = {SHOWN_NAMES: {"sample": "sample", "old": "/a/old", "a/old": "/a/old", "b/old": "/b/old"}}
    for sent, path in {"old": "/a/old", "b/old": "/b/old", "/b/old": "/b/old", "c": "c"}.items():
        assert field.read("dataset", "sample", {"dataset": sent, **names}) == path
    assert field.read("dataset", "sample", names) == "sample"
