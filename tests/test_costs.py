"""What would cost memory is refused before it is taken, in core and so on every road."""

import tracemalloc

import numpy as np
import pytest

from core.cutting import MAX_ZOOM, Cut, Cutter, beyond
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.proposers import PROPOSERS
from core.proposers.baselines import MAX_BOXES, Grid
from tests.drawn import noise

WHOLE_BOX = np.array([0, 0, 400, 300], np.float32)


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"side": 224, "context": 111}, 105),
        ({"side": 224, "context": 106}, 105),
        ({"side": 224, "context": 100, "context_scale": 4.0}, 84),
        ({"side": 8, "context": 4}, 3),
        ({"side": 1024, "context": 256, "context_scale": 4.0}, None),
    ],
)
def test_context_scale_and_side_have_bounds_that_belong_together(settings, most):
    cut = Cut(**settings)
    if most is None:
        assert cut.zoom <= MAX_ZOOM
        return
    with pytest.raises(BoxscopeError, match=rf"context: got .* expected at most {most}\b"):
        Cutter(noise(40, 30, 1), cut)
    assert Cut(**{**settings, "context": most}).zoom <= MAX_ZOOM


@pytest.mark.parametrize("shape", ["warp", "square"])
@pytest.mark.parametrize("fill", ["mean", "edge", "black"])
def test_a_window_far_beyond_the_picture_gives_the_same_crop_in_parts(monkeypatch, shape, fill):
    cutter = Cutter(noise(400, 300, 7), Cut(side=48, context=20, shape=shape, fill=fill))
    for box in (WHOLE_BOX, np.array([390, 3, 400, 60], np.float32)):
        whole = cutter.pixels(box).astype(int)
        with monkeypatch.context() as patch:
            patch.setattr(beyond, "WHOLE", 0)
            patch.setattr(beyond, "_AT_ONCE", 30_000)
            parts = cutter.pixels(box).astype(int)
        # Pillow may shrink heights first, and rounds in between.
        assert np.abs(parts - whole).max() <= 1


def test_the_largest_window_takes_no_more_memory_than_its_parts():
    cutter = Cutter(noise(1600, 1200, 7), Cut(side=64, context=30))
    tracemalloc.start()
    try:
        cutter.pixels(np.array([0, 0, 1600, 1200], np.float32))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 100_000_000  # the window has 490 million pixels


def test_a_grid_says_how_many_boxes_it_would_make_and_makes_none_beyond_its_limit():
    image = np.zeros((3000, 4000, 3), np.uint8)
    finest = Grid(levels=7, overlap=0.9)
    tracemalloc.start()
    try:
        with pytest.raises(
            BoxscopeError, match=rf"would make {finest.count(4000, 3000):,} boxes .* {MAX_BOXES:,}"
        ):
            finest.propose(image)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("size", [(64, 48), (7, 500)])
def test_the_number_of_a_grid_is_that_of_its_boxes(size):
    width, height = size
    grid = Grid(levels=3, aspects=(1.0, 3.0), overlap=0.3)
    made = grid.propose(np.zeros((height, width, 3), np.uint8)).boxes
    assert len(made) <= grid.count(width, height)
    single = Grid(levels=1, aspects=(4.0,), overlap=0.3)
    assert len(single.propose(np.zeros((height, width, 3), np.uint8)).boxes) == single.count(width, height)


ABSURD = {
    "a million items": {"proposer": "grid", "aspects": "1," * 1_000_000},
    "a million commas": {"proposer": "grid", "aspects": "," * 1_000_000},
    "4,000 digits": {"proposer": "grid", "levels": "9" * 4000},
    "more digits than int takes": {"proposer": "grid", "levels": "9" * 100_000},
    "digits of a fraction": {"proposer": "grid", "overlap": "9" * 100_000},
    "nan": {"proposer": "grid", "overlap": "nan"},
    "top": {"top": "9" * 1000},
    "side": {"min_side": "9" * 1000},
    "infinity": {"nms": "1e999"},
    "a long word": {"order": "x" * 1_000_000},
    "a long proposer": {"proposer": "x" * 1_000_000},
    "a long name": {"y" * 1_000_000: "1"},
}


@pytest.mark.parametrize("texts", ABSURD.values(), ids=ABSURD)
def test_an_absurd_value_is_refused_in_one_short_line(texts):
    with pytest.raises(BoxscopeError) as refused:
        Setup.parse(texts)
    assert len(str(refused.value)) < 600
    assert "\n" not in str(refused.value)


def test_every_list_has_a_greatest_length():
    from core.parameters import parameters

    for proposer in PROPOSERS.values():
        for spec in parameters(proposer):
            assert spec.length is None or spec.length[1] <= 100
