"""Settings made of settings: listed, read, spelled and changed by the names of their parts."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from core import boxes as bx
from core.cutting import Cut
from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.parameters import (
    Checked,
    build,
    changes,
    joined_name,
    kinds,
    own,
    parameter,
    parameters,
    part,
    part_names,
    parts,
    plain,
    read,
    replace,
    shared,
    spell,
    values,
)
from core.pipeline import Setup
from core.proposers import Found, FullImage, Grid, Proposer, Union
from core.sampling import Sampling


@dataclass(frozen=True)
class Limits(Checked):
    """Two numbers that fit each other or not."""

    low: int = parameter(1, label="Low", help="Lower end.", min=0, max=9)
    high: int = parameter(5, label="High", help="Upper end.", min=0, max=9)

    def __post_init__(self):
        super().__post_init__()
        if self.low > self.high:
            raise BoxscopeError(f"got {self.low}, expected at most {self.high}", "low")


@dataclass(frozen=True)
class Both(Proposer):
    """The boxes of several proposers, one after the other."""

    name: ClassVar[str] = "both"
    summary: ClassVar[str] = "For tests."

    most: int = parameter(100, label="Most", help="How many.", min=1)
    parts: tuple[Proposer, ...] = part((Grid(), FullImage()))
    limits: Limits = part(Limits(high=7))
    cut: Cut = part(Cut(), flat=True)

    def propose(self, image, ref=None):
        boxes = [box for one in self.parts for box in one.propose(image, ref).boxes.tolist()]
        return Found(bx.as_boxes(boxes[: self.most]))


NAMES = ["most", "grid.levels", "grid.aspects", "grid.overlap", "limits.low", "limits.high"]


def test_names_are_those_of_the_parts_in_the_order_of_the_fields():
    cut = [spec.name for spec in parameters(Cut)]
    for settings in (Both, Both()):
        assert [spec.name for spec in parameters(settings)] == [*NAMES, *cut]
    other = Both(parts=(FullImage(),))
    assert [spec.name for spec in parameters(other)] == ["most", "limits.low", "limits.high", *cut]


def test_default_of_a_part_is_that_of_the_whole():
    specs = {spec.name: spec for spec in parameters(Both(limits=Limits(high=2)))}
    assert (specs["limits.high"].default, specs["grid.levels"].default) == (7, 4)


def test_what_is_spelled_is_read_back():
    settings = Both(most=3, parts=(FullImage(), Grid(levels=2)), limits=Limits(0, 2), cut=Cut(side=32))
    spelled = spell(settings)
    assert (spelled["grid.levels"], spelled["limits.low"], spelled["side"]) == ("2", "0", "32")
    assert read(Both(parts=(FullImage(), Grid())), spelled, owner="both") == settings
    assert read(plain(settings), changes(settings), owner="both") == settings
    assert build(Both, {"grid.levels": "2"}, owner="both") == Both(parts=(Grid(levels=2), FullImage()))


def test_changes_are_what_differs_from_the_defaults_of_these_parts():
    settings = Both(parts=(Grid(overlap=0.25), FullImage()), limits=Limits(2, 7))
    assert changes(settings) == {"grid.overlap": "0.25", "limits.low": "2"}
    assert changes(Both(parts=(FullImage(),))) == {}
    assert plain(settings) == Both()


def test_values_that_fit_only_each_other_are_set_together():
    assert replace(Limits(), {"low": 8, "high": 9}) == Limits(8, 9)
    assert values(replace(Both(), {"limits.low": 8, "limits.high": 9}))["limits.low"] == 8


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"grid.levels": "9"}, "grid.levels: got 9, expected 1 to 7"),
        ({"grid.levels": "x"}, "grid.levels: got 'x', expected a whole number"),
        ({"limits.low": "8"}, "limits.low: got 8, expected at most 7"),
        ({"side": "1"}, "side: got 1, expected 8 to 1024 px"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_part(texts, expected):
    with pytest.raises(BoxscopeError) as caught:
        build(Both, texts, owner="both")
    assert str(caught.value) == expected


@pytest.mark.parametrize("name", ["levels", "cut.side", "full-image.levels", "grid."])
def test_a_name_that_there_is_not_is_named_beside_the_others(name):
    with pytest.raises(
        BoxscopeError, match=f"both: no parameter '{name}', expected one of most, grid.levels"
    ):
        build(Both, {name: "1"}, owner="both")


def test_values_out_of_range_are_named_with_their_part_when_replaced():
    with pytest.raises(BoxscopeError) as caught:
        replace(Both(), {"grid.levels": 9})
    assert str(caught.value) == "grid.levels: got 9, expected 1 to 7"


def test_names_of_what_is_made_of_several():
    assert joined_name(Both().parts) == "grid+full-image"
    assert part_names("grid+full-image") == part_names(" grid + full-image ") == ("grid", "full-image")
    assert part_names("grid") == ("grid",)
    for wrong in ("grid+", "+", "grid+grid", ""):
        with pytest.raises(BoxscopeError, match="expected names joined by"):
            part_names(wrong)


def test_a_setup_spells_the_parts_of_its_proposer():
    setup = Setup(Both(most=2, parts=(Grid(levels=1), FullImage())), nms=0.5)
    assert setup.changes() == {"proposer": "both", "most": "2", "grid.levels": "1", "nms": "0.5"}


def test_the_kind_of_a_part_is_read_as_a_setting():
    grid = Setup(Grid(levels=2), top=3)
    assert (kinds(grid), list(parts(grid))) == ({"proposer": "grid"}, ["proposer", "rule"])
    assert read(grid, {"proposer": "grid", "iou": "0.7"}, owner="x") == replace(grid, {"iou": 0.7})
    assert read(grid, {"proposer": "full-image"}, owner="x") == Setup(FullImage(), top=3)
    joined = Setup(Union((Grid(levels=1), FullImage())), top=3)
    assert read(grid, {"proposer": "grid+full-image", "grid.levels": "1"}, owner="x") == joined
    with pytest.raises(BoxscopeError, match="no proposer 'gird'"):
        read(grid, {"proposer": "gird"}, owner="x")


def test_shared_parameters_are_those_that_every_kind_of_part_leaves():
    names = [spec.name for spec in shared(Setup)]
    assert names == [spec.name for settings in (own(Setup), parameters(LabelRule)) for spec in settings]
    assert names[0] == "order"
    assert shared(Sampling) == parameters(Sampling)


def test_a_sampling_is_spelled_flat_how_a_crop_is_cut_first():
    spelled = spell(Sampling(cut=Cut(side=32), seed=5))
    assert list(spelled)[:9] == [*spell(Cut()), "negatives_first"]
    assert (spelled["side"], spelled["seed"], list(spelled)[-1]) == ("32", "5", "seed")
    assert build(Sampling, {"side": "32", "seed": "5"}, owner="x") == Sampling(cut=Cut(side=32), seed=5)


def test_choices_and_items_have_words():
    order = next(spec for spec in parameters(Setup) if spec.name == "order")
    assert (order.choices[0], order.choice_text("area")) == ("default", "area, largest first")
    negatives = next(spec for spec in parameters(Sampling) if spec.name == "negatives")
    assert negatives.choice_text("hardest") == "hard (highest IoU)"
