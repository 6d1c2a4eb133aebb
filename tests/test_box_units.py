"""Boxes in other units are found out by what else a file says of them, and clean sets are left alone."""

import json

import numpy as np
import pytest

from core.datasets import CocoDataset
from core.datasets.units.check import check_boxes
from core.datasets.units.choice import NONE, SEVERAL, choose_units
from core.datasets.units.evidence import BoxTable
from core.datasets.units.judge import Why
from core.datasets.units.unit import AS_COCO, UNITS, unit_named
from core.errors import BoxscopeError
from tests.box_units import BARS, in_unit, marked
from tests.drawn import annotation, coco, image, write
from tests.real import DATA, needs_real_data
from tests.small import core
from tests.walls import HEIGHT, WIDTH, A, B, C, exported, walls

NAMES = [unit.name for unit in UNITS]
every_unit = pytest.mark.parametrize("unit", UNITS, ids=NAMES)
# Units that the area of a box and its image can tell.
PLAIN = [unit for unit in UNITS if not unit.by_outline_alone]


def table(boxes, outline=None, area=None, size=(WIDTH, HEIGHT), images=None) -> BoxTable:
    """Return a table of boxes; the others are missing where they are not given."""
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    count = len(boxes)
    outline = np.full((count, 4), np.nan) if outline is None else np.asarray(outline, float)
    area = np.full(count, np.nan) if area is None else np.asarray(area, float)
    numbers = np.zeros(count, int) if images is None else np.asarray(images)
    return BoxTable(boxes, outline, area, np.tile([size], (count, 1)), numbers)


def corners(boxes):
    boxes = np.asarray(boxes, float)
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def many(count: int, seed: int = 0, size=(WIDTH, HEIGHT)) -> np.ndarray:
    """Draw boxes x y w h inside an image."""
    rng = np.random.default_rng(seed)
    sides = rng.uniform(0.05, 0.6, (count, 2)) * size
    return np.concatenate([rng.uniform(0, 1, (count, 2)) * (size - sides), sides], axis=1)


def named(check) -> dict[str, int]:
    return {UNITS[unit].name: count for unit, count in check.units()}


@every_unit
def test_a_box_is_the_same_in_every_unit(unit):
    boxes = [in_unit(bar, unit) for bar in (A, B, C)]
    sizes = np.tile([[WIDTH, HEIGHT]], (3, 1))
    assert np.allclose(unit.corners(np.array(boxes), sizes), corners([A, B, C]))


def test_a_unit_that_needs_a_size_gives_nothing_without_one():
    sizes = np.zeros((1, 2), int)
    for unit in UNITS:
        found = unit.corners(np.array([A], float), sizes)
        assert np.isnan(found).any() == bool(unit.full or unit.y_up)


def test_units_are_named_in_more_than_one_way():
    assert unit_named("YOLO").name == "normalised-cxcywh"
    assert unit_named("normalized-xyxy").name == "normalised-xyxy"
    assert unit_named("xywh") == AS_COCO
    with pytest.raises(BoxscopeError, match=r"'metres', expected one of xywh, xyxy, "):
        unit_named("metres")


@every_unit
@pytest.mark.parametrize("area", [False, True], ids=["polygons", "polygons and areas"])
def test_the_unit_of_a_file_is_found_by_polygons(unit, area):
    boxes = many(40)
    written = [in_unit(box, unit) for box in boxes]
    check = check_boxes(table(written, corners(boxes), boxes[:, 2:].prod(axis=1) if area else None))
    assert check.whole_file
    assert named(check) == {unit.name: check.disagreeing}
    assert check.disagreeing > 35  # a box at the origin may be the same in two units


@pytest.mark.parametrize("unit", PLAIN, ids=[unit.name for unit in PLAIN])
def test_the_unit_of_a_file_is_found_by_areas(unit):
    boxes = many(40)
    written = [in_unit(box, unit) for box in boxes]
    check = check_boxes(table(written, area=boxes[:, 2:].prod(axis=1)))
    assert check.whole_file
    assert {name.removesuffix("-yxyx") for name in named(check)} <= {
        unit.name,
        unit.name.replace("-yxyx", ""),
    }
    assert sum(named(check).values()) >= 39


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("norm", "per-mille"))])
@pytest.mark.parametrize("area", [False, True], ids=["nothing else", "areas as the boxes"])
def test_numbers_of_0_1_and_0_1000_are_found_by_the_image_alone(name, area):
    unit = unit_named(name)
    boxes = many(60)
    written = np.array([in_unit(box, unit) for box in boxes])
    check = check_boxes(table(written, area=written[:, 2:].prod(axis=1) if area else None))
    assert check.whole_file
    assert named(check) == {name.replace("yxyx", "xyxy"): 60}


@pytest.mark.parametrize("unit", ["xyxy", "cxcywh"])
@pytest.mark.parametrize("area", [False, True], ids=["nothing else", "areas as the boxes"])
def test_corners_and_centres_for_sides_are_found_by_the_image_alone(unit, area):
    boxes = many(60)
    written = np.array([in_unit(box, unit_named(unit)) for box in boxes])
    check = check_boxes(table(written, area=written[:, 2:].prod(axis=1) if area else None))
    assert check.whole_file
    assert named(check) == {unit: 60}


@pytest.mark.parametrize("bars", [[B], [A, B], [A, B, C]], ids=["one", "two", "three"])
def test_corners_of_few_boxes_that_leave_the_image_as_sides_are_found(bars):
    check = check_boxes(table([in_unit(bar, unit_named("xyxy")) for bar in bars]))
    assert check.whole_file
    assert named(check) == {"xyxy": len(bars)}


def test_polygons_in_0_1_tell_the_unit_of_boxes_in_0_1():
    boxes = many(30)
    for name in ("normalised", "normalised-cxcywh", "normalised-xyxy", "normalised-yxyx"):
        written = [in_unit(box, unit_named(name)) for box in boxes]
        check = check_boxes(table(written, corners(boxes) / np.tile([WIDTH, HEIGHT], 2)))
        assert named(check) == {name: 30}


def test_units_of_one_file_are_told_apart_image_by_image():
    units = [unit_named(name) for name in ("normalised", "normalised-cxcywh", "xyxy")]
    boxes = [in_unit(bar, unit) for unit in units for bar in (A, B)]
    check = check_boxes(table(boxes, area=[4800, 6000] * 3, images=[0, 0, 1, 1, 2, 2]))
    assert check.whole_file
    assert [UNITS[n].name for n in check.unit] == [unit.name for unit in units for _ in range(2)]


def test_a_box_that_two_units_explain_is_said_to_fit_both():
    check = check_boxes(table([in_unit([100, 80, 60, 40], unit_named("normalised"))]))
    assert check.unit.tolist() == [SEVERAL]
    assert {UNITS[n].name for n in np.flatnonzero(check.fits[0])} >= {"normalised", "normalised-cxcywh"}


def test_the_unit_of_an_image_is_that_of_all_its_boxes_and_a_common_one_elsewhere():
    fits = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1], [0, 0, 0], [1, 1, 0]], bool)
    assert choose_units(fits, np.array([0, 0, 1, 1, 2, 3])).tolist() == [0, 0, 2, 2, NONE, 0]
    assert choose_units(fits[:1], np.array([0])).tolist() == [SEVERAL]
    assert choose_units(fits[:2], np.array([0, 1])).tolist() == [0, 0]


# Sets in which nothing is wrong.
RNG = np.random.default_rng(5)
BOXES = many(400, 1)
WINDOW = np.array([40, 30, 200, 150])  # x y w h of a crop


def cropped(boxes):
    moved = corners(boxes) - np.tile(WINDOW[:2], 2)
    cut = np.clip(moved, 0, np.tile(WINDOW[2:], 2))
    kept = (cut[:, 2:] - cut[:, :2] > 0.05).all(axis=1)
    return moved[kept], cut[kept], kept


def as_bbox(boxes):
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)


def clean_sets():
    boxes, around = BOXES, corners(BOXES)
    area = boxes[:, 2:].prod(axis=1)
    moved, cut, kept = cropped(boxes)
    crop = {"size": (200, 150)}
    spread = RNG.uniform(0, 0.12, (400, 4)) * [-1, -1, 1, 1] * np.tile(boxes[:, 2:], 2)
    yield "boxes alone", table(boxes)
    yield "areas of boxes", table(boxes, area=area)
    yield "areas of masks", table(boxes, area=area * RNG.uniform(0.02, 1, 400))
    yield "some areas of masks", table(boxes, area=area * np.where(RNG.random(400) < 0.1, 0.4, 1))
    yield "areas of no use", table(boxes, area=np.where(RNG.random(400) < 0.5, 0, 1))
    yield "areas of the image", table(boxes[:5], area=np.full(5, WIDTH * HEIGHT))
    yield "areas in 0-1", table(boxes, area=area / (WIDTH * HEIGHT))
    yield "polygons", table(boxes, around, area * 0.3)
    yield "polygons in 0-1", table(boxes, around / np.tile([WIDTH, HEIGHT], 2))
    yield "rounded", table(as_bbox(np.round(around + RNG.uniform(-0.5, 0.5, (400, 4)))), around)
    yield "edges counted in", table(np.concatenate([boxes[:, :2], boxes[:, 2:] - 1], axis=1), around, area)
    yield "drawn by hand", table(as_bbox(around + spread), around)
    yield (
        "beyond the image",
        table(as_bbox(around + spread), area=(as_bbox(around + spread)[:, 2:]).prod(axis=1)),
    )
    yield "cut", table(as_bbox(cut), **crop)
    yield "cut, areas from before", table(as_bbox(cut), area=area[kept], **crop)
    yield "cut, areas of masks from before", table(as_bbox(cut), area=area[kept] * 0.6, **crop)
    yield "cut with their polygons", table(as_bbox(cut), cut, area[kept], **crop)
    yield "cut, polygons not", table(as_bbox(cut), moved, area[kept], **crop)
    yield "neither cut", table(as_bbox(moved), moved, area[kept], **crop)
    yield "halved, areas from before", table(boxes / 2, area=area, size=(WIDTH // 2, HEIGHT // 2))
    yield "doubled, areas from before", table(boxes * 2, area=area, size=(WIDTH * 2, HEIGHT * 2))
    thin = np.stack(
        [RNG.uniform(0, 150, 99), RNG.uniform(0, 200, 99), np.full(99, 160), np.full(99, 2)], axis=1
    )
    yield "thin cracks", table(thin + np.array([0, -4, 0, 8]), corners(thin))


CLEAN = dict(clean_sets())


@pytest.mark.parametrize("boxes", CLEAN.values(), ids=CLEAN)
def test_nothing_disagrees_in_a_clean_set(boxes):
    check = check_boxes(boxes)
    assert np.flatnonzero(check.why).tolist() == []
    assert not check.whole_file


def test_areas_of_pictures_of_another_size_are_counted():
    assert check_boxes(CLEAN["halved, areas from before"]).stale_areas > 300
    assert check_boxes(CLEAN["areas of boxes"]).stale_areas == 0


def test_boxes_of_pictures_at_half_the_size_are_not_taken_for_stale_areas():
    check = check_boxes(table(BOXES / 2, area=BOXES[:, 2:].prod(axis=1)))
    assert check.whole_file
    assert check.stale_areas == 0


SINGLE = {
    "beside its polygon": ([150, 100, 120, 40], A, None, Why.OUTLINE),
    "twice as large as its polygon": ([20, 30, 240, 80], A, None, Why.OUTLINE),
    "twice as wide as its polygon": ([20, 30, 240, 40], A, None, Why.OUTLINE),
    "half its polygon": ([20, 30, 60, 40], A, None, Why.OUTLINE),
    "corners for sides": ([20, 30, 140, 70], A, None, Why.OUTLINE),
    "corners for sides near the origin": ([9, 6, 129, 86], [9, 6, 120, 80], None, Why.OUTLINE),
    "smaller than its area": ([150, 100, 20, 20], None, 4800, Why.AREA),
    "smaller than a pixel": ([50, 60, 0.5, 0.5], None, None, Why.PIXEL),
    "thinner than a pixel": ([50, 60, 0.5, 40], None, None, Why.PIXEL),
    "in 0-1": ([0.2, 0.3, 0.4, 0.2], None, None, Why.PIXEL),
    "the image in 0-1": ([0, 0, 1, 1], None, 1, Why.PIXEL),
    "more than half outside": ([300, 100, 100, 40], None, 4000, Why.IMAGE),
}


@pytest.mark.parametrize(("box", "around", "area", "why"), SINGLE.values(), ids=SINGLE)
def test_a_single_box_that_disagrees_is_found_among_right_ones(box, around, area, why):
    right = many(50, 2)
    outline = np.full((51, 4), np.nan)
    if around:
        outline = corners([*right, around])
    areas = [*right[:, 2:].prod(axis=1), np.nan if area is None else area]
    check = check_boxes(table([*right, box], outline, areas, images=np.arange(51)))
    assert check.why.tolist() == [0] * 50 + [why]
    assert not check.whole_file


ACCEPTED = {
    "thin, as its area says": ([50, 60, 0.5, 40], None, 20),
    "thin, as its polygon says": ([50, 60, 0.5, 40], [50, 60, 0.5, 40], None),
    "thin, cut at the border": ([319.6, 60, 0.4, 40], None, None),
    "small, cut at the corner": ([319.6, 239.5, 0.4, 0.5], None, None),
    "one pixel": ([50, 60, 1, 1], None, None),
    "a little outside": ([290, 60, 50, 40], None, None),
    "around the image": ([-1000, -1000, 5000, 5000], None, None),
}


@pytest.mark.parametrize(("box", "around", "area"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_box_that_nothing_contradicts_is_accepted(box, around, area):
    outline = corners([around]) if around else None
    assert check_boxes(table([box], outline, None if area is None else [area])).why.tolist() == [0]


def test_boxes_of_no_image_and_without_numbers_are_not_judged():
    boxes = [[0.1, 0.1, 0.2, 0.2], [np.nan] * 4, [5, 5, -1, 5], [0, 0, np.inf, 5]]
    assert check_boxes(table(boxes, images=[-1, 0, 0, 0])).why.tolist() == [0] * 4
    assert not check_boxes(table(np.zeros((0, 4)))).whole_file


def test_in_a_wrong_file_boxes_without_evidence_are_lost_too_and_right_ones_are_not():
    boxes = [in_unit(box, unit_named("xyxy")) for box in many(20, 3)]
    around = corners(many(20, 3))
    right = [30, 40, 100, 50]
    check = check_boxes(
        table([*boxes, right, [10, 10, 30, 30]], [*around, *corners([right]), [np.nan] * 4], images=range(22))
    )
    assert check.whole_file
    assert check.why[20:].tolist() == [Why.NOTHING, Why.FILE]


def opened(tmp_path, images, annotations) -> CocoDataset:
    return CocoDataset.open(write(coco(images, annotations), tmp_path / "annotations.json"), tmp_path)


def test_a_file_in_other_units_is_refused_with_the_command_that_mends_it(tmp_path):
    dataset = opened(tmp_path, *marked(unit_named("normalised-cxcywh"), area=True))
    (refusal,) = dataset.refusals
    assert "9 of 9 boxes disagree" in refusal
    assert "9 would fit as cx cy w h in 0-1 of the image's size" in refusal
    assert "`convert annotations.json OUT.json --boxes normalised-cxcywh`" in refusal
    assert dataset.object_counts.tolist() == [0] * 4
    assert all(dataset.doubts)
    lost = [problem for problem in dataset.problems if problem.kind == "box-disagrees"]
    assert len(lost) == 9
    assert all(problem.lost and problem.of == "object" for problem in lost)


def test_a_file_that_no_unit_explains_says_what_can_be_done(tmp_path):
    images, annotations = marked(AS_COCO, area=True)
    for record in annotations:
        record["bbox"] = [side / 2 for side in record["bbox"]]
    (refusal,) = opened(tmp_path, images, annotations).refusals
    assert "no unit explains them" in refusal
    assert "--boxes segmentation" in refusal
    assert "--boxes xywh" in refusal


def test_boxes_in_0_1_of_images_without_a_size_ask_for_their_sizes(tmp_path):
    images, annotations = marked(unit_named("normalised"))
    for record in images:
        del record["width"]
    (refusal,) = opened(tmp_path, images, annotations).refusals
    assert "have no sizes" in refusal
    assert "--sizes" in refusal


def test_a_single_box_that_disagrees_is_lost_and_its_image_in_doubt(tmp_path):
    images, annotations = marked(AS_COCO, area=True)
    annotations[1]["bbox"] = in_unit(B, unit_named("xyxy"))
    dataset = opened(tmp_path, images, annotations)
    assert dataset.refusals == ()
    assert [bool(doubt) for doubt in dataset.doubts] == [True, False, False, False]
    assert dataset.truth(0).ids.tolist() == [10, 12]
    (problem,) = [problem for problem in dataset.problems if problem.lost]
    assert (problem.kind, problem.item) == ("box-disagrees", "1.png")
    assert "annotation 11 " in problem.detail
    assert "as x1 y1 x2 y2 it would fit" in problem.detail
    assert "would fit" in dataset.doubts[0]


def test_an_object_outside_the_image_is_still_named_so(tmp_path):
    dataset = opened(tmp_path, [image()], [annotation(1), annotation(2, bbox=[200, 20, 10, 10])])
    assert [problem.kind for problem in dataset.problems] == ["outside"]


def test_crops_of_an_image_with_a_wrong_box_are_those_of_its_right_ones(tmp_path):
    """As its corners say the bar lies where the wall is bare, and its own pixels would be a negative."""
    images, annotations = marked(AS_COCO, polygon=True, bars=[[A, B], [A, C], [B, C], [C]])
    annotations[1]["bbox"] = in_unit(B, unit_named("xyxy"))
    pictures = {"1.png": [A, B], "2.png": [A, C], "3.png": [B, C], "4.png": [C]}
    dataset = walls(tmp_path, pictures, images, annotations)
    _, rows = exported(dataset, tmp_path / "out")
    first = [row for row in rows if row["file_name"] == "1.png"]
    assert first
    assert {row["label"] for row in first} == {1}
    assert {row["gt_id"] for row in first} == {10}
    assert {row["label"] for row in rows if row["file_name"] != "1.png"} == {0, 1}


def test_the_command_refuses_a_file_in_other_units_and_writes_nothing(tmp_path):
    images, annotations = marked(unit_named("normalised"), area=True)
    pictures = {f"{n}.png": bars for n, bars in enumerate(BARS, 1)}
    dataset = walls(tmp_path, pictures, images, annotations)
    words = ("export", dataset.annotations, "--out", tmp_path / "out", "--split", "train")
    words += ("--proposer", "adaptive-threshold")
    done = core(*words)
    assert done.returncode == 2
    assert "--boxes normalised`" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()
    right = tmp_path / "right.json"
    assert core("convert", dataset.annotations, right, "--boxes", "auto").returncode == 0
    done = core(*(right if word is dataset.annotations else word for word in words), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["positives"] > 0


@needs_real_data
def test_no_box_of_real_data_disagrees():
    files = sorted(DATA.glob("*/*.json"))
    assert files
    for path in files:
        dataset = CocoDataset.open(path)
        assert dataset.refusals == ()
        assert not [problem for problem in dataset.problems if problem.kind.startswith(("box-", "area-"))]


def test_bars_fit_the_wall():
    assert all(x + w <= WIDTH and y + h <= HEIGHT for bars in BARS for x, y, w, h in bars)
