"""Proposers: the contract that all keep, and what each finds in pictures whose content is known."""

import pickle
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import boxes as bx
from core import images
from core.datasets import CocoDataset, make_sample
from core.evaluation import RecallRule, best_overlap
from core.presets import BUILT_IN
from core.proposers import (
    AdaptiveThreshold,
    FullImage,
    Grid,
    OpenCVSelectiveSearch,
    SelectiveSearch,
    Stage,
)
from core.proposers import adaptive_threshold as article
from tests import naive
from tests.drawn import OF_PICTURES, noise, proposed, quick, slab, some_pictures, some_settings
from tests.real import DATA, needs_real_data

# Each proposer as it comes and with settings that lead elsewhere.
VARIANTS = [
    *(proposer() for proposer in OF_PICTURES.values()),
    AdaptiveThreshold(offsets=(0, 10, 255), min_area=0, kernel=(1, 7)),
    AdaptiveThreshold(offsets=(20, 20), min_area=1, kernel=(4, 2)),
    OpenCVSelectiveSearch(mode="single", whole_image=True),
    Grid(levels=6, aspects=(20.0, 0.05, 1.0), overlap=0.0),
    Grid(levels=2, aspects=(1.3,), overlap=0.9),
]
each_variant = pytest.mark.parametrize("proposer", VARIANTS, ids=repr)


def boxes_of(found) -> set[tuple[int, ...]]:
    return {tuple(int(side) for side in box) for box in found.tolist()}


def assert_contract(proposer, picture):
    before = picture.copy()
    found, again = (
        proposed(proposer, picture),
        proposed(pickle.loads(pickle.dumps(proposer)), picture),
    )
    height, width = picture.shape[:2]
    assert found.dtype == np.float32
    assert found.ndim == 2
    assert found.shape[1] == 4
    assert (found[:, :2] >= 0).all()
    assert (found[:, 2:] <= [width, height]).all()
    assert (found[:, :2] < found[:, 2:]).all()
    assert len({tuple(box) for box in found.tolist()}) == len(found)
    assert found.tolist() == again.tolist()
    assert (picture == before).all()


@each_variant
@settings(quick, max_examples=40)
@given(picture=some_pictures())
def test_boxes_are_inside_unlike_and_the_same_again(proposer, picture):
    assert_contract(proposer, picture)


@pytest.mark.parametrize("proposer_class", [AdaptiveThreshold, Grid, OpenCVSelectiveSearch])
@settings(quick, max_examples=25)
@given(data=st.data(), picture=some_pictures(most=20))
def test_any_settings_keep_the_contract(proposer_class, data, picture):
    limits = {
        AdaptiveThreshold: {},
        Grid: {"levels": st.integers(1, 4), "overlap": st.floats(0, 0.7)},
        OpenCVSelectiveSearch: {"mode": st.sampled_from(["single", "fast"])},
    }
    assert_contract(data.draw(some_settings(proposer_class, **limits[proposer_class])), picture)


@each_variant
@pytest.mark.parametrize("size", [(1, 1), (1, 60), (60, 1), (2, 2), (200, 3)], ids=str)
def test_smallest_and_longest_pictures_are_no_trouble(proposer, size):
    for picture in (noise(*size), np.zeros((size[1], size[0], 3), np.uint8), slab(*size)):
        assert_contract(proposer, picture)


@each_variant
def test_picture_that_may_not_be_written_to_is_enough(proposer):
    picture = noise(30, 20)
    picture.flags.writeable = False
    proposed(proposer, picture)
    assert len(proposed(proposer, noise(60, 40)[::2, ::2])) == len(
        proposed(proposer, noise(60, 40)[::2, ::2].copy())
    )


@each_variant
def test_stages_have_names_and_pictures_of_the_same_size(proposer):
    for stage in proposer.stages(slab(60, 40, (10, 10, 30, 30))):
        assert isinstance(stage, Stage)
        assert stage.name
        for merge in {0, stage.merges // 2, stage.merges}:
            picture = stage.at(merge)
            assert picture.shape[:2] == (40, 60)
            assert picture.dtype == np.uint8


def test_a_box_comes_from_the_first_cut_that_gives_it():
    picture = slab(160, 120, BAR, light=120, dark=20)
    picture[70:100, 100:140] = 220
    one = AdaptiveThreshold(offsets=(30, 60)).propose(picture)
    found = {tuple(map(int, box)): one.origins.describe(rank) for rank, box in enumerate(one.boxes)}
    assert found == {(100, 70, 140, 100): "brighter than mean + 30", BAR: "darker than mean - 30"}


@pytest.mark.parametrize(
    "proposer",
    [
        AdaptiveThreshold(offsets=(5, 40, 80), min_area=3),
        SelectiveSearch(min_size=10),
        SelectiveSearch(mode="quality", min_size=30, scale=0.5, whole_image=False),
    ],
    ids=repr,
)
def test_every_box_is_one_of_the_step_that_it_is_said_to_come_from(proposer):
    picture = cv2.GaussianBlur(noise(60, 40), (0, 0), 3)
    found = proposer.propose(picture)
    boxes, origins = found.boxes, found.origins
    assert len(boxes) > 5
    assert len(origins.step) == len(boxes)
    given = {stage.name: regions_of(stage, picture) for stage in proposer.stages(picture)}
    for rank, box in enumerate(boxes.tolist()):
        level = None if origins.level is None else int(origins.level[rank])
        assert (tuple(box), level) in given[origins.names[origins.step[rank]]]


def regions_of(stage, picture) -> set[tuple]:
    """Boxes and levels of a step, from what it shows of itself."""
    if stage.grouping is None:
        mask = stage.picture if stage.picture.ndim == 2 else None
        found = (
            []
            if mask is None
            else article.detect_and_filter_components(article.apply_morphological_closing(mask), 3)
        )
        return {(tuple(box), None) for box in np.asarray(found).tolist()}
    tree, regions, factor = stage.grouping, [], picture.shape[0] / stage.grouping.labels.shape[0]
    for region in range(tree.region_of.max() + 1):
        y, x = np.nonzero((tree.region_of == region)[tree.labels])
        regions.append(((x.min(), y.min(), x.max() + 1, y.max() + 1), 1))
    for a, b in tree.parts.tolist():
        (first, low), (second, high) = regions[a], regions[b]
        box = (*np.minimum(first[:2], second[:2]), *np.maximum(first[2:], second[2:]))
        regions.append((box, 1 + max(low, high)))
    return {(tuple(float(side * factor) for side in box), level) for box, level in regions}


# ---- adaptive-threshold


def test_steps_bear_the_names_of_the_article():
    names = [
        "calculate_average_brightness",
        "adaptive_thresholding",
        "apply_morphological_closing",
        "detect_and_filter_components",
        "find_adaptive_regions",
    ]
    assert all(callable(getattr(article, name)) for name in names)


BAR = (30, 20, 60, 45)


def by_article(**changes):
    """Its offsets: those of the default also take the wall around a bar for a region."""
    return BUILT_IN["article"][0].proposer.replace(**changes)


def test_the_article_is_a_preset_and_the_default_finds_more_cracks(tmp_path):
    assert by_article().offsets == (40, 80, 120)
    make_sample(tmp_path, images=8)
    cracks = CocoDataset.open(tmp_path / "train/annotations.json")
    assert found_in(cracks, AdaptiveThreshold()) >= 3 + found_in(cracks, by_article())


def found_in(dataset, proposer):
    """The objects of a set that a proposal overlaps by 0.5 or more."""
    found = [best_overlap(proposed(proposer, dataset.read(n)), dataset.truth(n)) for n in range(len(dataset))]
    return sum(int(best.passes(RecallRule()).sum()) for best in found)


@pytest.mark.parametrize(
    "kernel", [(1, 1), (3, 3), (5, 5), (3, 7), (2, 2), (4, 4), (6, 3), (20, 20), (21, 21)], ids=str
)
def test_dark_rectangle_is_proposed_exactly(kernel):
    found = proposed(by_article(kernel=kernel), slab(160, 120, BAR))
    assert found.tolist() == [list(BAR)]


def test_bright_rectangle_is_proposed_exactly():
    found = proposed(by_article(), slab(100, 80, BAR, light=50, dark=200))
    assert found.tolist() == [list(BAR)]


def test_offset_finds_what_is_darker_than_it_and_no_more():
    picture = slab(100, 80, BAR, light=200, dark=170)
    contrast = article.calculate_average_brightness(picture) - 170
    below, above = int(contrast), int(contrast) + 1
    assert proposed(AdaptiveThreshold(offsets=(below,)), picture).tolist() == [list(BAR)]
    assert proposed(AdaptiveThreshold(offsets=(above,)), picture).tolist() == []


@pytest.mark.parametrize(("min_area", "found"), [(749, 1), (750, 1), (751, 0)])
def test_component_of_exactly_the_minimum_area_stays(min_area, found):
    assert (BAR[2] - BAR[0]) * (BAR[3] - BAR[1]) == 750
    assert len(proposed(by_article(min_area=min_area), slab(100, 80, BAR))) == found


def test_area_counts_pixels_of_the_component_not_of_its_box():
    picture = slab(100, 80)
    picture[10:40, 10], picture[39, 10:40] = 50, 50  # an L: 59 pixels in a box of 900
    ell = by_article(min_area=59, kernel=(1, 1))
    assert proposed(ell, picture).tolist() == [[10, 10, 40, 40]]
    assert proposed(ell.replace(min_area=60), picture).tolist() == []


def test_components_that_touch_by_a_corner_are_one():
    picture = slab(100, 80, (10, 10, 20, 20), (20, 20, 30, 30))
    assert proposed(by_article(min_area=1, kernel=(1, 1)), picture).tolist() == [[10, 10, 30, 30]]


@pytest.mark.parametrize(
    ("kernel", "joined"), [((1, 1), False), ((5, 5), True), ((5, 1), True), ((1, 5), False), ((4, 5), False)]
)
def test_closing_joins_bars_four_pixels_apart(kernel, joined):
    left, right = (10, 20, 40, 50), (44, 20, 80, 50)
    found = proposed(by_article(kernel=kernel), slab(100, 80, left, right))
    assert boxes_of(found) == ({(10, 20, 80, 50)} if joined else {left, right})


@pytest.mark.parametrize(("gap", "top"), [(2, 0), (3, 3)])
def test_closing_carries_a_region_to_an_edge_within_half_the_kernel(gap, top):
    found = proposed(by_article(kernel=(5, 5)), slab(100, 80, (30, gap, 60, 45)))
    assert found.tolist() == [[30, top, 60, 45]]


def test_closing_does_not_join_bars_five_pixels_apart():
    found = proposed(by_article(kernel=(5, 5)), slab(100, 80, (10, 20, 40, 50), (45, 20, 80, 50)))
    assert len(found) == 2


def test_bright_cuts_come_before_dark_ones_in_the_order_of_the_offsets():
    cuts = article.adaptive_thresholding(noise(20, 20), 128.0, (80, 40))
    assert [cut.name for cut in cuts] == [
        "brighter than mean + 80",
        "brighter than mean + 40",
        "darker than mean - 80",
        "darker than mean - 40",
    ]
    picture = slab(100, 80, (0, 0, 30, 30), light=128, dark=20)
    picture[40:70, 40:70] = 240
    assert proposed(AdaptiveThreshold(offsets=(40,)), picture).tolist() == [
        [40, 40, 70, 70],
        [0, 0, 30, 30],
    ]


@pytest.mark.parametrize(
    ("mean", "names"),
    [
        (215.0, ["darker than mean - 40"]),
        (214.9, ["brighter than mean + 40", "darker than mean - 40"]),
        (40.0, ["brighter than mean + 40"]),
        (40.1, ["brighter than mean + 40", "darker than mean - 40"]),
    ],
)
def test_cut_at_the_end_of_the_scale_is_left_out(mean, names):
    assert [cut.name for cut in article.adaptive_thresholding(noise(9, 9), mean, (40,))] == names


def test_box_that_several_cuts_give_stands_once():
    picture = slab(100, 80, BAR)
    every = [boxes for stage in by_article().stages(picture) if (boxes := stage.boxes) is not None]
    assert sum(len(boxes) for boxes in every) == 3
    assert proposed(by_article(), picture).tolist() == [list(BAR)]


def test_brightness_is_that_of_rgb_not_of_bgr():
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 255
    assert article.calculate_average_brightness(red) == pytest.approx(0.299 * 255, abs=0.5)
    assert article.calculate_average_brightness(red[..., 0]) == 255


@settings(quick, max_examples=80)
@given(
    picture=some_pictures(most=30),
    offsets=st.lists(st.integers(0, 255), min_size=1, max_size=3),
    min_area=st.integers(0, 20),
    kernel=st.tuples(st.sampled_from([1, 3, 5]), st.sampled_from([1, 3, 7])),
)
def test_adaptive_threshold_equals_its_slow_twin(picture, offsets, min_area, kernel):
    found = proposed(AdaptiveThreshold(offsets=offsets, min_area=min_area, kernel=kernel), picture)
    assert boxes_of(found) == set(naive.adaptive_regions(picture, offsets, min_area, kernel))


@pytest.mark.parametrize("offsets", [(40, 80, 120), (10, 20, 30)], ids=str)
def test_adaptive_threshold_equals_its_slow_twin_on_the_sample(tmp_path, offsets):
    make_sample(tmp_path, images=3, width=160, height=120, seed=5)
    pictures = sorted(tmp_path.rglob("*.jpg")) + sorted(tmp_path.rglob("*.png"))
    assert pictures
    for path in pictures:
        picture = images.read(path)
        expected = naive.adaptive_regions(picture, offsets, 20)
        assert boxes_of(proposed(AdaptiveThreshold(offsets=offsets, min_area=20), picture)) == set(expected)


@needs_real_data
@pytest.mark.parametrize("number", [0, 40, 80])
def test_adaptive_threshold_equals_its_slow_twin_on_a_real_picture(number):
    picture = images.read(sorted((DATA / "crackforest" / "images").iterdir())[number])
    found = proposed(AdaptiveThreshold(offsets=(20, 40), min_area=50), picture)
    assert len(found)
    assert boxes_of(found) == set(naive.adaptive_regions(picture, (20, 40), 50))


@needs_real_data
def test_adaptive_threshold_as_it_comes_finds_nothing_on_58_of_118_real_pictures():
    dataset = CocoDataset.open(DATA / "crackforest" / "annotations.json")
    assert len(dataset) == 118
    assert sum(not len(proposed(by_article(), dataset.read(n))) for n in range(len(dataset))) == 58


def test_stages_are_three_a_cut_and_their_boxes_those_of_the_call():
    proposer, picture = AdaptiveThreshold(offsets=(10, 60), min_area=1), noise(50, 40)
    stages, cuts = (
        proposer.stages(picture),
        article.adaptive_thresholding(picture, article.calculate_average_brightness(picture), (10, 60)),
    )
    assert [stage.name for stage in stages] == [
        name for cut in cuts for name in (cut.name, f"{cut.name}, closed", f"{cut.name}, components")
    ]
    for cut, mask, closed, components in zip(cuts, stages[::3], stages[1::3], stages[2::3], strict=True):
        assert (mask.picture == cut.mask).all()
        assert (closed.picture == article.apply_morphological_closing(cut.mask)).all()
        assert components.picture.shape == (40, 50, 3)
        assert mask.boxes is closed.boxes is None
    union = np.concatenate([stage.boxes for stage in stages[2::3]])
    assert bx.unique(union).tolist() == proposed(proposer, picture).tolist()


def test_component_map_colours_what_passes_and_greys_what_does_not():
    picture = slab(100, 80, BAR, (80, 60, 84, 64))
    components = AdaptiveThreshold(offsets=(80,)).stages(picture)[-1].picture
    assert components[0, 0].tolist() == [0, 0, 0]
    assert components[62, 82].tolist() == [90, 90, 90]
    assert len(set(components[30, 40].tolist())) > 1


# ---- opencv-selective-search


def crack_like(width=90, height=60) -> np.ndarray:
    picture = (noise(width, height, 4) // 8 + 150).astype(np.uint8)
    picture[20:25, 10:70], picture[35:55, 40:60] = (90, 60, 40), (60, 120, 200)
    return picture


@cache
def opencv_boxes(mode: str) -> set[tuple[int, ...]]:
    """Call OpenCV as the article does, on a picture as cv2.imread gives it."""
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(np.ascontiguousarray(crack_like()[..., ::-1]))
    {
        "single": search.switchToSingleStrategy,
        "fast": search.switchToSelectiveSearchFast,
        "quality": search.switchToSelectiveSearchQuality,
    }[mode]()
    return {(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h in search.process()}


@pytest.mark.parametrize("mode", ["single", "fast", "quality"])
def test_selective_search_gives_the_set_that_opencv_gives(mode):
    found = proposed(OpenCVSelectiveSearch(mode=mode, whole_image=True), crack_like())
    assert boxes_of(found) == opencv_boxes(mode)


def test_modes_differ():
    sizes = [
        len(proposed(OpenCVSelectiveSearch(mode=mode), crack_like()))
        for mode in ("single", "fast", "quality")
    ]
    assert sizes == sorted(set(sizes))


def test_selective_search_has_one_order_though_opencv_has_many():
    proposer, picture = OpenCVSelectiveSearch(), crack_like()
    orders = {str(proposed(proposer, picture).tolist()) for _ in range(5)}
    assert len(orders) == 1


def test_selective_search_puts_the_largest_first_then_the_topmost():
    found = proposed(OpenCVSelectiveSearch(), crack_like())
    keys = [(-naive.area(box), box[1], box[0], box[2], box[3]) for box in found.tolist()]
    assert keys == sorted(keys)


def test_whole_image_box_is_dropped_or_kept():
    whole = (0, 0, 90, 60)
    assert whole in opencv_boxes("fast")
    dropped, kept = (
        proposed(OpenCVSelectiveSearch(whole_image=keep), crack_like()) for keep in (False, True)
    )
    assert tuple(kept[0].tolist()) == whole
    assert kept[1:].tolist() == dropped.tolist()


@needs_real_data
def test_selective_search_finds_the_same_on_a_real_picture_as_the_article_does():
    path = sorted((DATA / "crackforest" / "images").iterdir())[3]
    x0, y0, x1, y1 = 100, 60, 260, 160
    search = cv2.ximgproc.segmentation.createSelectiveSearchSegmentation()
    search.setBaseImage(cv2.imread(str(path))[y0:y1, x0:x1].copy())
    search.switchToSelectiveSearchFast()
    expected = {(int(x), int(y), int(x + w), int(y + h)) for x, y, w, h in search.process()}
    found = proposed(OpenCVSelectiveSearch(whole_image=True), images.read(path)[y0:y1, x0:x1])
    assert boxes_of(found) == expected


# ---- baselines


@pytest.mark.parametrize("size", [(1, 1), (30, 20), (4000, 6000)], ids=str)
def test_full_image_is_one_box(size):
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    assert proposed(FullImage(), picture).tolist() == [[0, 0, *size]]


def test_grid_counted_by_hand():
    picture = np.zeros((80, 80, 3), np.uint8)
    halves = [[x, y, x + 40, y + 40] for y in (0, 40) for x in (0, 40)]
    assert proposed(Grid(levels=2, aspects=(1.0,), overlap=0.0), picture).tolist() == [
        [0, 0, 80, 80],
        *halves,
    ]
    thirds = [[x, y, x + 40, y + 40] for y in (0, 20, 40) for x in (0, 20, 40)]
    assert proposed(Grid(levels=2, aspects=(1.0,), overlap=0.5), picture).tolist() == [
        [0, 0, 80, 80],
        *thirds,
    ]
    flat = [[0, y, 80, y + 40] for y in (0, 20, 40)]
    assert proposed(Grid(levels=1, aspects=(4.0,), overlap=0.5), picture).tolist() == flat


@pytest.mark.parametrize("size", [(640, 480), (17, 90), (1, 1), (3000, 40)], ids=str)
def test_first_box_of_the_grid_is_the_whole_image(size):
    assert proposed(Grid(), np.zeros((size[1], size[0], 3), np.uint8))[0].tolist() == [0, 0, *size]


def by_size(found) -> dict[tuple[int, int], np.ndarray]:
    """Sort a grid's boxes by width and height: each level and aspect is one size."""
    sizes = (found[:, 2:] - found[:, :2]).astype(int)
    return {tuple(size): found[(sizes == size).all(axis=1)].astype(int) for size in np.unique(sizes, axis=0)}


def assert_covered(proposer, width, height):
    for size, boxes in by_size(proposed(proposer, np.zeros((height, width, 3), np.uint8))).items():
        seen = np.zeros((height, width), bool)
        for x0, y0, x1, y1 in boxes:
            seen[y0:y1, x0:x1] = True
        assert seen.all(), size


@pytest.mark.parametrize("size", [(640, 480), (480, 320), (250, 99)], ids=str)
@pytest.mark.parametrize("proposer", [Grid(), Grid(levels=5, overlap=0.25)], ids=repr)
def test_every_size_of_the_grid_covers_every_pixel(proposer, size):
    assert_covered(proposer, *size)


@settings(quick, max_examples=100)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0.0, 0.1, 0.5]), st.integers(1, 4))
def test_grid_without_overlap_leaves_no_gaps_on_small_pictures(width, height, overlap, levels):
    assert_covered(Grid(levels=levels, aspects=(1.0, 2.0), overlap=overlap), width, height)


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.75, 0.9])
def test_neighbours_of_the_grid_overlap_as_asked(overlap):
    found = proposed(Grid(levels=3, aspects=(1.0, 3.0), overlap=overlap), np.zeros((480, 640, 3), np.uint8))
    for (width, height), boxes in by_size(found).items():
        for axis, span in ((0, width), (1, height)):
            steps = np.diff(np.unique(boxes[:, axis]))
            assert (steps <= span * (1 - overlap) + 1).all()


def test_grid_goes_from_coarse_to_fine():
    areas = bx.area(proposed(Grid(aspects=(1.0,)), np.zeros((480, 640, 3), np.uint8)))
    assert (np.diff(areas) <= 0).all()
