"""Our selective search as a whole: the proposers' contract, determinism, and equality with OpenCV's."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings

from core import boxes as bx
from core import images
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import best_overlap
from core.proposers import OpenCVSelectiveSearch, selective_search
from core.proposers.selective_search import (
    SelectiveSearch,
    colour_images,
    grouping,
    hierarchy,
    threads,
    use_threads,
)
from core.proposers.selective_search.hierarchy import initial_regions
from tests.drawn import noise, proposed, quick, slab, some_pictures, some_settings
from tests.real import DATA, needs_real_data
from tests.test_proposers import assert_contract, boxes_of

ROOT = Path(__file__).parents[1]
MODES = ["single", "fast", "quality"]
each_mode = pytest.mark.parametrize("mode", MODES)
segmentation = cv2.ximgproc.segmentation


def crack_like(width=150, height=100, seed=4) -> np.ndarray:
    """Draw bars and rectangles on a grainy ground: uint8 (H, W, 3)."""
    picture = (noise(width, height, seed) // 8 + 150).astype(np.uint8)
    picture[height // 3 : height // 3 + 9, 10:120] = picture[height // 3 : height // 3 + 9, 10:120] // 2
    picture[60:90, 70:100], picture[5:20, 100:140] = (60, 120, 200), (200, 90, 80)
    return picture


def digest(found) -> str:
    return sha256(np.ascontiguousarray(found).tobytes()).hexdigest()


@pytest.fixture(autouse=True)
def _threads_as_they_were():
    before = threads._threads
    yield
    use_threads(before)


# ---- the contract

VARIANTS = [
    *(SelectiveSearch(mode=mode) for mode in MODES),
    SelectiveSearch(gradients="opencv"),
    SelectiveSearch(base_k=1, inc_k=1, min_size=1, sigma=0.1),
    SelectiveSearch(mode="single", scale=0.3, min_size=5, whole_image=False),
]
each_variant = pytest.mark.parametrize("proposer", VARIANTS, ids=repr)

PICTURES = {
    "flat": lambda width, height: np.full((height, width, 3), 90, np.uint8),
    "two-coloured": lambda width, height: slab(width, height, (0, 0, (width + 1) // 2, height)),
    "noise": noise,
    "grey": lambda width, height: np.repeat(noise(width, height)[..., :1], 3, axis=2),
}


@each_variant
@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 2), (3, 500), (500, 3), (60, 40)], ids=str)
def test_smallest_and_longest_pictures_are_no_trouble(proposer, draw, size):
    assert_contract(proposer, draw(*size))


@each_variant
@settings(quick, max_examples=25)
@given(picture=some_pictures())
def test_boxes_are_inside_unlike_and_the_same_again(proposer, picture):
    assert_contract(proposer, picture)


@settings(quick, max_examples=60)
@given(proposer=some_settings(SelectiveSearch), picture=some_pictures(most=20))
def test_any_settings_keep_the_contract(proposer, picture):
    assert_contract(proposer, picture)


@pytest.mark.parametrize("mode", MODES)
def test_picture_without_anything_in_it_is_one_box(mode):
    flat = np.full((40, 60, 3), 90, np.uint8)
    assert proposed(SelectiveSearch(mode=mode), flat).tolist() == [[0, 0, 60, 40]]
    assert proposed(SelectiveSearch(mode=mode, whole_image=False), flat).tolist() == []


def test_picture_that_may_not_be_written_to_or_is_not_contiguous_is_enough():
    picture = crack_like()
    picture.flags.writeable = False
    expected = proposed(SelectiveSearch(), picture[::2, ::-2].copy())
    assert proposed(SelectiveSearch(), picture[::2, ::-2]).tolist() == expected.tolist()


@each_mode
def test_rectangles_are_proposed_to_the_pixel_or_nearly(mode):
    found = proposed(SelectiveSearch(mode=mode), crack_like())
    for truth in [(70, 60, 100, 90), (100, 5, 140, 20)]:
        assert bx.iou(found, bx.as_boxes([truth])).max() > 0.85


# ---- the same boxes in the same order

SCRIPT = """
import sys
from concurrent.futures import ThreadPoolExecutor
from tests.test_selective_search import SelectiveSearch, crack_like, digest
callers = int(sys.argv[1])
pictures = [crack_like(seed=4)] * callers
with ThreadPoolExecutor(callers) as pool:
    found = list(pool.map(SelectiveSearch(mode="fast").propose, pictures))
assert len({digest(one.boxes) for one in found}) == 1
print(digest(found[0].boxes))
"""


def started(callers=1, **environment) -> subprocess.Popen:
    """Start another Python that prints the digest of one picture's boxes, found by so many threads."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(callers)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def printed(process) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.strip()


@each_mode
@pytest.mark.parametrize("gradients", ["direct", "opencv"])
def test_same_boxes_in_the_same_order_whatever_the_threads(mode, gradients):
    proposer, picture = SelectiveSearch(mode=mode, gradients=gradients), crack_like()
    seen = set()
    for count in (1, 2, 5, 1):
        use_threads(count)
        seen.add(digest(proposed(proposer, picture)))
    assert len(seen) == 1


def test_same_boxes_in_the_same_order_in_a_fresh_process():
    expected = digest(proposed(SelectiveSearch(), crack_like()))
    assert printed(started(PYTHONHASHSEED="7")) == expected


@each_mode
def test_same_boxes_when_four_threads_call_at_once_with_pictures_of_all_sizes(mode):
    pictures = [
        crack_like(150, 100, 1),
        crack_like(300, 110, 2),
        noise(20, 30),
        crack_like(151, 200, 3),
        noise(1, 9),
    ]
    proposer = SelectiveSearch(mode=mode)
    expected = [digest(proposed(proposer, picture)) for picture in pictures]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(proposer.propose, pictures * 8))
    assert [digest(one.boxes) for one in found] == expected * 8


def test_boxes_do_not_depend_on_what_was_looked_at_before():
    proposer, picture = SelectiveSearch(), crack_like()
    use_threads(1)
    expected = digest(proposed(proposer, picture))
    for other in (noise(400, 300), noise(1, 1), np.zeros((80, 10, 3), np.uint8)):
        proposed(proposer, other)
        assert digest(proposed(proposer, picture)) == expected


def test_what_is_returned_is_not_overwritten_by_the_next_call():
    proposer = SelectiveSearch(mode="single")
    found = proposed(proposer, crack_like())
    before = found.copy()
    proposed(proposer, noise(150, 100))
    assert (found == before).all()


def test_numpys_and_pythons_random_numbers_are_left_alone():
    import random

    np.random.seed(1)  # noqa: NPY002  the state that must not be touched
    state, other = np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    first = digest(proposed(SelectiveSearch(), crack_like()))
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    assert random.getstate() == other
    np.random.seed(2)  # noqa: NPY002
    assert digest(proposed(SelectiveSearch(), crack_like())) == first


def test_ranks_are_spread_evenly_and_differ_from_run_to_run():
    origin = np.arange(100_000, dtype=np.uint64)
    first, second = selective_search._hash01(origin), selective_search._hash01(origin + np.uint64(1 << 32))
    for ranks in (first, second):
        assert ranks.min() >= 0
        assert ranks.max() < 1
        assert np.histogram(ranks, 10, (0, 1))[0] == pytest.approx(10_000, rel=0.05)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.02
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.02


@each_mode
def test_boxes_are_ordered_by_the_level_times_the_hash(mode):
    proposer, picture = SelectiveSearch(mode=mode), crack_like()
    boxes, levels, origin = selective_search._search(colour_images(picture, mode, False), proposer.settings())
    assert len(set(origin.tolist())) == len(origin)
    ranks = {}
    for box, rank in zip(boxes.tolist(), -levels * selective_search._hash01(origin), strict=True):
        ranks[tuple(box)] = min(rank, ranks.get(tuple(box), np.inf))
    assert [tuple(box) for box in proposed(proposer, picture).tolist()] == sorted(ranks, key=ranks.get)


@needs_real_data
def test_coarse_regions_come_first_by_and_large():
    area = bx.area(proposed(SelectiveSearch(), real_picture("crackforest", 7)))
    assert np.median(area[: len(area) // 4]) > np.median(area[-len(area) // 4 :])


# ---- parameters


@each_mode
def test_whole_image_box_is_kept_or_dropped_and_the_rest_stays(mode):
    kept, dropped = (
        proposed(SelectiveSearch(mode=mode, whole_image=keep), crack_like()) for keep in (True, False)
    )
    whole = [0.0, 0.0, 150.0, 100.0]
    assert whole in kept.tolist()
    assert [box for box in kept.tolist() if box != whole] == dropped.tolist()


@pytest.mark.parametrize("change", [{"base_k": 20}, {"inc_k": 20}, {"sigma": 0.3}, {"min_size": 20}], ids=str)
def test_parameters_have_an_effect(change):
    picture = crack_like()
    assert boxes_of(proposed(SelectiveSearch(**change), picture)) != boxes_of(
        proposed(SelectiveSearch(), picture)
    )


@pytest.mark.parametrize(("mode", "base_k"), [("single", 200), ("fast", 150), ("quality", 150)])
def test_first_k_of_0_is_opencvs(mode, base_k):
    picture = crack_like()
    found = [proposed(SelectiveSearch(mode=mode, base_k=k), picture).tolist() for k in (0, base_k)]
    assert found[0] == found[1]


def test_single_mode_knows_one_k():
    picture = crack_like()
    assert proposed(SelectiveSearch(mode="single", inc_k=1), picture).tolist() == (
        proposed(SelectiveSearch(mode="single", inc_k=900), picture).tolist()
    )


def test_smaller_regions_and_more_of_them_with_a_smaller_least_size():
    few, many = (proposed(SelectiveSearch(min_size=least), crack_like()) for least in (200, 20))
    assert len(many) > len(few)
    assert bx.area(many).min() < bx.area(few).min()


@each_mode
def test_no_box_is_smaller_than_the_smallest_region(mode):
    found = proposed(SelectiveSearch(mode=mode, min_size=70), crack_like())
    assert bx.area(found).min() >= 70


def test_modes_look_at_more_and_more():
    sizes = [len(proposed(SelectiveSearch(mode=mode, min_size=20), crack_like())) for mode in MODES]
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("scale", [0.25, 0.5, 0.9])
def test_boxes_at_a_smaller_scale_are_near_those_of_the_whole(scale):
    boxes = [(40, 30, 160, 120), (200, 150, 360, 260)]
    picture = slab(400, 300, *boxes)
    small = proposed(SelectiveSearch(scale=scale), picture)
    assert bx.iou(small, bx.as_boxes(boxes)).max(axis=0).min() > 0.9
    large = bx.area(small) > 2000  # others are the rims of the rectangles, a few pixels wide
    assert large.sum() >= 3
    assert bx.iou(proposed(SelectiveSearch(), picture), small[large]).max(axis=0).min() > 0.8
    assert (small == np.round(small)).all()
    assert [0.0, 0.0, 400.0, 300.0] in small.tolist()
    assert (small[:, :2] >= 0).all()
    assert (small[:, 2:] <= [400, 300]).all()


@pytest.mark.parametrize("size", [(33, 10), (10, 33), (101, 37)], ids=str)
def test_whole_image_box_stays_whole_where_sides_do_not_shrink_alike(size):
    found = proposed(SelectiveSearch(scale=0.35), noise(*size))
    assert [0, 0, *size] in found.tolist()


def test_scale_of_a_grainy_picture_gives_the_boxes_of_the_smaller_one_enlarged():
    picture = crack_like(300, 200)
    small = cv2.resize(picture, (150, 100), interpolation=cv2.INTER_AREA)
    assert (proposed(SelectiveSearch(scale=0.5), picture) == 2 * proposed(SelectiveSearch(), small)).all()


# ---- colour images


@pytest.mark.parametrize(
    ("mode", "shapes"), [("single", [3]), ("fast", [3, 3]), ("quality", [3, 3, 1, 1, 3])]
)
def test_each_mode_looks_at_its_colour_images(mode, shapes):
    found = list(colour_images(crack_like(), mode, False))
    assert [one.shape for one in found] == [(100, 150, channels) for channels in shapes]
    assert all(one.dtype == np.uint8 for one in found)


def test_hue_is_the_blue_plane_as_opencv_has_it_and_hue_otherwise():
    picture = noise(30, 20)
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    assert (list(colour_images(picture, "quality", True))[3][..., 0] == picture[..., 2]).all()
    assert (list(colour_images(picture, "quality", False))[3][..., 0] == hsv[..., 0]).all()
    assert (hsv[..., 0] != picture[..., 2]).any()


def test_last_colour_image_is_red_green_and_grey():
    picture = noise(30, 20)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    assert (list(colour_images(picture, "quality", False))[4] == np.dstack([picture[..., :2], grey])).all()


# ---- equality with OpenCV


def real_picture(folder, number, most=60_000) -> np.ndarray:
    """Read a real picture, shrunk to at most so many pixels."""
    picture = images.read(sorted((DATA / folder / "images").iterdir())[number])
    shrink = min((most / (picture.shape[0] * picture.shape[1])) ** 0.5, 1)
    size = int(picture.shape[1] * shrink), int(picture.shape[0] * shrink)
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


REAL = [
    ("crackforest", 7),
    ("crackforest", 30),
    ("crackforest", 60),
    ("crackforest", 90),
    ("crackforest", 110),
    ("crackseg350", 50),
    ("crackseg350", 200),
    ("crackseg350", 300),
    ("kangaroo", 3),
    ("kangaroo", 12),
    ("kangaroo", 20),
    ("exif_orientation", 2),
    ("exif_orientation", 7),
    ("exif_orientation", 12),
]


@cache
def compared_pictures() -> list[np.ndarray]:
    """Return real pictures as they are, two of them stretched, and drawn wide and tall ones."""
    found = (
        [real_picture(folder, number) for folder, number in REAL] if os.environ.get("BOXSCOPE_DATA") else []
    )
    found += [cv2.resize(picture, size) for picture in found[:8:7] for size in [(1000, 100), (100, 1000)]]
    wide, tall = crack_like(1000, 100), crack_like(150, 1000)[:, :100].copy()
    return [*found, wide, tall]


def shares(found_by, mode, step=1) -> list[float]:
    """Return the share of OpenCV's boxes found in each picture."""
    opencv = OpenCVSelectiveSearch(mode=mode, whole_image=True)
    found = []
    for picture in compared_pictures()[::step]:
        theirs, ours = boxes_of(proposed(opencv, picture)), boxes_of(proposed(found_by, picture))
        assert len(ours - theirs) <= 0.02 * len(theirs) + 1
        found.append(len(theirs & ours) / len(theirs))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["single", "fast"])
def test_boxes_equal_opencvs_to_the_pixel(mode):
    found = shares(SelectiveSearch(mode=mode, gradients="opencv"), mode)
    assert min(found) >= 0.99
    assert np.mean(found) >= 0.999


@pytest.mark.slow
def test_boxes_of_quality_mode_equal_opencvs_but_for_equal_similarities():
    # What differs are groupings by size alone and fill alone, where pairs are exactly alike; see below.
    found = shares(SelectiveSearch(mode="quality", gradients="opencv"), "quality", step=4)
    print(f"quality: mean {np.mean(found):.5f}, least {min(found):.5f}")
    assert min(found) >= 0.99
    assert np.mean(found) >= 0.999


MEASURES = {
    "colour": segmentation.createSelectiveSearchSegmentationStrategyColor,
    "fill": segmentation.createSelectiveSearchSegmentationStrategyFill,
    "texture": segmentation.createSelectiveSearchSegmentationStrategyTexture,
    "size": segmentation.createSelectiveSearchSegmentationStrategySize,
}


def opencv_by(picture, measures) -> set[tuple[int, ...]]:
    """Search as OpenCV's quality mode does, with one strategy: the sum of these measures."""
    settings = SelectiveSearch(mode="quality").settings()
    search = segmentation.createSelectiveSearchSegmentation()
    for image in colour_images(picture, "quality", True):
        search.addImage(image if image.shape[2] > 1 else image[..., 0])
    for k in settings.ks:
        search.addGraphSegmentation(
            segmentation.createGraphSegmentation(settings.sigma, k, settings.min_size)
        )
    made = [MEASURES[measure]() for measure in measures]
    sums = segmentation.createSelectiveSearchSegmentationStrategyMultiple
    search.addStrategy(sums(*made) if len(made) > 1 else made[0])
    return {(x, y, x + width, y + height) for x, y, width, height in search.process().tolist()}


def ours_by(picture, strategy) -> set[tuple[int, ...]]:
    settings = SelectiveSearch(mode="quality", gradients="opencv").settings()._replace(strategies=(strategy,))
    boxes, _, _ = selective_search._search(colour_images(picture, "quality", True), settings)
    return boxes_of(boxes)


@needs_real_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("strategy", "measures", "least"),
    [
        (grouping.COLOUR_FILL_TEXTURE_SIZE, ("colour", "fill", "texture", "size"), 1),
        (grouping.FILL_TEXTURE_SIZE, ("fill", "texture", "size"), 1),
        (grouping.FILL, ("fill",), 0.98),
        (grouping.SIZE, ("size",), 0.95),
    ],
    ids=["all", "fill, texture, size", "fill", "size"],
)
def test_only_groupings_by_one_measure_differ_from_opencvs(strategy, measures, least):
    for picture in compared_pictures()[1::6]:
        theirs = opencv_by(picture, measures)
        assert len(theirs & ours_by(picture, strategy)) >= least * len(theirs)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1000, 100), (100, 1000), (800, 200)], ids=str)
def test_drawn_wide_and_tall_pictures_need_opencvs_gradients_to_be_equal(size):
    picture = cv2.resize(crack_like(300, 300), size)
    theirs = boxes_of(proposed(OpenCVSelectiveSearch(mode="fast", whole_image=True), picture))
    alike = [
        len(theirs & boxes_of(proposed(SelectiveSearch(gradients=gradients), picture))) / len(theirs)
        for gradients in ("opencv", "direct")
    ]
    assert alike[0] >= 0.99
    assert alike[1] < alike[0]


@needs_real_data
@pytest.mark.slow
@pytest.mark.parametrize(("name", "objects"), [("crackforest", 137), ("kangaroo", 58)])
def test_direct_gradients_find_as_much_as_opencvs(name, objects):
    dataset = CocoDataset.open(DATA / name / "annotations.json")
    places = [n for n in range(len(dataset)) if dataset.file_names[n] != "00090.jpg"]  # truncated
    overlaps = {}
    for gradients in ("direct", "opencv"):
        proposer = SelectiveSearch(gradients=gradients, scale=0.5)  # a quarter of the work
        found = [best_overlap(proposed(proposer, dataset.read(n)), dataset.truth(n)).iou for n in places]
        overlaps[gradients] = np.concatenate(found)
    recall = {gradients: (iou >= 0.5).mean() for gradients, iou in overlaps.items()}
    assert len(overlaps["direct"]) == objects
    assert recall["direct"] > 0.4
    assert abs(recall["direct"] - recall["opencv"]) < 0.01
    assert abs(overlaps["direct"].mean() - overlaps["opencv"].mean()) < 0.01


# ---- memory, and the first start

MEMORY = """
import sys
from pathlib import Path
from tests.test_selective_search import SelectiveSearch, kilobytes, noise, use_threads

use_threads(1)
proposer, side = SelectiveSearch(mode=sys.argv[2]), int(sys.argv[1])
proposer.propose(noise(64, 64))
picture = noise(side, side)
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew from what is held now
before = kilobytes("VmRSS")
proposer.propose(picture)
print((kilobytes("VmHWM") - before) * 1024 / side**2)
"""


def kilobytes(name) -> int:
    """Read a figure of this process' memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def bytes_a_pixel(side, mode) -> float:
    """Measure by how much one call, on one thread, raises a fresh process' peak resident memory, on noise."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", MEMORY, str(side), mode]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return float(found.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.slow
@pytest.mark.parametrize("mode", ["fast", "quality"])
def test_memory_grows_with_the_pixels_and_no_faster(mode):
    one, four = bytes_a_pixel(800, mode), bytes_a_pixel(1600, mode)
    print(f"{mode}: {one:.0f} bytes a pixel at 0.64 megapixels, {four:.0f} at 2.56")
    assert 10 < four < 60
    assert four < one


@pytest.mark.skipif(sys.platform != "linux", reason="reads what is held from /proc")
def test_what_a_large_picture_took_is_not_kept():
    held = """
import sys
from tests.test_selective_search import SelectiveSearch, kilobytes, noise, use_threads

use_threads(1)
search = SelectiveSearch(mode="single")
search.propose(noise(64, 64))
before = kilobytes("VmRSS")
search.propose(noise(5000, 3000))
print((kilobytes("VmRSS") - before) / 1024)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", held]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert float(found.stdout) < 150  # MB; its arrays take 450


def test_a_picture_too_long_to_rotate_is_refused_and_searched_directly():
    picture = noise(30_000, 8)
    with pytest.raises(BoxscopeError, match="30000x8 is too long to rotate as OpenCV does, expected direct"):
        proposed(SelectiveSearch("single", gradients="opencv"), picture)
    assert len(proposed(SelectiveSearch("single"), picture))


def test_more_regions_than_memory_can_hold_are_refused(monkeypatch):
    monkeypatch.setattr(hierarchy, "_MAX_COUNT_BYTES", 1_000_000)
    with pytest.raises(BoxscopeError, match="initial regions, whose histograms would take"):
        proposed(SelectiveSearch("single", base_k=1, min_size=1), noise(60, 60))


@pytest.mark.slow
def test_processes_and_threads_that_start_cold_at_once_agree(tmp_path):
    cold = [started(callers=3, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)]
    expected = digest(proposed(SelectiveSearch(), crack_like()))
    assert [printed(process) for process in cold] == [expected] * 2
    assert any(tmp_path.rglob("*.nbi"))
    assert printed(started(NUMBA_CACHE_DIR=str(tmp_path))) == expected


def test_initial_regions_of_one_call_are_not_overwritten_by_the_next():
    settings = SelectiveSearch().settings()
    found = initial_regions(crack_like(), settings)
    before = found.labels.copy(), found.members.copy()
    initial_regions(noise(150, 100), settings)
    assert (found.labels == before[0]).all()
    assert (found.members == before[1]).all()
