"""Hierarchical grouping: it equals its slow twins, with hubs and without."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numba import njit

from core.proposers.selective_search import grouping, similarity, warm
from core.proposers.selective_search import regions as known
from tests import naive_selective_search as naive
from tests import plain_grouping as plain
from tests.drawn import quick

similarity_compare, similarity_absorb = similarity.compare, similarity.absorb
similarity_rounding = similarity.rounding

STRATEGIES = {
    "colour fill texture size": grouping.COLOUR_FILL_TEXTURE_SIZE,
    "fill texture size": grouping.FILL_TEXTURE_SIZE,
    "fill": grouping.FILL,
    "size": grouping.SIZE,
}
each_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
SIDE = 1000


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Compile the kernels unless they are: numba's cache of an older version may not even load."""
    warm()


def drawn_regions(count, pairs, seed, ties):
    """Draw regions of an image of 1000x1000; with ties, many have the same size, bounds or histogram."""
    random = np.random.default_rng(seed)
    kinds = [np.arange(count)] * 3
    if ties:
        kinds = [random.integers(0, min(random.integers(1, 4), count), count) for _ in range(3)]
    corners = random.integers(0, SIDE - 200, (count, 2))
    boxes = np.hstack([corners, corners + random.integers(20, 200, (count, 2))])[kinds[0]].astype(np.int32)
    sizes = random.integers(1, SIDE * SIDE // max(count, 1), count)[kinds[1]].astype(np.int32)
    colour, texels = random.random((count, 25)) ** 4, random.random((count, 80)) ** 4
    colour, texels = (
        (one / one.sum(axis=1, keepdims=True))[kinds[2]].astype(np.float32) for one in (colour, texels)
    )
    return known.Regions(sizes, boxes, colour, texels, np.array(pairs, np.int32).reshape(-1, 2))


@st.composite
def some_graphs(draw, most=12):
    """Draw regions and pairs of them."""
    count, seed = draw(st.integers(1, most)), draw(st.integers(0, 99999))
    density = draw(st.sampled_from([0.0, 0.2, 0.5, 1.0]))
    random = np.random.default_rng(seed)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count) if random.random() < density]
    return drawn_regions(count, pairs, seed, ties=False)


def grouped(regions, strategy, hub=grouping.HUB):
    return grouping.group(*regions, SIDE * SIDE, np.array(strategy, np.float32), hub)


@each_strategy
@settings(quick, max_examples=100)
@given(some_graphs())
def test_grouping_equals_its_slow_twin(strategy, graph):
    rows = list(
        zip(
            graph.sizes.tolist(),
            graph.boxes.tolist(),
            graph.colour.astype(float),
            graph.texture.astype(float),
            strict=True,
        )
    )
    *expected, gap = naive.group(rows, graph.pairs.tolist(), SIDE * SIDE, strategy)
    assume(gap > 2e-6)  # beyond the rounding of a float32
    boxes, levels, parts, _ = grouped(graph, strategy)
    assert boxes.tolist() == [list(box) for box in expected[0]]
    assert levels.tolist() == expected[1]
    assert np.sort(parts, axis=1).tolist() == [list(pair) for pair in expected[2]]


@settings(quick, max_examples=100)
@given(some_graphs(most=20), st.sampled_from(list(STRATEGIES.values())))
def test_each_merge_is_of_two_free_regions_and_each_connected_part_ends_as_one(graph, strategy):
    count = len(graph.sizes)
    boxes, levels, parts, _ = grouped(graph, strategy)
    used = parts[count:].ravel().tolist()
    assert len(set(used)) == len(used)
    assert (parts[:count] == -1).all()
    assert (levels[:count] == 1).all()
    sets = naive.Sets(count)
    for a, b in graph.pairs.tolist():
        if sets.name[a] != sets.name[b]:
            sets.join(sets.name[a], sets.name[b])
    assert len(boxes) == len(levels) == len(parts) == 2 * count - len(sets.members)
    for n in range(count, len(boxes)):
        a, b = parts[n]
        assert max(a, b) < n
        assert levels[n] == max(levels[a], levels[b]) + 1
        assert boxes[n].tolist() == list(naive._around(boxes[a].tolist(), boxes[b].tolist()))


@each_strategy
@pytest.mark.parametrize("count", [2, 5, 60])
def test_one_less_merges_than_regions_where_all_are_connected(strategy, count):
    regions = drawn_regions(count, [(n, n + 1) for n in range(count - 1)], count, ties=False)
    boxes, *_ = grouped(regions, strategy)
    assert len(boxes) == 2 * count - 1
    around = [*regions.boxes[:, :2].min(axis=0), *regions.boxes[:, 2:].max(axis=0)]
    assert boxes[-1].tolist() == around


def by_size(sizes, pairs, strategy=grouping.SIZE):
    """Group regions that lie side by side, one row high, by nothing but their size."""
    ends = np.cumsum(sizes)
    boxes = [[end - size, 0, end, 1] for size, end in zip(sizes, ends, strict=True)]
    flat = np.zeros((len(sizes), 25), np.float32), np.zeros((len(sizes), 80), np.float32)
    pairs = np.array(pairs, np.int32).reshape(-1, 2)
    found = grouping.group(
        np.array(sizes, np.int32),
        np.array(boxes, np.int32),
        *flat,
        pairs,
        int(sum(sizes)),
        np.array(strategy, np.float32),
        grouping.HUB,
    )
    return [one.tolist() for one in found]


def test_three_regions_by_hand():
    boxes, levels, parts, similarities = by_size([30, 10, 20], [(0, 1), (1, 2)])
    assert similarities == [0, 0, 0, 0.5, 0]  # 1 - 30 / 60 and 1 - 60 / 60
    assert boxes == [[0, 0, 30, 1], [30, 0, 40, 1], [40, 0, 60, 1], [30, 0, 60, 1], [0, 0, 60, 1]]
    assert levels == [1, 1, 1, 2, 3]
    assert [sorted(pair) for pair in parts] == [[-1, -1]] * 3 + [[1, 2], [0, 3]]


def test_two_and_two_make_a_tree_of_three_levels():
    _, levels, parts, _ = by_size([10, 11, 12, 13], [(0, 1), (1, 2), (2, 3)])
    assert [sorted(pair) for pair in parts[4:]] == [[0, 1], [2, 3], [4, 5]]
    assert levels == [1, 1, 1, 1, 2, 2, 3]


def test_fill_prefers_what_leaves_no_hole():
    assert by_size([10, 50, 12], [(0, 1), (0, 2)], grouping.FILL)[2][3] in ([0, 1], [1, 0])
    assert by_size([10, 50, 12], [(0, 1), (0, 2)], grouping.SIZE)[2][3] in ([0, 2], [2, 0])


def test_of_equal_similarities_the_pair_found_last_is_taken_first():
    _, _, parts, _ = by_size([10, 10, 10, 10], [(0, 1), (1, 2), (2, 3)])
    assert sorted(parts[4]) == [2, 3]


@pytest.mark.parametrize(("pairs", "merges"), [([], 0), ([(0, 1)], 1), ([(0, 1), (2, 3)], 2)], ids=str)
def test_what_is_not_connected_stays_apart(pairs, merges):
    boxes, *_ = by_size([10, 20, 30, 40], pairs)
    assert len(boxes) == 4 + merges


def test_one_region_is_a_grouping_of_one():
    assert by_size([7], []) == [[[0, 0, 7, 1]], [1], [[-1, -1]], [0]]


def test_texture_alone_decides_where_all_else_is_equal():
    # Sizes and holes alike for both pairs; region 1 looks like 2.
    texels = np.zeros((3, 80), np.float32)
    texels[0, 0] = texels[1:, 5] = 1
    boxes = np.array([[0, 0, 10, 10], [10, 0, 20, 10], [20, 0, 30, 10]], np.int32)
    sizes, colour = np.full(3, 100, np.int32), np.zeros((3, 25), np.float32)
    for order in ([(0, 1), (1, 2)], [(1, 2), (0, 1)]):
        pairs = np.array(order, np.int32)
        weights = np.array(grouping.FILL_TEXTURE_SIZE, np.float32)
        _, _, parts, _ = grouping.group(sizes, boxes, colour, texels, pairs, 300, weights, grouping.HUB)
        assert sorted(parts[3].tolist()) == [1, 2]


# ---- hubs: the same to the last bit, whatever the number of neighbours that makes a region a hub


def star(count):
    return [(0, n) for n in range(1, count)]


def two_stars(count):
    """Two centres that are neighbours, and share every third of the others."""
    near, far = {(n % 2, n) for n in range(2, count)}, {(1 - n % 2, n) for n in range(2, count, 3)}
    return sorted(near | far | {(0, 1)} if count > 1 else [])


def wheel(count):
    return sorted(star(count) + [(n, n + 1) for n in range(1, count - 1)])


def clique(count):
    count = min(count, 60)
    return [(a, b) for a in range(count) for b in range(a + 1, count)]


def grid(count):
    """Squares in rows of twelve, with a frame that touches all at the border."""
    pairs = {(n, n + 1) for n in range(1, count - 1) if n % 12} | {(n, n + 12) for n in range(1, count - 12)}
    return sorted(pairs | {(0, n) for n in range(1, count) if n % 12 < 2 or n < 13 or n > count - 13})


def scattered(count):
    random = np.random.default_rng(count)
    centres = random.integers(0, count, 5) if count else []
    ends = [(int(a), int(b)) for a in centres for b in random.permutation(count)[: count // 2]]
    ends += [(int(a), int(b)) for a, b in random.integers(0, max(count, 1), (2 * count, 2))]
    return sorted({(min(pair), max(pair)) for pair in ends if pair[0] != pair[1]})


NETS = [star, two_stars, wheel, clique, grid, scattered]


def shuffled(pairs, count, seed):
    """Number the regions anew: the hub need not be the first."""
    places = np.random.default_rng(seed).permutation(count).tolist()
    return sorted(tuple(sorted((places[a], places[b]))) for a, b in pairs)


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()


@each_strategy
@settings(quick, max_examples=120)
@given(
    st.sampled_from(NETS),
    st.integers(1, 300),
    st.sampled_from([1, 2, 3, 5, 9, 20, 48]),
    st.integers(0, 9999),
    st.booleans(),
)
def test_hubs_change_no_bit(strategy, net, count, hub, seed, ties):
    pairs = shuffled(net(count), count, seed)
    regions = drawn_regions(count, pairs, seed, ties)
    expected = plain.group(*regions, SIDE * SIDE, np.array(strategy, np.float32))
    assert_same(grouped(regions, strategy, hub), expected)


@each_strategy
@pytest.mark.parametrize("hub", [2, 48])
@pytest.mark.parametrize("net", [star, two_stars, wheel, grid], ids=lambda net: net.__name__)
def test_hubs_change_no_bit_where_all_regions_are_alike(strategy, net, hub):
    regions = drawn_regions(250, net(250), 0, ties=False)
    for one in regions[:4]:
        one[:] = one[0]
    expected = plain.group(*regions, SIDE * SIDE, np.array(strategy, np.float32))
    assert_same(grouped(regions, strategy, hub), expected)


@each_strategy
def test_memory_grows_while_hubs_come_and_go(strategy):
    """A region that takes in one neighbour after the other of a large hub, and many small hubs beside."""
    count = 700
    random = np.random.default_rng(1)
    ends = np.vstack([random.integers(0, count, (9 * count, 2)), [(0, n) for n in range(1, count)]])
    pairs = sorted({(min(pair), max(pair)) for pair in ends.tolist() if pair[0] != pair[1]})
    regions = drawn_regions(count, pairs, 2, ties=True)
    expected = plain.group(*regions, SIDE * SIDE, np.array(strategy, np.float32))
    for hub in (3, 12, 25, 100):
        assert_same(grouped(regions, strategy, hub), expected)


@quick
@given(st.sampled_from(list(STRATEGIES.values())), st.integers(3, 60), st.integers(0, 9999))
def test_no_similarity_rises_more_than_is_said(strategy, count, seed):
    """The bound that the pairs of a hub rely on."""
    regions = drawn_regions(count, [], seed, ties=False)
    shapes = np.column_stack([regions.sizes, regions.boxes]).astype(np.int32)
    weights = np.array(strategy, np.float32)
    looks = similarity.Features(shapes, regions.colour, regions.texture, weights, SIDE * SIDE)
    others = np.arange(2, count, dtype=np.int32)
    before, after = measure(looks, others)
    rise, rounding = after[1]
    assert (after[0] <= before + rise + rounding).all()


@njit
def measure(looks, others):
    values = np.empty((3, len(others) + 2), np.float32)
    similarity_compare(looks, 0, others, len(others), values)
    before = values[0, : len(others)].copy()
    rise = similarity_absorb(looks, 0, 1)
    similarity_compare(looks, 0, others, len(others), values)
    return before, (values[0, : len(others)].copy(), (rise, similarity_rounding(looks)))
