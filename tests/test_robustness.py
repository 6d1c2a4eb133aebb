"""Changed pictures: boxes that come back where they were, and how well proposals come again."""

import json

import numpy as np
import pytest

from core import boxes as bx
from core import cli
from core.evaluation.robustness import repeatability
from core.proposers import AdaptiveThreshold, Grid
from core.proposers.perturbed import CHANGES, Perturbed, perturbed
from tests.small import Fixed, write_scenes

CHANGE_AND_STRENGTH = [(name, strength) for name, change in CHANGES.items() for strength in change.strengths]


def slab():
    """A picture with one dark rectangle, and the box around it."""
    image = np.full((200, 300, 3), 190, np.uint8)
    image[60:120, 100:220] = 60
    return image, bx.as_boxes([[100, 60, 220, 120]])


@pytest.mark.parametrize(("change", "strength"), CHANGE_AND_STRENGTH)
def test_a_dark_rectangle_is_found_where_it_is_after_every_change(change, strength):
    image, box = slab()
    found = Perturbed(AdaptiveThreshold(offsets=(40,), min_area=500), change, strength).propose(image)
    height, width = image.shape[:2]
    assert bx.iou(found.boxes, box).max() > 0.8
    assert (bx.clip(found.boxes, width, height) == found.boxes).all()


@pytest.mark.parametrize("change", CHANGES)
def test_a_stronger_change_changes_more_and_the_same_every_time(change):
    image, _ = slab()
    image[::2, ::3] //= 2
    apply, strengths = CHANGES[change].apply, CHANGES[change].strengths
    pictures = [apply(image, strength) for strength in strengths]
    assert all(picture.dtype == np.uint8 for picture in pictures)
    assert np.array_equal(apply(image, strengths[0]), pictures[0])
    if pictures[0].shape == pictures[2].shape == image.shape:
        weak, _, strong = (np.abs(picture.astype(int) - image).mean() for picture in pictures)
        assert 0 < weak < strong
    else:
        assert image.size > pictures[0].size > pictures[2].size


def test_a_box_whose_centre_leaves_the_image_when_turned_back_is_left_out():
    corner = (0.0, 0.0, 4.0, 4.0)
    image, _ = slab()
    found = Perturbed(Fixed(corners=(corner, (100, 60, 220, 120))), "rotation", 5).propose(image)
    assert len(found.boxes) == 1


def test_each_change_is_a_proposer_of_its_own():
    names = {(one.name, *one.spell().items()) for one in perturbed(Grid())}
    assert len(names) == len(CHANGE_AND_STRENGTH) == 18
    assert hash(perturbed(Grid())[0]) == hash(perturbed(Grid())[0])


@pytest.mark.parametrize(
    ("boxes", "others", "expected"),
    [
        ([(0, 0, 10, 10), (20, 20, 30, 30)], [(20, 20, 30, 30), (0, 0, 10, 10)], 1.0),
        ([(0, 0, 10, 10), (20, 20, 30, 30)], [(0, 0, 10, 10)], 0.5),
        ([(0, 0, 10, 10)], [(0, 0, 10, 5)], 0.5),
        ([(0, 0, 10, 10)], [], 0.0),
        ([(0, 0, 10, 10), (0, 0, 10, 10)], [(0, 0, 10, 10)], 0.5),
    ],
)
def test_repeatability_is_the_mean_overlap_of_a_matching_one_to_one(boxes, others, expected):
    assert repeatability(bx.as_boxes(boxes), bx.as_boxes(others)) == pytest.approx(expected)
    assert np.isnan(repeatability(bx.as_boxes([]), bx.as_boxes(others)))


def test_the_command_measures_it_where_it_is_asked_for(tmp_path, capsys):
    data = write_scenes(tmp_path / "data", 2)
    arguments = ["--proposer", "grid", "--param", "levels=2", "--workers", "1", "--robustness", "--json"]
    assert cli.main(["evaluate", str(data), *arguments]) == 0
    rows = json.loads(capsys.readouterr().out)["robustness"]
    assert len(rows) == 18
    for row in rows:
        if row["change"] not in ("rotation", "scale"):  # a grid does not look at the picture
            assert (row["repeatability"], row["difference"], row["interval"]) == (1, 0, [0, 0])
    turned = [row["repeatability"] for row in rows if row["change"] == "rotation"]
    assert 1 > turned[0] > turned[1] > turned[2] > 0.3
