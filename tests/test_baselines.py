"""The baselines: stable regions, segments, and boxes fitted to a training split."""

import json

import cv2
import numpy as np
import pytest

from bench import proposers
from core import boxes as bx
from core.cli import main
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.proposals.boxes_fit import fitted
from core.proposers import Felzenszwalb, LearnedBoxes, Mser
from core.proposers.learned_boxes import choosing
from core.proposers.learned_boxes.file import encoded, opened
from tests.drawn import slab
from tests.small import write_coco


def two_squares():
    image = np.full((90, 120, 3), 200, np.uint8)
    image[20:50, 10:40] = 60
    image[40:80, 70:110] = 120
    return image, [(10, 20, 40, 50), (70, 40, 110, 80)]


@pytest.mark.parametrize("proposer", [Mser(), Felzenszwalb(sigma=0.1)])
def test_squares_on_a_flat_ground_are_proposed_to_the_pixel_or_nearly(proposer):
    image, squares = two_squares()
    image = cv2.GaussianBlur(image, (0, 0), 1.5)  # OpenCV's MSER finds nothing where levels are few
    found = proposer.propose(image)
    assert (bx.iou(found.boxes, bx.as_boxes(squares)).max(axis=0) > 0.8).all()
    assert np.array_equal(found.boxes, bx.unique(bx.clip(found.boxes, 120, 90)))
    assert np.array_equal(found.boxes, proposer.propose(image).boxes)


@pytest.mark.parametrize("proposer", [Mser(), Felzenszwalb()])
@pytest.mark.parametrize("size", [(1, 1), (2, 30), (40, 3)])
def test_tiny_pictures_give_boxes_or_none(proposer, size):
    assert proposer.propose(np.full((*size, 3), 90, np.uint8)).boxes.shape[1] == 4


def test_boxes_of_segments_are_the_bounds_of_what_the_stages_draw():
    image = np.random.default_rng(0).integers(0, 255, (12, 16, 3)).astype(np.uint8).repeat(5, 0).repeat(5, 1)
    proposer = Felzenszwalb(ks=(900.0, 50.0), min_size=30)
    found, stages = proposer.propose(image), proposer.stages(image)
    assert [stage.name for stage in stages] == ["k 50", "k 900"] == list(found.origins.names)
    for stage in stages:
        seen = set()
        colours = stage.picture.reshape(-1, 3)
        for colour in np.unique(colours, axis=0):
            rows, columns = np.nonzero((stage.picture == colour).all(axis=2))
            seen.add((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        assert {tuple(box) for box in stage.boxes.tolist()} == seen
    assert {tuple(box) for box in found.boxes.tolist()} == {
        tuple(box) for stage in stages for box in stage.boxes.tolist()
    }


# ---- learned boxes


def test_the_boxes_chosen_first_add_most_and_all_objects_are_covered_before_any_twice():
    """Three objects in one place, two in another, one alone; candidates are their boxes and a useless one."""
    place, other, alone = [0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1], [0.9, 0, 1, 0.1]
    objects = np.array([place, place, place, other, other, alone])
    candidates = np.array([alone, [0.2, 0.6, 0.3, 0.7], other, place, [0, 0, 0.5, 0.45]])
    picked = choosing.chosen(objects, candidates, 10)
    assert picked.tolist() == [place, other, alone, [0, 0, 0.5, 0.45]]
    assert choosing.chosen(objects, candidates, 2).tolist() == [place, other]


@pytest.fixture
def dataset(tmp_path):
    boxes = [[[10, 10, 40, 20]], [[20, 10, 40, 20], [50, 5, 10, 10]], []]
    return CocoDataset.open(
        write_coco(tmp_path, {f"{n}.png": (slab(100, 50), some) for n, some in enumerate(boxes)})
    )


def test_fitted_boxes_round_trip_and_are_proposed_in_the_size_of_the_image(dataset, tmp_path):
    header, boxes = fitted(dataset)
    assert (header.images, header.objects) == (3, 3)
    path = tmp_path / "boxes.json"
    path.write_bytes(encoded(header, boxes))
    assert encoded(*fitted(dataset)) == path.read_bytes()
    assert encoded(*fitted(dataset, seed=1)) != path.read_bytes()
    content = opened(path)
    assert (content.header, content.boxes.tolist()) == (header, boxes.tolist())
    proposer = LearnedBoxes(model=str(path))
    found = proposer.propose(np.zeros((50, 100, 3), np.uint8)).boxes
    objects = bx.as_boxes([(10, 10, 50, 30), (20, 10, 60, 30), (50, 5, 60, 15)])
    assert (bx.iou(found, objects).max(axis=0) > 0.9).all()
    twice = proposer.replace(count=2).propose(np.zeros((100, 200, 3), np.uint8)).boxes
    assert np.abs(twice - 2 * found[:2]).max() <= 2


def test_a_limit_takes_images_from_the_whole_set(dataset):
    assert fitted(dataset, limit=2)[0].objects == 1  # the first and the last, which has none


def test_a_file_that_cannot_be_used_is_one_line_that_helps(dataset, tmp_path):
    with pytest.raises(BoxscopeError, match="boxscope fit boxes ANNOTATIONS --out FILE"):
        LearnedBoxes().propose(np.zeros((5, 5, 3), np.uint8))
    path = tmp_path / "boxes.json"
    good = json.loads(encoded(*fitted(dataset)))
    for change, said in {
        "version": "has version 9, expected 1: fit the boxes again",
        "kind": "expected 'boxscope learned boxes'",
        "boxes": "1 to 1,000 boxes",
        "seed": "is no file of",
    }.items():
        wrong = {"version": 9, "kind": "other", "boxes": [[0.5, 0, 0.2, 1]], "seed": "x"}[change]
        path.write_text(json.dumps({**good, change: wrong}))
        with pytest.raises(BoxscopeError, match=said):
            opened(path)
    with pytest.raises(BoxscopeError, match="No such file"):
        opened(tmp_path / "none.json")


def test_the_command_writes_the_same_bytes_again_and_bench_measures_beside_it(dataset, tmp_path, capsys):
    annotations, out = str(dataset.annotations), tmp_path / "boxes.json"
    assert main(["fit", "boxes", annotations, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["objects"] == 3
    first = out.read_bytes()
    assert main(["fit", "boxes", annotations, "--out", str(out)]) == 2  # it is there
    assert main(["fit", "boxes", annotations, "--out", str(out), "--overwrite"]) == 0
    assert out.read_bytes() == first
    named = proposers.setups(LearnedBoxes(model=str(out)))
    assert {"grid, own", "learned-boxes, own", "selective-search, own+consensus, NMS 0.8"} <= set(named)
    few = {name: named[name] for name in ("full-image, own", "learned-boxes, own")}
    rows = proposers.measured(dataset, range(3), few)
    result = {"processor": "", "annotations": annotations, "images": 3, "rows": rows}
    lines = proposers.text(result).splitlines()[3:]
    assert [line.split("  ")[0] for line in lines] == list(few)
    assert json.dumps(result)
    full, learned = rows
    assert full["average_recall"]["10"] == 0
    assert learned["average_recall"]["100"] > 0.9
