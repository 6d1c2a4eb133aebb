"""The fitted order: its file, its features against slow twins, its folds, and what is refused."""

import json
import re
import zipfile
from io import BytesIO
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image as PILImage

from core import boxes as bx
from core import cli
from core.datasets import CocoDataset, alike
from core.errors import BoxscopeError
from core.pipeline import Setup, ranked, run_proposer
from core.proposals.proposer_cache import ProposerCache
from core.proposals.results_fit import remarks
from core.proposers import CrackGroups, Fitted, SelectiveSearch
from core.proposers.fitted import features, file, kernel, maps, warm
from core.proposers.fitted.candidates import KINDS, Candidates, united
from core.proposers.fitted.mixing import mixed, mixed_boxes
from core.proposers.fitted.model import Model, describe
from core.proposers.fitted.searched import Searched
from core.proposers.fitted.sources import SOURCES, Sources, settings_of
from core.proposers.found import Found
from core.proposers.origins import Origins
from core.training.fit import guard
from core.training.fit.folds import folds
from core.training.fit.images import HAND_MADE
from core.training.fit.network import worth
from core.truth import Truth
from tests.small import scene, write_coco
from tests.test_proposers import assert_contract

PICTURE = scene(3)[0]


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    warm()


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    return write_coco(tmp_path_factory.mktemp("train"), {f"{seed}.png": scene(seed) for seed in range(9)})


def fit(train, out, *more):
    return cli.main(["fit", "proposer", str(train), "--out", str(out), "--workers", "1", *more])


@pytest.fixture(scope="module")
def fitted(train, tmp_path_factory):
    out = tmp_path_factory.mktemp("fitted") / "slabs.npz"
    assert fit(train, out) == 0
    return out


def changed(path, to, **header):
    """Write a copy of a fitted file with another header."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "header.npy":
                text = json.loads(np.load(BytesIO(data)).tobytes())
                text["guard"] |= header.pop("guard", {})
                part = BytesIO()
                np.save(part, np.frombuffer(json.dumps(text | header).encode(), np.uint8))
                data = part.getvalue()
            new.writestr(name, data)
    return to


def proposer(path, **more):
    return Fitted(model=str(path), advice="ignore", **more)


def searched():
    """Return what all sources find on the picture."""
    return Searched.of(Sources.of(settings_of()), PICTURE)


def drawn_boxes(count, width, height):
    """Return boxes at whole pixels, without equal ones, up to the whole picture."""
    corners = np.random.default_rng(count).integers(0, [width, height, width, height], (count, 4))
    low, high = np.minimum(corners[:, :2], corners[:, 2:]), np.maximum(corners[:, :2], corners[:, 2:])
    return bx.unique(bx.as_boxes(np.concatenate([low, high + 1], axis=1)))


def test_the_same_data_and_seed_give_the_same_bytes_and_another_seed_others(train, fitted, tmp_path, capsys):
    assert fit(train, tmp_path / "again.npz", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (tmp_path / "again.npz").read_bytes() == fitted.read_bytes()
    header = file.opened(fitted, features.VERSION, len(features.NAMES)).header
    assert said["images"] == header.images == 9
    assert said["guard"] == header.guard.average_recall
    assert (tuple(said["shares"]), said["plain"]) == (header.shares, header.plain)
    assert set(said["guard"]) == {"fitted", "selective-search", "crack-groups"}
    assert fit(train, tmp_path / "other.npz", "--seed", "1") == 0
    assert (tmp_path / "other.npz").read_bytes() != fitted.read_bytes()


def test_a_file_round_trips_and_proposes(fitted):
    content = file.opened(fitted, features.VERSION, len(features.NAMES))
    assert file.encoded(content) == fitted.read_bytes()
    assert_contract(proposer(fitted), PICTURE)
    found = run_proposer(proposer(fitted), PICTURE)[0]
    assert np.all(np.diff(found.scores) <= 0)
    told = [found.origins.describe(rank) for rank in range(len(found.boxes))]
    assert {re.sub(r"level \d+ of |:.*", "", text) for text in told} <= {*SOURCES, "whole image"}
    for searched in (text for text in told if "selective-search" in text):
        assert re.match(r"level \d+ of selective-search: .*, k \d+", searched)
    one = run_proposer(proposer(fitted, sources="crack-groups"), PICTURE)[0]
    assert len(one.boxes) < len(found.boxes)


def test_a_file_that_changes_is_run_again(train, fitted, tmp_path):
    dataset, cache = CocoDataset.open(train), ProposerCache(tmp_path / "cache")
    path = tmp_path / "one.npz"
    path.write_bytes(fitted.read_bytes())
    cache.result(dataset, 0, proposer(path))
    assert cache.has(dataset, 0, proposer(path))
    changed(fitted, path)
    assert not cache.has(dataset, 0, proposer(path))


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({"version": 9}, "a layout of version 9"),
        ({"features": 0}, "features of version 0"),
        ({"guard": {"recommended": False, "reason": "no"}}, r": no\. Take (crack|selective)-"),
        ({"seed": "none"}, "no file of `fit proposer`"),
        ({"shares": (0, 2)}, "no file of `fit proposer`"),
    ],
)
def test_a_file_of_another_version_or_that_is_not_recommended_is_refused(fitted, tmp_path, header, says):
    path = changed(fitted, tmp_path / "other.npz", **header)
    with pytest.raises(BoxscopeError, match=says):
        run_proposer(Fitted(model=str(path)), PICTURE)


def test_no_file_and_no_fitted_file_are_refused(tmp_path, train):
    with pytest.raises(BoxscopeError, match=r"boxscope fit proposer .* or take crack-groups"):
        run_proposer(Fitted(), PICTURE)
    with pytest.raises(BoxscopeError, match="no file of `fit proposer`"):
        run_proposer(Fitted(model=str(train)), PICTURE)
    with pytest.raises(BoxscopeError, match="cannot be read"):
        run_proposer(Fitted(model=str(tmp_path / "none.npz")), PICTURE)


def test_a_fit_without_objects_or_over_another_file_is_refused(train, fitted, tmp_path, capsys):
    empty = write_coco(tmp_path, {"1.png": (scene(1)[0], [])})
    assert fit(empty, tmp_path / "out.npz") == 2
    assert "no image that can be used has an object" in capsys.readouterr().err
    assert not list(tmp_path.glob("out*"))
    assert fit(train, fitted) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_order_of_the_candidates_fed_in_changes_nothing():
    part = describe(searched()).candidates
    shuffled = part.take(np.random.default_rng(0).permutation(len(part.boxes)))
    for again in (united([part]), united([shuffled])):
        assert np.array_equal(again.boxes, part.boxes)
        assert np.array_equal(features.features(PICTURE, again), features.features(PICTURE, part))


def test_of_equal_boxes_the_first_source_wins():
    parts = [
        Candidates(bx.as_boxes([[0, 0, 4, 4]]), np.array([kind], np.int8), np.zeros(1, np.float32),
                   np.zeros((1, 10), np.float32), (KINDS[kind],), np.zeros(1, np.int16))
        for kind in (2, 0)
    ]  # fmt: skip
    one = united(parts)
    assert one.kind.tolist() == [2]
    assert one.names[one.step[0]] == KINDS[2]


def test_sums_are_those_of_the_pixels_in_each_rectangle():
    of = maps.maps(PICTURE)
    height, width = of.shape[:2]
    boxes = drawn_boxes(30, width, height)
    rectangles = np.empty((len(boxes), 10, 4), np.int32)
    kernel.rectangles(boxes, 1.0, 1.0, width, height, rectangles)
    whole, strips = np.empty((len(boxes), 2, 13), np.float32), np.empty((len(boxes), 2, 8), np.float32)
    kernel.sums(maps.integral(of), rectangles, np.array([4, 6]), whole, strips)
    for row, each in enumerate(rectangles):
        sums = np.array([of[y0:y1, x0:x1].sum(axis=(0, 1), dtype=np.float64) for x0, y0, x1, y1 in each])
        assert np.allclose(whole[row], sums[:2], rtol=1e-4, atol=1e-2)
        assert np.allclose(strips[row], sums[2:, [4, 6]].T, rtol=1e-4, atol=1e-2)


def test_agreement_is_that_of_all_pairs():
    boxes = drawn_boxes(60, 40, 40)
    boxes = boxes[np.argsort(boxes[:, 0], kind="stable")]
    many = len(boxes)
    kind, score = (np.arange(many) % 3).astype(np.int8), np.linspace(0, 1, many).astype(np.float32)
    counts, nested = np.zeros((many, 4, 3), np.int32), np.zeros((many, 2), np.int32)
    weighted, best = np.zeros(many, np.float32), np.zeros(many, np.float32)
    kernel.consensus(boxes, kind, score, counts, nested, weighted, best)
    shared, iou = bx.intersection(boxes, boxes), bx.iou(boxes, boxes).astype(np.float64)
    np.fill_diagonal(iou, 0)
    np.fill_diagonal(shared, 0)
    near = np.stack([iou > level for level in (0.5, 0.7, 0.9)])
    assert np.array_equal(counts, np.stack([(near & (kind == k)).sum(axis=2).T for k in range(4)], axis=1))
    held = shared >= 0.95 * bx.area(boxes)[:, None]
    assert np.array_equal(nested, np.stack([held.sum(axis=0), held.sum(axis=1)], axis=1))
    assert np.allclose(weighted, np.where(iou >= 0.25, iou**2, 0) @ score, atol=1e-4)
    assert np.allclose(best, np.where(iou > 0.7, score, 0).max(axis=1))


def test_the_perceptron_is_that_of_numpy(fitted):
    of = describe(searched())
    net = Model.open(fitted).content.perceptron
    spread = of.features.std(axis=0)
    values = np.clip((of.features - of.features.mean(axis=0)) / np.where(spread > 1e-4, spread, 1), -6, 6)
    for weights, bias in ((net.w1, net.b1), (net.w2, net.b2)):
        values = np.maximum(values @ weights + bias, 0)
    scores = net.scores(of.features)
    assert np.allclose(scores, 1 / (1 + np.exp(-(values @ net.w3 + net.b3[0]))), atol=1e-5)
    assert np.allclose(net.scores(of.features * 4 + 1), scores, atol=1e-3)  # relative to the image


def test_a_box_that_is_taken_lowers_its_neighbours_and_drops_its_equals():
    boxes = bx.as_boxes([[0, 0, 100, 100], [0, 0, 100, 97], [0, 0, 100, 80], [200, 0, 300, 100]])
    scores = np.array([0.9, 0.8, 0.7, 0.5], np.float32)
    rows, damped = kernel.damped(boxes, scores, 0.7, 0.7, 3, 0.95, 9)
    assert rows.tolist() == [0, 3, 2]
    assert damped.tolist() == pytest.approx([0.9, 0.5, 0.49])
    assert kernel.damped(boxes, scores, 0.7, 0.7, 3, 0.95, 1)[0].tolist() == [0]


def test_candidates_are_worth_what_their_iou_says():
    assert worth(np.array([0, 0.45, 0.7, 1], np.float32)).tolist() == pytest.approx([0, 0.045, 0.52, 1])


def test_near_duplicates_are_in_one_fold_and_others_are_apart(tmp_path):
    pictures = [scene(seed, 320, 240)[0] for seed in range(6)]
    PILImage.fromarray(pictures[0]).save(tmp_path / "a.jpg", quality=40)
    saved = cv2.imread(str(tmp_path / "a.jpg"))[..., ::-1]
    copies = [saved, cv2.convertScaleAbs(pictures[0], alpha=0.8), cv2.resize(pictures[0], (200, 150))]
    hashes = [alike.perceptual_hash(np.ascontiguousarray(one)) for one in (*pictures, *copies)]
    numbers = alike.groups(hashes).tolist()
    assert len(set(numbers[:6])) == 6
    assert numbers[6:] == [numbers[0]] * 3
    fold = folds(hashes, 3, seed=0)
    assert len(set(fold[[0, 6, 7, 8]].tolist())) == 1
    assert sorted(np.bincount(fold)) == [2, 3, 4]


def test_it_is_a_setup_like_any_other(fitted):
    texts = {"proposer": "fitted", "model": str(fitted), "sources": "crack-groups"}
    assert Setup.parse(texts).changes() == texts


def test_what_it_was_fitted_to_and_pictures_unlike_that_are_said(train, fitted, tmp_path):
    dataset, cache = CocoDataset.open(train), ProposerCache(tmp_path)
    (line,) = remarks(dataset, proposer(fitted))
    assert "fitted to 9 images" in line
    assert "figures here are too high" in line
    assert run_proposer(proposer(fitted), PICTURE)[0].remark == ""
    near = changed(fitted, tmp_path / "near.npz", far=0.0)
    for _ in range(2):  # run, then from the cache
        said = cache.result(dataset, 0, proposer(near)).found.remark
        assert said.startswith("The picture is unlike the 9 that the order was fitted to")


def test_a_file_of_someone_else_is_not_replaced(train, fitted, tmp_path, capsys):
    out = tmp_path / "own.npz"
    np.savez(out, header=np.zeros(3))
    before = out.read_bytes()
    assert fit(train, out, "--overwrite") == 2
    assert "own.npz: is no file of `fit proposer`, and is not replaced" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert file.is_fitted(fitted)


def judged_by(found, count=40):
    """Return what the guard says where the fitted order finds one of two objects in a share of the images."""
    objects = bx.as_boxes([[0, 0, 10, 10], [50, 50, 60, 60]])
    truth = Truth(objects, np.zeros(2, np.int64), np.full(2, 100.0), np.zeros(2, bool), np.arange(2))
    none, first = bx.as_boxes([[80, 80, 90, 90]]), objects[:1]
    images = [
        SimpleNamespace(index=index, truth=truth, size=(99, 99), hand_made=dict.fromkeys(HAND_MADE, none))
        for index in range(count)
    ]
    return guard.judged(images, [first if index < found * count else none for index in range(count)])


def test_an_order_is_recommended_only_where_it_is_better_beyond_chance():
    assert judged_by(0.5).recommended
    one = judged_by(1 / 40)
    assert (one.recommended, one.average_recall["fitted"]["10"] > 0) == (False, True)
    assert "on 40 images it cannot be told from selective-search" in one.reason
    assert "is as good or better" in judged_by(0).reason


def test_two_orders_take_places_in_turn_and_a_box_of_both_takes_one():
    def boxes(*lefts):
        return bx.as_boxes([[left, 0, left + 10, 10] for left in lefts])

    fitted, plain = boxes(0, 20, 40, 60), boxes(100, 0, 120, 140)
    for share, lefts in (
        (0.0, [100, 0, 120, 140]),
        (0.25, [100, 0, 120, 20, 140, 40, 60]),
        (0.5, [100, 0, 120, 20, 140, 40, 60]),
        (1.0, [0, 20, 40, 60]),
    ):
        assert mixed_boxes(fitted, plain, (share, share))[:, 0].tolist() == lefts
    scores = np.array([0.8, 0.6, 0.4, 0.2], np.float32)
    one, other = (Origins((name,), np.zeros(4, np.int16)) for name in "ab")
    found = mixed(Found(fitted, scores, one), Found(plain, None, other), (0.5, 0.5))
    assert found.boxes[:, 0].tolist() == [100, 0, 120, 20, 140, 40, 60]
    assert found.scores.tolist() == pytest.approx([0.8, 0.8, 0.6, 0.6, 0.4, 0.4, 0.2])
    assert [found.origins.describe(rank) for rank in range(4)] == ["b", "a", "b", "a"]


@pytest.mark.parametrize("plain", [SelectiveSearch(), CrackGroups()])
def test_the_plain_order_is_that_of_its_proposer(plain):
    one = ranked(Setup(plain), run_proposer(plain, PICTURE)[0])
    assert np.array_equal(searched().own_order(plain).boxes, one.boxes[:1000])
