"""Proposers joined by +: their boxes in turn, and one spelling for command line, link and manifest."""

import json
import re

import numpy as np
import pytest

from core import boxes as bx
from core import cli
from core.errors import BoxscopeError
from core.parameters import parameters
from core.pipeline import Setup, propose
from core.proposers import AdaptiveThreshold, FullImage, Grid, Union, make_proposer
from pages.ui.server.addresses import spell
from pages.ui.state.choice import Choice, SetupField
from tests.drawn import OF_PICTURES, noise, proposed
from tests.small import Fixed, scene, write_coco
from tests.test_proposers import assert_contract

NAME = "grid+adaptive-threshold"
TEXTS = {"proposer": NAME, "grid.levels": "2", "adaptive-threshold.offsets": "10,20", "nms": "0.9"}


class Other(Fixed):
    name = "other"


def test_boxes_come_in_turn_and_of_equal_ones_the_first():
    a, b, c, d, e = ([0, 0, n, n] for n in (9, 8, 7, 6, 5))
    union = Union((Fixed((a, b, c)), Other((d, a)), FullImage()))
    assert proposed(union, noise(5, 5)).tolist() == [a, d, e, b, c]
    assert proposed(Union((Fixed(()), Other((a,)))), noise(9, 9)).tolist() == [a]
    assert proposed(Union((Fixed(()), Other(()))), noise(9, 9)).shape == (0, 4)


def test_a_box_says_which_part_and_which_step_of_it_it_comes_from():
    found = make_proposer("crack-groups+full-image+selective-search").propose(scene(3)[0])
    assert found.origins is not None
    told = [found.origins.describe(rank) for rank in range(9)]
    assert re.match(r"crack-groups: scale [\d.]+, above \d+ %", told[0])
    assert told[1] == "full-image"
    assert re.match(
        r"level \d+ of selective-search: .*, k \d+", next(text for text in told if "search" in text)
    )


def test_it_keeps_the_contract_of_a_proposer():
    for size in ((1, 1), (60, 40)):
        assert_contract(make_proposer("+".join(OF_PICTURES)), noise(*size))


def test_boxes_are_those_of_its_parts():
    picture = scene(3)[0]
    grid, threshold = Grid(levels=2), AdaptiveThreshold(offsets=(10, 20))
    found = proposed(Union((grid, threshold)), picture)
    both = np.concatenate([proposed(grid, picture), proposed(threshold, picture)])
    assert sorted(found.tolist()) == sorted(bx.unique(both).tolist())
    assert found[0].tolist() == proposed(grid, picture)[0].tolist()


def test_parameters_have_the_names_of_their_parts():
    union = make_proposer("grid+full-image", {"grid.levels": "2"})
    assert union == Union((Grid(levels=2), FullImage()))
    assert union.name == "grid+full-image"
    assert union.spell() == {f"grid.{name}": text for name, text in Grid(levels=2).spell().items()}
    assert [spec.label for spec in parameters(union)] == [f"grid: {spec.label}" for spec in parameters(Grid)]


@pytest.mark.parametrize(
    ("name", "texts", "says"),
    [
        ("grid+gird", {}, "no proposer 'gird', expected one of adaptive-threshold"),
        ("grid+", {}, "expected names joined by"),
        ("grid+grid", {}, "each once"),
        ("grid+full-image", {"levels": "2"}, "no parameter 'levels', expected one of grid.levels"),
        ("grid+full-image", {"grid.levels": "9"}, "grid.levels: got 9, expected 1 to 7"),
    ],
)
def test_a_mistake_is_named(name, texts, says):
    with pytest.raises(BoxscopeError, match=says):
        make_proposer(name, texts)


def test_setup_and_link_spell_what_they_read():
    setup = Setup.parse(TEXTS)
    assert setup.proposer == Union((Grid(levels=2), AdaptiveThreshold(offsets=(10, 20))))
    assert setup.changes() == TEXTS
    assert Setup.parse(setup.spell()) == Setup.parse(spell(setup)) == setup


def test_widgets_hold_it():
    field, state = SetupField(), {}
    setup = Setup.parse({**TEXTS, "top": "7"})
    field.write("setup", setup, state)
    assert field.read("setup", Choice().setup, state) == setup


def test_the_command_line_takes_it_and_the_manifest_says_it(tmp_path, capsys):
    picture = scene(3)[0]
    data = write_coco(tmp_path / "data", {"a.png": (picture, [])})
    given = ["--proposer", NAME, "--param", "grid.levels=2", "--param", "adaptive-threshold.offsets=10,20"]
    given += ["--nms", "0.9"]
    assert cli.main(["propose", str(tmp_path / "data/images/a.png"), *given, "--json"]) == 0
    boxes = json.loads(capsys.readouterr().out)["images"][0]["boxes"]
    setup = Setup.parse(TEXTS)
    assert boxes == propose(setup, picture)[0].boxes.tolist()
    out = [str(word) for word in (data, "--out", tmp_path / "out", "--split", "train", "--workers", 1)]
    assert cli.main(["export", *out, *given]) == 0
    written = json.loads((tmp_path / "out/train/export.json").read_text())["settings"]["setup"]
    assert Setup.parse(written) == setup.with_order_named()
    assert written["order"] == "area"  # one of them does not rank its boxes
    assert cli.main(["propose", str(tmp_path / "data/images/a.png"), "--proposer", "gird"]) == 2
    assert "no proposer 'gird'" in capsys.readouterr().err
