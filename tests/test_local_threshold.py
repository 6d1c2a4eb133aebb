"""What adaptive-threshold can do beside the article: local means, percentiles, several closings, polarity."""

import numpy as np
import pytest

from core import boxes as bx
from core.proposers import AdaptiveThreshold
from tests.drawn import slab

LEFT, RIGHT = (10, 20, 40, 50), (45, 20, 80, 50)
WIDE = (10, 20, 80, 50)


def boxes(picture, **settings):
    found = AdaptiveThreshold(min_area=50, kernel=(1, 1)).replace(**settings).propose(picture).boxes
    return {tuple(map(int, box)) for box in found.tolist()}


def test_a_bar_in_a_shadow_stands_out_from_the_mean_around_it_alone():
    picture = np.tile(np.linspace(60, 220, 160), (90, 1)).astype(np.uint8)
    picture[40:46, 20:140] -= 25
    picture = np.repeat(picture[..., None], 3, axis=2)
    bar = bx.as_boxes([(20, 40, 140, 46)])

    def best(**settings):
        found = AdaptiveThreshold(offsets=(12,), kernel=(1, 1), polarity="dark").replace(**settings)
        return bx.iou(found.propose(picture).boxes, bar).max(initial=0)

    assert best() < 0.2
    assert best(window=31) > 0.9
    assert best(window=31, polarity="bright") < 0.2


def test_a_percentile_takes_the_pixels_that_differ_most_whatever_their_levels():
    for dark in (60, 190):
        picture = slab(100, 80, LEFT, light=200, dark=dark)  # 900 of 8,000 pixels
        assert boxes(picture, percentiles=(85.0,), polarity="dark") == {LEFT}
    picture[60:70, 50:90] = 230  # 400 pixels
    assert boxes(picture, percentiles=(90.0,)) == {LEFT, (50, 60, 90, 70)}
    assert boxes(picture, percentiles=(90.0,), polarity="bright") == {(50, 60, 90, 70)}


@pytest.mark.parametrize("window", [0, 15])
def test_a_flat_picture_has_neither_bright_nor_dark_pixels(window):
    assert boxes(slab(60, 50), window=window, percentiles=(60.0, 99.0)) == set()


def test_each_further_kernel_closes_the_masks_again_and_origins_name_it():
    picture = slab(100, 80, LEFT, RIGHT)  # 5 px apart
    proposer = AdaptiveThreshold(offsets=(40,), min_area=50, kernel=(5, 5), more_kernels=(5, 9))
    assert boxes(picture, offsets=(40,), kernel=(5, 5)) == {LEFT, RIGHT}
    found = proposer.propose(picture)
    assert {tuple(map(int, box)) for box in found.boxes.tolist()} == {LEFT, RIGHT, WIDE}
    assert found.origins.describe(2) == "darker than mean - 40, by 9 px"
    stages = [stage.name for stage in proposer.replace(polarity="dark").stages(picture)]
    assert stages == [
        "darker than mean - 40",
        "darker than mean - 40, closed",
        "darker than mean - 40, components",
        "darker than mean - 40, by 9 px, closed",
        "darker than mean - 40, by 9 px, components",
    ]


def test_smoothing_takes_grains_away_and_leaves_the_bar():
    picture = slab(100, 80, LEFT, light=200, dark=150).astype(np.int16)
    grains = np.where(np.indices((80, 100)).sum(axis=0) % 2, 40, -40)
    picture += grains[..., None].astype(np.int16)
    grainy, bar = np.clip(picture, 0, 255).astype(np.uint8), bx.as_boxes([LEFT])

    def best(smoothing):
        proposer = AdaptiveThreshold((20,), 50, (1, 1), polarity="dark", smoothing=smoothing)
        return bx.iou(proposer.propose(grainy).boxes, bar).max(initial=0)

    assert best(0.0) < 0.2
    assert best(2.0) > 0.85


def test_pieces_that_are_too_small_are_dropped_before_the_closing_joins_them():
    picture = slab(100, 80, LEFT)
    for x in range(43, 90, 5):
        picture[30:32, x : x + 2] = picture[30, 20]  # specks of 4 px, 3 px apart
    settings = {"offsets": (40,), "kernel": (7, 7), "polarity": "dark"}
    (joined,) = boxes(picture, **settings)
    assert joined[2] > 80
    assert boxes(picture, **settings, min_piece=5) == {LEFT}
    assert boxes(picture, **settings, min_piece=4) == {joined}


def test_a_list_that_may_be_empty_is_spelled_and_read_as_such():
    assert AdaptiveThreshold().spell()["percentiles"] == ""
    assert AdaptiveThreshold.parse({"percentiles": "", "more_kernels": "9,11"}).more_kernels == (9, 11)
