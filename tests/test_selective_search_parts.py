"""The parts of selective search: each kernel equals its slow twin."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import images
from core.proposers.selective_search import (
    SelectiveSearch,
    colour_images,
    edges,
    grouping,
    hash_set,
    ordering,
    texture,
    warm,
)
from core.proposers.selective_search import regions as known
from core.proposers.selective_search.hierarchy import Settings, groupings, initial_regions
from core.proposers.selective_search.union_find import find, join, make_sets
from tests import naive_selective_search as naive
from tests.drawn import noise, quick, slab
from tests.real import DATA, needs_real_data

SIGMA = float(np.float32(0.8))
INFINITE = 0x7F800000  # the bits of an infinite weight


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Compile the kernels unless they are: numba's cache of an older version may not even load."""
    warm()


# ---- union_find


@quick
@given(st.integers(1, 40), st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=80))
def test_union_find_equals_naive_sets(count, wishes):
    parents, sizes, sets = np.empty(count, np.uint32), np.ones(count, np.int32), naive.Sets(count)
    make_sets(parents)
    for a, b in ((a % count, b % count) for a, b in wishes):
        one, other = root_of(parents, a), root_of(parents, b)
        assert (one == other) == (sets.name[a] == sets.name[b])
        if sets.name[a] != sets.name[b]:
            larger = max(sizes[one], sizes[other])
            candidates = [root for root in (one, other) if sizes[root] == larger]
            assert join(parents, sizes, one, other) in candidates
            sets.join(sets.name[a], sets.name[b])
    roots = [root_of(parents, n) for n in range(count)]
    assert [sizes[root] for root in roots] == [sets.size(n) for n in range(count)]
    assert len(set(zip(roots, sets.name, strict=True))) == len(sets.members)


def root_of(parents, member) -> np.uint64:
    return np.uint64(find(parents, np.uint64(member)))


def test_find_shortens_a_long_path():
    parents = np.array([0, 0, 1, 2, 3, 4], np.uint32)
    assert root_of(parents, 5) == 0
    assert parents[5] == 0


# ---- segment: edges and their order


@st.composite
def some_small_images(draw, most=9):
    """Draw a flat, two-coloured, coarse, noisy or graded image: uint8 (H, W, 1 to 3)."""
    width, height = draw(st.integers(1, most)), draw(st.integers(1, most))
    channels, seed = draw(st.integers(1, 3)), draw(st.integers(0, 9999))
    kind = draw(st.sampled_from(["flat", "two", "coarse", "noise", "ramp"]))
    random = np.random.default_rng(seed)
    if kind == "ramp":
        y, x = np.indices((height, width))
        planes = [y * random.integers(0, 30) + x * random.integers(0, 30) for _ in range(channels)]
        return np.stack(planes, axis=2).astype(np.uint8)
    levels = {"flat": 1, "two": 2, "coarse": 4, "noise": 256}[kind]
    palette = random.integers(0, 256, (levels, channels), dtype=np.uint8)
    if kind == "noise":
        return random.integers(0, 256, (height, width, channels), dtype=np.uint8)
    return palette[random.integers(0, levels, (height, width))]


def keys_of(image):
    height, width = image.shape[:2]
    right, down = np.zeros((2, height, width), np.float32)
    edges.weigh(planes_of(image), right, down)
    keys = np.empty(2 * height * width, np.uint64)
    return keys[: edges.make_keys(right.view(np.uint32), down.view(np.uint32), 0, INFINITE, 0, keys)[0]]


@quick
@given(some_small_images())
def test_keys_are_all_edges_once(image):
    keys = keys_of(image)
    weights = (keys >> np.uint64(32)).astype(np.uint32).view(np.float32)
    places = (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    expected = naive.edges(image.astype(np.float32))
    height, width = image.shape[:2]
    assert len(keys) == len(set(places.tolist())) == 2 * height * width - height - width
    assert sorted(zip(places, weights, strict=True)) == sorted(
        (2 * a + d, w) for w, _, d, _, a, _ in expected
    )


def planes_of(image) -> np.ndarray:
    return np.ascontiguousarray(image.astype(np.float32).transpose(2, 0, 1))


def in_order(keys) -> np.ndarray:
    keys, spare = keys.copy(), np.empty_like(keys)
    return spare if edges.sort(keys, spare) else keys


@quick
@given(some_small_images())
def test_sorted_edges_are_in_the_order_of_the_twin(image):
    keys = keys_of(image)
    places = in_order(keys) & np.uint64(0xFFFFFFFF)
    expected = [2 * pixel + down for _, _, down, _, pixel, _ in naive.edges(image.astype(np.float32))]
    assert places.tolist() == expected


@pytest.mark.parametrize("top", [1, 2, 1 << 11, 1 << 22, 1 << 31], ids="below {}".format)
@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_sort_equals_numpys_stable_sort_by_the_upper_half(count, top):
    random = np.random.default_rng(count)
    high, low = random.integers(0, top, count), random.integers(0, 1 << 32, count)
    keys = (high.astype(np.uint64) << np.uint64(32)) | low.astype(np.uint64)
    expected = keys[np.argsort(high, kind="stable")].tolist()
    assert in_order(keys).tolist() == expected


@pytest.mark.parametrize("shift", [32, 42, 52, 54], ids="digit at bit {}".format)
def test_sort_looks_at_every_digit(shift):
    keys = np.arange(500, dtype=np.uint64)[::-1] << np.uint64(shift)
    assert in_order(keys).tolist() == sorted(keys.tolist())


def test_weight_is_the_distance_of_colours():
    image = np.zeros((2, 2, 3), np.float32)
    image[0, 1], image[1, 0] = (2, 3, 6), (0, 3, 4)
    right, down = np.zeros((2, 2, 2), np.float32)
    edges.weigh(planes_of(image), right, down)
    assert [right[0, 0], down[0, 0]] == [7, 5]
    assert [right[1, 0], down[0, 1]] == [5, 7]


def in_rounds(weights, most) -> list[np.ndarray]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "_EDGES_AT_ONCE", most)
        patch.setattr(ordering, "_MOST_TIMES", 1 << 30)
        return [keys.copy() for keys, _ in ordering.sorted_keys(weights)]


@quick
@given(some_small_images(), st.sampled_from([0.1, SIGMA]), st.integers(1, 60))
def test_edges_some_at_a_time_are_in_the_order_of_all_at_once(image, sigma, most):
    weights = ordering.weights(np.ascontiguousarray(image), sigma).copy()
    (at_once,) = in_rounds(weights, 1 << 21)
    rounds = in_rounds(weights, most)
    assert np.concatenate([at_once[:0], *rounds]).tolist() == at_once.tolist()
    assert len(at_once) == 2 * weights[0].size - sum(image.shape[:2])
    for keys in rounds:  # more only as fills the room of two rows, and only of one weight
        assert len(keys) <= most or len(set(keys >> np.uint64(32))) == 1
        assert len(keys) <= most + 2 * image.shape[1]


@pytest.mark.parametrize("sigma", [0.1, SIGMA, 5.0])
@pytest.mark.parametrize("size", [(3, 300), (40, 90), (200, 41)], ids=str)
def test_weights_of_an_image_blurred_in_strips_are_those_of_the_whole(monkeypatch, size, sigma):
    image = noise(*size)
    expected = ordering.weights(image, sigma).copy()
    for pixels in (1, 700):
        monkeypatch.setattr(ordering, "_PIXELS_AT_ONCE", pixels)
        assert ordering.weights(image, sigma).tolist() == expected.tolist()


# ---- segment: initial regions


def labels_of(image, ks, min_size=1, sigma=SIGMA) -> list[np.ndarray]:
    """Return the label image of each k."""
    found = initial_regions(image, Settings(tuple(ks), sigma, min_size, False, ()))
    labels = [found.members[found.labels, n] for n in range(len(ks))]
    assert [int(one.max()) + 1 for one in labels] == list(found.counts)
    return labels


some_ks = st.sampled_from(
    [(10.0,), (300.0,), (1.0, 5.0, 25.0), (150.0, 300.0, 450.0), (5.0, 20.0, 60.0, 200.0, 900.0)]
)


@settings(quick, max_examples=250)
@given(some_small_images(), some_ks, st.sampled_from([1, 2, 5, 20, 100]), st.sampled_from([0.1, SIGMA]))
def test_segmentation_equals_its_slow_twin(image, ks, min_size, sigma):
    for k, labels in zip(ks, labels_of(image, ks, min_size, sigma), strict=True):
        assert labels.tolist() == naive.segmentation(image, k, sigma, min_size).tolist()


def ramp(width=40, height=30):
    y, x = np.indices((height, width))
    return np.stack([x * 6, y * 8, x + y], axis=2).astype(np.uint8)


DRAWN = {
    "noise": noise(40, 30),
    "grey noise": noise(30, 40, 1)[..., :1],
    "two channels": np.ascontiguousarray(noise(35, 35, 2)[..., :2]),
    "slabs": slab(40, 30, (5, 5, 20, 20), (18, 12, 35, 25)),
    "ramp": ramp(),
    "line": noise(300, 1, 3),
    "column": noise(1, 300, 4),
}
each_drawn = pytest.mark.parametrize("image", DRAWN.values(), ids=DRAWN)


@each_drawn
@pytest.mark.parametrize("min_size", [1, 10, 60])
def test_segmentation_of_drawn_pictures_equals_its_slow_twin(image, min_size):
    ks = (20.0, 150.0, 300.0, 700.0, 2000.0)
    for k, labels in zip(ks, labels_of(image, ks, min_size), strict=True):
        assert labels.tolist() == naive.segmentation(image, k, SIGMA, min_size).tolist()


def opencv_labels(image, k, min_size, sigma=SIGMA):
    found = cv2.ximgproc.segmentation.createGraphSegmentation(sigma, k, min_size)
    return found.processImage(image[..., 0] if image.shape[2] == 1 else image)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("min_size", [1, 30])
def test_segmentation_of_noise_equals_opencvs(seed, min_size):
    ks = (5.0, 50.0, 200.0, 400.0, 800.0)
    for image in (noise(90, 70, seed), noise(90, 70, seed)[..., :1].copy()):
        for k, labels in zip(ks, labels_of(image, ks, min_size), strict=True):
            assert (labels == opencv_labels(image, k, min_size)).all()


def test_segmentation_differs_from_opencvs_only_in_the_order_of_equal_weights():
    # Four levels a channel: many edges weigh exactly the same, and OpenCV's sort is not stable. The
    # regions differ; distinct weights, a little noise away, make them equal again.
    coarse = noise(40, 30) // 64 * 64
    weights = [edge[0] for edge in naive.edges(coarse.astype(np.float32))]
    assert len(set(weights)) < len(weights) / 50
    tied, ours = opencv_labels(coarse, 20.0, 7, 0.1), labels_of(coarse, (20.0,), 7, 0.1)[0]
    assert (tied != ours).any()
    assert ours.tolist() == naive.segmentation(coarse, 20.0, 0.1, 7).tolist()
    distinct = coarse + noise(40, 30, 1) // 8
    assert (opencv_labels(distinct, 20.0, 7) == labels_of(distinct, (20.0,), 7)[0]).all()


def real_picture(folder, number, most=100_000) -> np.ndarray:
    """Read a real picture, shrunk to at most so many pixels."""
    picture = images.read(sorted((DATA / folder / "images").iterdir())[number])
    shrink = min((most / (picture.shape[0] * picture.shape[1])) ** 0.5, 1)
    return cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)


@needs_real_data
@pytest.mark.parametrize(
    ("folder", "number"), [("crackforest", 7), ("kangaroo", 3), ("crackseg350", 50), ("crackseg350", 200)]
)
def test_segmentation_of_real_pictures_equals_opencvs(folder, number):
    ks = (150.0, 300.0, 450.0, 600.0, 750.0)
    for image in colour_images(real_picture(folder, number), "quality", False):
        for k, labels in zip(ks, labels_of(image, ks, 100), strict=True):
            assert (labels == opencv_labels(image, k, 100)).all()


@settings(quick, max_examples=100)
@given(some_small_images(most=14), some_ks, st.sampled_from([1, 3, 12]))
def test_regions_partition_the_image_and_are_connected_and_large_enough(image, ks, min_size):
    for labels in labels_of(image, ks, min_size):
        names, sizes = np.unique(labels, return_counts=True)
        assert names.tolist() == list(range(len(names)))
        assert all(naive.parts_of(labels == name) == 1 for name in names)
        assert len(names) == 1 or sizes.min() >= min_size


@settings(quick, max_examples=100)
@given(some_small_images(most=14), some_ks, st.sampled_from([1, 3, 12]))
def test_pieces_are_what_every_segmentation_has_in_common(image, ks, min_size):
    found = initial_regions(image, Settings(ks, SIGMA, min_size, False, ()))
    assert found.labels.shape == image.shape[:2]
    assert np.unique(found.labels).tolist() == list(range(len(found.members)))
    expected = np.stack([naive.segmentation(image, k, SIGMA, min_size) for k in ks], axis=2)
    assert found.members[found.labels].tolist() == expected.tolist()
    assert len({tuple(piece) for piece in found.members.tolist()}) == len(found.members)


@quick
@given(st.integers(1, 5), st.integers(1, 60), st.sampled_from([2, 5, 1 << 30]), st.integers(0, 999))
def test_pieces_are_told_apart_whatever_the_region_numbers(count, components, top, seed):
    random = np.random.default_rng(seed)
    segmentations = random.integers(0, top, (count, components)).astype(np.int32)
    segmentations[:, components // 2 :] = segmentations[:, : components - components // 2]
    piece_of = np.empty(components, np.int32)
    belongs = known.pieces(segmentations, piece_of)
    assert belongs[piece_of].tolist() == segmentations.T.tolist()
    assert len({tuple(piece) for piece in belongs.tolist()}) == len(belongs)


def test_pieces_whose_keys_are_equal_are_told_apart():
    # With p = 2 ** 40 + 435, both rows give the same key: p * p + 189225 = 870 * p, in 63 bits.
    rows = np.array([[1, 0, 189225], [0, 870, 0], [1, 0, 189225], [5, 5, 5]], np.int32)
    piece_of = np.empty(4, np.int32)
    belongs = known.pieces(rows.T.copy(), piece_of)
    assert piece_of.tolist() == [0, 1, 0, 2]
    assert belongs.tolist() == rows[[0, 1, 3]].tolist()


def test_image_falls_into_its_obvious_regions():
    picture = slab(60, 40, (20, 10, 40, 30))
    labels = labels_of(picture, (300.0,), 20, 0.1)[0]
    assert np.unique(labels).tolist() == [0, 1]
    assert naive.sizes_and_boxes(labels)[1][1] == [20, 10, 40, 30]


@pytest.mark.parametrize("line", [[0, 25], [0, 0, 26], [26, 0, 0]], ids=str)
def test_edge_exactly_as_heavy_as_a_threshold_joins(line):
    image = np.array([line], np.uint8)[..., None]
    size = line.count(0)
    k = float(max(line)) * size  # the threshold of the zeros together is k / size, of the other one k
    first, below, exactly = labels_of(image, (1.0, k - 0.01, k), 1, 0.1)
    assert [first.max(), below.max(), exactly.max()] == [1, 1, 0]
    assert labels_of(image, (k,), 1, 0.1)[0].max() == 0


def test_larger_k_makes_no_more_regions_and_larger_min_size_neither():
    image = noise(60, 60) // 4
    by_k = [int(labels.max()) for labels in labels_of(image, (1.0, 10.0, 40.0, 160.0, 640.0))]
    assert by_k == sorted(by_k, reverse=True)
    assert by_k[0] > by_k[-1]
    by_size = [int(labels_of(image, (20.0,), least)[0].max()) for least in (1, 10, 100, 1000)]
    assert by_size == sorted(by_size, reverse=True)
    assert by_size[0] > by_size[-1]


# ---- hash_set


@quick
@given(st.lists(st.integers(0, 1 << 62) | st.integers(0, 9), max_size=300))
def test_hash_set_equals_pythons(wishes):
    table = hash_set.empty_set(len(wishes))
    for wish in wishes:
        place = hash_set.position_of(table, wish)
        assert table[place] in (hash_set.EMPTY, wish)
        table[place] = wish
    assert sorted(hash_set.members(table).tolist()) == sorted(set(wishes))
    assert all(table[hash_set.position_of(table, wish)] == wish for wish in wishes)


@pytest.mark.parametrize("count", [0, 1, 8, 9, 1000, 1024, 1025])
def test_hash_set_stays_at_most_half_full(count):
    table = hash_set.empty_set(count)
    assert len(table) >= 2 * count
    assert len(table) & (len(table) - 1) == 0
    assert (table == hash_set.EMPTY).all()


def test_table_of_neighbours_grows():
    # Every piece touches every other: 1,770 pairs, and the first table of 60 pieces has 1,024 places.
    labels = np.random.default_rng(0).integers(0, 60, (200, 200)).astype(np.int32)
    pairs = known.outline(labels, 60)[2]
    assert len(pairs) == 60 * 59 // 2 > len(hash_set.empty_set(8 * 60))
    assert [(pair // 60, pair % 60) for pair in sorted(pairs.tolist())] == naive.neighbours(labels)


# ---- texture


def codes_of(derivative):
    codes = np.empty(derivative.shape, np.uint8)
    return codes, texture.encode(derivative, codes)


def assert_coded(derivative):
    codes, empty = codes_of(derivative)
    positive, negative = naive.texture_bins(derivative)
    assert empty == (derivative.min() >= 0)
    above = derivative > 0
    assert codes[above].tolist() == positive[above].tolist()
    if not empty:
        assert codes[~above].tolist() == (10 + negative[~above]).tolist()
    assert (codes[~above] >= 10).all()
    histogram = np.empty(20, np.int32)
    texture.halves(np.bincount(codes.ravel(), minlength=20).astype(np.int32), empty, histogram)
    halves = [np.bincount(half.ravel(), minlength=10) for half in (positive, negative)]
    assert histogram.tolist() == np.concatenate(halves).tolist()


@settings(quick, max_examples=200)
@given(
    st.sampled_from([(-8160, 8161), (-3, 4), (0, 500), (-500, 1), (0, 1), (-1, 1)]),
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.booleans(),
    st.integers(0, 999),
)
def test_codes_and_halves_equal_their_twin(limits, shape, whole, seed):
    random = np.random.default_rng(seed)
    derivative = random.integers(*limits, shape).astype(np.float32)
    if not whole:
        derivative = derivative * np.float32(random.random())
    derivative.flat[0] = 0  # as in the corner of any picture
    assert_coded(derivative)


def test_every_level_of_a_derivative_is_coded_as_its_twin_does():
    everything = np.arange(-8160, 8161).astype(np.float32)[None]
    for top in (8160, 4080, 510, 255):
        assert_coded(np.clip(everything, -top, top))
        assert_coded(np.clip(everything, -top, 0))
        assert_coded(np.clip(everything, 0, top))


def test_codes_by_hand():
    # Upwards 255 levels are 255: 127.5 rounds to 128; 25 is in the first bin, 26 in the second.
    derivative = np.array([[0, 25, 25.5, 26, 51, 52, 127.5, 255, -1, -2, -10, -255]], np.float32)
    codes, empty = codes_of(derivative)
    assert not empty
    assert codes.tolist() == [[19, 0, 1, 1, 1, 2, 5, 9, 19, 19, 19, 10]]
    flat, empty = codes_of(np.zeros((3, 4), np.float32))
    assert empty
    assert set(flat.ravel().tolist()) == {19}


def test_halves_by_hand():
    counts, histogram = np.zeros(20, np.int32), np.empty(20, np.int32)
    counts[[2, 9, 10, 19]] = [3, 4, 5, 6]
    texture.halves(counts, False, histogram)
    assert histogram.tolist() == [11, 0, 3, *[0] * 6, 4, 5, *[0] * 8, 13]
    texture.halves(counts, True, histogram)
    assert histogram.tolist() == [11, 0, 3, *[0] * 6, 4, 18, *[0] * 9]


def derivatives(plane) -> list[np.ndarray]:
    """Take the four derivatives of a channel, the obvious way."""
    x = cv2.Scharr(plane, cv2.CV_32F, 1, 0)
    y = cv2.Scharr(plane, cv2.CV_32F, 0, 1)
    return [x, y, x + y, x - y]


def steep(levels) -> np.ndarray:
    return np.kron(levels, np.full((4, 4), 255)).astype(np.uint8)


PLANES = {
    **{f"noise {size}": noise(*size)[..., 0] for size in [(1, 1), (1, 20), (20, 1), (30, 20), (200, 3)]},
    "flat": np.full((9, 9), 7, np.uint8),
    "rising": np.arange(0, 200, 5, np.uint8)[None].repeat(6, axis=0),
    "a corner": steep([[0, 0], [0, 1]]),
    "two corners": steep([[0, 1], [1, 0]]),
}


@pytest.mark.parametrize("plane", PLANES.values(), ids=PLANES)
def test_codes_of_a_plane_are_those_of_its_four_derivatives(plane):
    codes, room = np.empty((4, *plane.shape), np.uint8), np.empty((2, *plane.shape), np.int16)
    empty = texture.encode_plane(np.ascontiguousarray(plane), room, codes)
    for n, derivative in enumerate(derivatives(plane)):
        expected, without_negative = codes_of(derivative)
        assert codes[n].tolist() == expected.tolist()
        assert empty[n] == without_negative


@pytest.mark.parametrize(
    "size",
    [(1, 1), (1, 50), (50, 1), (2, 2), (3, 500), (500, 3), (100, 1000), (1000, 100), (241, 100)],
    ids=str,
)
def test_rotated_derivatives_have_the_shape_of_the_picture(size):
    found = list(texture.rotated_derivatives(noise(*size)[..., 0]))
    assert [one.shape for one in found] == [(size[1], size[0])] * 4
    assert {one.dtype for one in found} == {np.dtype(np.float32)}


def test_rotated_derivatives_are_the_direct_ones_but_for_a_factor_where_the_picture_is_smooth():
    y, x = np.indices((80, 100))
    plane = (128 + 60 * np.sin(x / 9) + 50 * np.cos(y / 7)).astype(np.uint8)
    direct, rotated = derivatives(plane), texture.rotated_derivatives(plane)
    for one, other in zip(direct, rotated, strict=True):
        inside = np.stack([one, other])[:, 8:-8, 8:-8].reshape(2, -1)
        assert abs(np.corrcoef(inside)[0, 1]) > 0.9


@pytest.mark.parametrize(
    ("width", "height", "least", "most"),
    [
        (100, 200, 0, 2),
        (100, 236, 0, 2),
        (236, 100, 0, 2),
        (200, 800, 40, 50),
        (100, 1000, 105, 115),
        (1000, 100, 105, 115),
    ],
)
def test_opencvs_diagonal_texture_is_displaced_above_an_aspect_of_2_41(width, height, least, most):
    plane = np.zeros((height, width), np.uint8)
    plane[height // 2, width // 2] = 255
    for derivative in list(texture.rotated_derivatives(plane))[2:]:
        y, x = (found.mean() for found in np.nonzero(derivative))
        assert least <= np.hypot(y - height // 2, x - width // 2) <= most


# ---- regions


@st.composite
def some_labels(draw, most=10):
    """Draw a label image, and of each piece a region: (H, W), (M,)."""
    shape = draw(st.tuples(st.integers(1, most), st.integers(1, most)))
    random = np.random.default_rng(draw(st.integers(0, 9999)))
    labels = random.integers(0, draw(st.integers(1, 12)), shape)
    if draw(st.booleans()):
        labels = np.sort(labels, axis=draw(st.integers(0, 1)))
    _, labels = np.unique(labels, return_inverse=True)
    region_of = random.integers(0, draw(st.integers(1, 5)), labels.max() + 1)
    _, region_of = np.unique(region_of, return_inverse=True)
    return labels.reshape(shape).astype(np.int32), region_of.astype(np.int32)


@settings(quick, max_examples=150)
@given(some_labels())
def test_sizes_bounds_and_neighbours_equal_their_twins(drawn):
    labels, _ = drawn
    count = int(labels.max()) + 1
    sizes, boxes, pairs = known.outline(labels, count)
    assert (sizes.tolist(), boxes.tolist()) == naive.sizes_and_boxes(labels)
    assert [(pair // count, pair % count) for pair in sorted(pairs.tolist())] == naive.neighbours(labels)


@pytest.mark.parametrize(
    ("labels", "pairs"),
    [
        ([[0, 1]], []),
        ([[0], [1]], []),
        ([[0, 1], [0, 1]], [(0, 1)]),
        ([[0, 1], [2, 2]], [(0, 2), (1, 2)]),
        ([[0, 1], [1, 0]], [(0, 1)]),
        ([[0, 1], [1, 1]], [(0, 1)]),
        ([[1, 0], [1, 1]], [(0, 1)]),
        ([[1, 1], [0, 1]], [(0, 1)]),
        ([[0, 0, 1], [0, 0, 0]], [(0, 1)]),
        ([[0, 0, 0], [1, 2, 2]], [(0, 2), (1, 2)]),
        ([[0, 0, 1], [0, 1, 2], [3, 2, 2]], [(0, 1), (0, 2), (1, 2), (2, 3)]),
    ],
    ids=str,
)
def test_neighbours_by_hand(labels, pairs):
    labels = np.array(labels, np.int32)
    count = int(labels.max()) + 1
    assert [
        (pair // count, pair % count) for pair in sorted(known.outline(labels, count)[2].tolist())
    ] == pairs


def regions_of(labels, region_of, image, derive):
    """Go the way of the core from a label image to the regions of one segmentation."""
    channels = image.shape[2]
    codes = np.empty((channels, 4, *labels.shape), np.uint8)
    empty = np.zeros((4, channels), bool)
    for c in range(channels):
        for d, derivative in enumerate(derive(np.ascontiguousarray(image[..., c]))):
            empty[d, c] = texture.encode(np.float32(derivative), codes[c, d])
    count = len(region_of)
    channels = image.shape[2]
    colour = np.zeros((count, channels, known.COLOUR_BINS), np.int32)
    texels = np.zeros((count, channels, texture.DIRECTIONS, texture.CODES), np.int32)
    for c in range(channels):
        plane = np.ascontiguousarray(image[..., c])
        known.count_codes(labels, plane, codes[c], colour[:, c], texels[:, c])
    outline = known.outline(labels, count)
    return known.add_up(region_of, int(region_of.max()) + 1, *outline, colour, texels, empty)


@settings(quick, max_examples=150)
@given(some_labels(), st.integers(1, 3), st.sampled_from(["noise", "flat", "rising"]), st.booleans())
def test_what_is_known_of_regions_equals_its_twins(drawn, channels, kind, rotated):
    labels, region_of = drawn
    height, width = labels.shape
    image = noise(width, height)[..., :channels].copy()
    if kind == "flat":
        image[:] = 77
    if kind == "rising":
        image[:] = (np.arange(width) ** 2)[:, None]
    derive = texture.rotated_derivatives if rotated else derivatives
    found = regions_of(labels, region_of, image, derive)
    merged = region_of[labels]
    assert (found.sizes.tolist(), found.boxes.tolist()) == naive.sizes_and_boxes(merged)
    assert [tuple(pair) for pair in found.pairs.tolist()] == naive.neighbours(merged)
    np.testing.assert_allclose(found.colour, naive.colour_histograms(merged, image), rtol=1e-6)
    taken = [derive(np.ascontiguousarray(image[..., c])) for c in range(channels)]
    np.testing.assert_allclose(found.texture, naive.texture_histograms(merged, taken), rtol=1e-6)


def test_histograms_add_up_to_one_and_have_25_and_80_bins_a_channel():
    labels = np.repeat([0, 1, 2], 20).reshape(3, 20).astype(np.int32)
    found = regions_of(labels, np.array([0, 0, 1], np.int32), noise(20, 3), derivatives)
    assert found.colour.shape == (2, 75)
    assert found.texture.shape == (2, 240)
    assert found.colour.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert found.texture.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_colour_bins_by_hand():
    image = np.array([[0, 10, 11, 255]], np.uint8)[..., None]
    found = regions_of(np.zeros((1, 4), np.int32), np.zeros(1, np.int32), image, derivatives)
    assert np.flatnonzero(found.colour[0]).tolist() == [0, 1, 24]
    assert found.colour[0, [0, 1, 24]].tolist() == [0.5, 0.25, 0.25]  # a bin is 10.24 wide


# ---- hierarchy


@each_drawn
def test_groupings_are_those_of_the_parts_one_after_the_other(image):
    strategies = (grouping.COLOUR_FILL_TEXTURE_SIZE, grouping.SIZE)
    ks = (20.0, 200.0)
    found = groupings(image, Settings(ks, SIGMA, 20, False, strategies))
    assert len(found) == len(ks) * len(strategies)
    expected = []
    for labels in labels_of(image, ks, 20):
        count = int(labels.max()) + 1
        regions = regions_of(
            np.ascontiguousarray(labels), np.arange(count, dtype=np.int32), image, derivatives
        )
        expected += [
            grouping.group(*regions, labels.size, np.array(strategy, np.float32)) for strategy in strategies
        ]
    for one, other in zip(found, expected, strict=True):
        assert one[0].tolist() == other[0].tolist()
        assert one[1].tolist() == other[1].tolist()


@pytest.mark.parametrize(
    ("mode", "ks", "strategies"),
    [("single", [200], 1), ("fast", [150, 300, 450], 2), ("quality", [150, 300, 450, 600, 750], 4)],
)
def test_settings_of_the_modes_are_opencvs(mode, ks, strategies):
    found = SelectiveSearch(mode=mode).settings()
    assert list(found.ks) == ks
    every = ("COLOUR_FILL_TEXTURE_SIZE", "FILL_TEXTURE_SIZE", "FILL", "SIZE")
    assert list(found.strategies) == [getattr(grouping, name) for name in every[:strategies]]
    assert (found.sigma, found.min_size, found.rotated) == (SIGMA, 100, False)
    assert SelectiveSearch(mode=mode, gradients="opencv").settings().rotated
