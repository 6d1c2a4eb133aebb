"""The smallest change of a proposer that finds an object: drawn, with answers that all values give."""

import numpy as np
import pytest

from core import boxes as bx
from core import parameters, pipeline
from core.evaluation.outcome import Limit
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, CrackGroups, FullImage, Grid, SelectiveSearch, make_proposer
from core.tuning.nearest import can_search, nearest
from core.tuning.neighbours import changes
from tests.drawn import OF_PICTURES, slab, truth

FAINT = (20, 20, 80, 60)


def drawn(dark):
    return slab(200, 120, FAINT, light=200, dark=dark)


def finds(picture, offset):
    found, _ = pipeline.propose(Setup(AdaptiveThreshold(offsets=(offset,))), picture)
    return bool((bx.iou(found.boxes, truth([FAINT]).boxes) >= 0.5).any())


@pytest.mark.parametrize("dark", [190, 171, 150, 140])
def test_the_offset_that_finds_an_object_is_the_nearest_that_does(dark):
    picture = drawn(dark)
    (of_all,) = [max(offset for offset in range(81) if finds(picture, offset))]
    found = nearest(
        Setup(AdaptiveThreshold(offsets=(80,))), picture, truth([FAINT]), 0, seconds=1e9, most=300
    )
    assert not found.before.is_found
    assert found.best.is_found
    assert set(found.best.setup.proposer.offsets) - {80} == {of_all}
    (changed,) = found.best.changed_from(found.before.setup)
    assert (changed.name, changed.before) == ("offsets", "80")
    assert (found.best.found, found.before.found, found.before.proposals) == (1, 0, 0)


def test_two_parameters_are_changed_where_one_is_not_enough():
    picture = slab(200, 120, (20, 20, 30, 30), light=200, dark=150)  # 100 px², 50 grey levels
    setup = Setup(AdaptiveThreshold(offsets=(80,), min_area=250, kernel=(1, 1)))
    found = nearest(setup, picture, truth([(20, 20, 30, 30)]), 0, seconds=1e9, most=400)
    names = {each.name for each in found.best.changed_from(setup)}
    assert found.best.is_found
    assert found.best.setup.proposer.min_area <= 100
    assert names == {"offsets", "min_area"}


def test_an_object_that_nothing_shows_is_not_found_and_the_nearest_is_said():
    plain = np.full((60, 80, 3), 120, np.uint8)
    found = nearest(Setup(AdaptiveThreshold()), plain, truth([(10, 10, 30, 30)]), 0, seconds=1e9, most=900)
    assert not found.best.is_found
    assert found.is_complete
    assert found.attempts > 50


def test_only_the_proposals_that_count_find_an_object():
    boxes = truth([(0, 0, 200, 120), FAINT])
    setup = Setup(AdaptiveThreshold(offsets=(80,)), order="area")
    picture = drawn(150)
    assert nearest(setup, picture, boxes, 1, Limit(5), seconds=1e9, most=300).best.rank < 5
    one = nearest(setup, picture, truth([FAINT]), 0, Limit(1), seconds=1e9, most=300).best
    assert (one.is_found, one.rank) == (True, 0)


def test_without_time_nothing_but_the_present_settings_is_tried():
    found = nearest(Setup(AdaptiveThreshold(offsets=(80,))), drawn(150), truth([FAINT]), 0, seconds=0)
    assert (found.attempts, found.is_complete, found.best) == (0, False, found.before)
    few = nearest(Setup(AdaptiveThreshold(offsets=(80,))), drawn(190), truth([FAINT]), 0, seconds=1e9, most=7)
    assert few.attempts <= 7


@pytest.mark.parametrize("growth", [2, 4, 16])
@pytest.mark.parametrize("kind", OF_PICTURES.values(), ids=OF_PICTURES)
def test_each_change_is_of_one_parameter_and_the_smallest_come_first(kind, growth):
    proposer = kind()
    present, sizes = parameters.values(proposer), []
    for change in changes(proposer, growth):
        assert change.value != present[change.name]
        assert parameters.replace(proposer, {change.name: change.value}) != proposer
        assert 0 <= change.size <= 1
        if change.at is not None:
            assert change.at(1.0) == change.value
        sizes.append(change.size)
    assert sizes == sorted(sizes)


def test_what_has_no_parameters_cannot_be_searched():
    assert not any(map(can_search, (Setup(FullImage()), Setup(make_proposer("from-file")))))
    assert all(map(can_search, (Setup(CrackGroups()), Setup(SelectiveSearch()), Setup(Grid()))))
    assert {change.name for change in changes(make_proposer("grid+full-image"))} == {
        "grid.levels",
        "grid.aspects",
        "grid.overlap",
    }
