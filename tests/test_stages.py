"""Regions that merge, drawn: three strips whose colours and edges are known by hand."""

import numpy as np
import pytest

from core.errors import BoxscopeError
from core.images.region_colours import palette
from core.proposers import SelectiveSearch
from core.proposers.stages import Grouping, Stage
from tests.drawn import slab

# Columns 0-1, 2-7 and 8-19; pieces 1 and 2 are one region. First the small ones merge, then all.
PIECES = np.repeat(np.array([[0] * 2 + [1] * 3 + [2] * 3 + [3] * 12], np.int32), 8, axis=0)
STRIPS = Grouping(
    PIECES,
    np.array([0, 1, 1, 2], np.int32),
    np.array([[0, 1], [2, 3]], np.int32),
    np.array([0.75, 0.25], np.float32),
)
WHITE = [255, 255, 255]


def test_each_region_has_its_colour_at_first():
    first, second, third = palette(3).tolist()
    assert STRIPS.draw(0)[4].tolist() == [first] * 2 + [second] * 6 + [third] * 12


def test_a_merge_takes_the_colour_of_the_larger_part_and_a_white_edge():
    _, second, third = palette(3).tolist()
    row = STRIPS.draw(1)[4].tolist()
    assert row == [second] * 7 + [WHITE] * 2 + [third] * 11
    assert STRIPS.draw(2)[4].tolist() == [third] * 20


def test_words_say_which_merge_it_is():
    stage = Stage("strips", grouping=STRIPS)
    assert stage.merges == 2
    assert stage.describe(0) == "3 regions, none merged yet"
    assert stage.describe(1) == "merge 1 of 2, similarity 0.75, 2 regions left"
    assert Stage("mask", np.zeros((2, 2), np.uint8)).describe() == ""


@pytest.mark.parametrize("merge", [-1, 3])
def test_a_merge_that_there_is_not_is_refused(merge):
    with pytest.raises(BoxscopeError, match=f"merge: got {merge}, expected 0 to 2"):
        STRIPS.draw(merge)


def test_a_picture_of_slabs_ends_as_one_region_whose_box_was_proposed():
    search = SelectiveSearch("single", min_size=20)
    picture = slab(60, 40, (10, 10, 30, 30))
    (stage,) = search.stages(picture)
    assert stage.name == "HSV, k 200, by colour, fill, texture, size"
    initial = {tuple(colour) for colour in stage.at(0).reshape(-1, 3).tolist()}
    assert len(initial) == stage.merges + 1
    end = {tuple(colour) for colour in stage.at(stage.merges).reshape(-1, 3).tolist()}
    assert len(end) == 1
    slabs = {tuple(colour) for colour in stage.at(0)[12:28, 12:28].reshape(-1, 3).tolist()}
    assert len(slabs) == 1
