"""The evaluation of a data set: figures, intervals, slices, what is kept, and what is skipped."""

import csv
import json
import os

import numpy as np
import pytest

from core import boxes as bx
from core import cli
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation import bootstrap, figures
from core.evaluation.bootstrap import Share
from core.evaluation.evaluation import ALL, COCO_THRESHOLDS, Measured, evaluate
from core.evaluation.one_image import RankedImage
from core.evaluation.slices import KINDS, slices
from core.evaluation.whole_set import Plan, SetEvaluation
from core.executors import SerialExecutor, engine
from core.pipeline import Setup, ranked
from core.proposals import proposer_cache
from core.proposals.proposer_cache import ProposerCache
from core.proposers import AdaptiveThreshold, FullImage, Grid, SelectiveSearch
from core.ranking import ORDERS
from tests import coco_tools
from tests.real import DATA, needs_real_data
from tests.small import GRID, small_set, write_scenes
from tests.test_matching import truth

SETUPS = (GRID, Setup(FullImage()))


@pytest.fixture
def dataset(tmp_path) -> CocoDataset:
    return small_set(tmp_path / "data", 6)


@pytest.fixture
def cache(tmp_path) -> ProposerCache:
    return ProposerCache(tmp_path / "cache")


def run(dataset, cache, *setups, indices=None, executor=None, workers=1):
    measured = SetEvaluation(dataset, Plan(setups), indices, cache)
    steps = list(measured.run(executor or SerialExecutor(), workers))
    return measured, steps[-1]


def refuse(*_):
    raise AssertionError("a proposer was run again")


def figure(evaluation):
    return bootstrap.interval(figures.average_recall(evaluation, 100)).value


def test_images_are_evaluated_as_one_by_one(dataset, cache):
    measured, end = run(dataset, cache, *SETUPS)
    assert (end.state, end.images, end.total) == ("done", 6, 6)
    for setup, evaluation, reasons in zip(SETUPS, measured.evaluations(), measured.reasons(), strict=True):
        assert evaluation.indices.tolist() == list(range(6))
        assert len(reasons) == len(evaluation.image) == dataset.object_counts.sum()
        assert [reason == "" for reason in reasons] == evaluation.found(100, 0.5, "best").tolist()
        for index in range(6):
            one = RankedImage(cache, dataset, index, setup).evaluation()
            assert np.array_equal(one.ranks, evaluation.ranks[:, evaluation.image == index])


@pytest.mark.slow
def test_worker_processes_measure_the_same(dataset, cache, tmp_path):
    alone, _ = run(dataset, cache, *SETUPS)
    with engine(2) as (pool, workers):
        together, _ = run(dataset, ProposerCache(tmp_path / "b"), *SETUPS, executor=pool, workers=workers)
    for one, other in zip(alone.evaluations(), together.evaluations(), strict=True):
        assert np.array_equal(one.ranks, other.ranks)
        assert np.array_equal(one.indices, other.indices)


def test_another_order_filter_or_threshold_runs_no_proposer(dataset, cache, monkeypatch):
    run(dataset, cache, GRID)
    monkeypatch.setattr(proposer_cache, "run", refuse)
    run(dataset, cache, *(Setup(GRID.proposer, order, 10, 0.7) for order in ORDERS))
    with pytest.raises(AssertionError, match="was run again"):
        run(dataset, cache, Setup(GRID.proposer.replace(levels=3)))


def test_an_evaluation_that_was_ended_goes_on_where_it_was(tmp_path, cache, monkeypatch):
    dataset, runs = small_set(tmp_path / "data", 12), []

    def counted(dataset, index, proposer, read=None):
        runs.append(dataset.file_names[index])
        return plain(dataset, index, proposer, read)

    plain = proposer_cache.run
    monkeypatch.setattr(proposer_cache, "run", counted)
    steps = SetEvaluation(dataset, Plan((GRID,)), None, cache).run(SerialExecutor())
    while next(steps).images < 4:
        pass
    steps.close()
    assert len(runs) == 8  # two tasks are under way
    _, end = run(dataset, cache, GRID)
    assert (end.images, sorted(runs)) == (12, dataset.file_names)


def test_a_changed_picture_or_a_damaged_file_is_computed_anew(dataset, cache):
    run(dataset, cache, GRID)
    first = cache.read(dataset, 0, GRID.proposer)
    assert first is not None
    os.utime(dataset.path(0), ns=(1, 1))
    assert not cache.has(dataset, 0, GRID.proposer)
    for file in cache.root.glob("??/*"):
        file.write_bytes(file.read_bytes()[:20])
    assert cache.read(dataset, 1, GRID.proposer) is None
    assert cache.result(dataset, 1, GRID.proposer).found.boxes.shape == first.found.boxes.shape


@pytest.mark.parametrize("proposer", [AdaptiveThreshold(min_area=9), SelectiveSearch(mode="single"), Grid()])
def test_what_is_kept_is_what_the_proposer_returned(dataset, cache, proposer):
    fresh = proposer_cache.run(dataset, 0, proposer)
    cache.write(dataset, 0, proposer, fresh)
    kept = cache.read(dataset, 0, proposer)
    assert np.array_equal(kept.found.boxes, fresh.found.boxes)
    assert (kept.width, kept.height, kept.seconds) == (fresh.width, fresh.height, fresh.seconds)
    if fresh.found.origins is None:
        assert kept.found.origins is None
    else:
        assert kept.found.origins.names == fresh.found.origins.names
        assert np.array_equal(kept.found.origins.step, fresh.found.origins.step)
        assert np.array_equal(kept.found.origins.level, fresh.found.origins.level)


def test_an_image_that_cannot_be_read_is_named_and_the_others_are_measured(dataset, cache):
    dataset.path(2).write_bytes(b"no picture")
    measured, end = run(dataset, cache, *SETUPS)
    assert [one["file"] for one in end.skipped] == [dataset.file_names[2]]
    assert measured.evaluations()[0].indices.tolist() == [0, 1, 3, 4, 5]
    with pytest.raises(BoxscopeError, match="not one image could be measured"):
        run(dataset, cache, GRID, indices=[2])[0].evaluations()


def test_kept_proposals_of_a_picture_that_may_not_be_read_are_refused(dataset, cache):
    run(dataset, cache, GRID)
    dataset.paths[0] = "../outside.jpg"
    with pytest.raises(BoxscopeError):
        cache.result(dataset, 0, GRID.proposer)


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution():
    hits = np.r_[np.ones(160), np.zeros(240)]
    result = bootstrap.interval([Share(hits, np.ones(400))])
    error = 1.96 * np.sqrt(0.4 * 0.6 / 400)
    assert result.value == pytest.approx(0.4)
    assert result.low == pytest.approx(0.4 - error, abs=0.006)
    assert result.high == pytest.approx(0.4 + error, abs=0.006)


def test_a_difference_is_paired():
    """Images differ much more than the two setups do: unpaired, 0.02 could not be told from chance."""
    hard = np.random.default_rng(1).uniform(0, 1, 200)
    one, other = [Share(hard + 0.02, np.ones(200))], [Share(hard, np.ones(200))]
    result = bootstrap.difference(one, other)
    assert result.value == pytest.approx(0.02)
    assert result.excludes_zero
    assert (bootstrap.interval(one).high - bootstrap.interval(one).low) > 0.04
    assert tuple(bootstrap.difference(one, one)) == (0, 0, 0)
    assert not bootstrap.difference(one, one).excludes_zero


def test_nothing_to_measure_has_no_interval():
    assert np.isnan(bootstrap.interval([Share(np.zeros(3), np.zeros(3))])).all()


def test_slices_of_a_kind_hold_each_object_once():
    objects = truth(
        *[(0, 0, 30, 30), (100, 100, 200, 150), (40, 10, 290, 60), (280, 270, 300, 300)],
        category=[1, 2, 1, 1],
    )
    result = evaluate(
        [
            Measured(0, bx.as_boxes([(0, 0, 30, 30)]), objects, (300, 300), 0.1),
            Measured(1, bx.as_boxes([]), truth((150, 10, 160, 290)), (300, 300), 0.1),
        ]
    )
    found = slices(result, {1: "crack", 2: "spall"})
    for kind in KINDS:
        assert np.sum([one.mask for one in found if one.kind == kind], axis=0).tolist() == [1] * 5
    names = {(one.kind, one.name): one.mask.tolist() for one in found}
    assert names["size", "small"] == [True, False, False, True, False]
    assert names["aspect", "tall, under 1 : 3"] == [False, False, False, False, True]
    assert names["position", "touching the border"] == [True, False, False, True, False]
    assert names["position", "central"] == [False, True, False, False, True]
    assert names["position", "elsewhere"] == [False, False, True, False, False]
    assert names["class", "spall"] == [False, True, False, False, False]
    assert names["objects in the image", "1"] == [False, False, False, False, True]


@needs_real_data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["crackforest", "crackseg350", "kangaroo"])
def test_recall_on_real_pictures_equals_that_of_cocos_tools(name, cache):
    """Every third picture, two proposers, three orders."""
    file = "annotations_standard.json" if name == "crackseg350" else "annotations.json"
    dataset = CocoDataset.open(DATA / name / file)
    setups = [Setup(proposer, order) for proposer in (AdaptiveThreshold(), Grid(3)) for order in ORDERS]
    indices = range(0, len(dataset), 3)
    measured, _ = run(dataset, cache, *setups, indices=indices)
    for setup, result in zip(setups, measured.evaluations(), strict=True):
        images = [(ranked_boxes(cache, dataset, index, setup), dataset.truth(index)) for index in indices]
        ours = [
            [bootstrap.interval(figures.recall(result, k, t)).value for k in coco_tools.BUDGETS]
            for t in COCO_THRESHOLDS
        ]
        for tool in coco_tools.TOOLS:
            np.testing.assert_allclose(ours, coco_tools.recall(images, tool), atol=1e-9)


def ranked_boxes(cache, dataset, index, setup):
    return ranked(setup, cache.result(dataset, index, setup.proposer).found).boxes


def command(capsys, *arguments):
    code = cli.main(["evaluate", *map(str, arguments)])
    return code, capsys.readouterr()


def test_the_command_prints_one_object_for_one_proposer(tmp_path, capsys):
    data = write_scenes(tmp_path / "data", 3)
    code, printed = command(capsys, data, "--proposer", "grid", "--workers", 1, "--json")
    result = json.loads(printed.out)
    assert code == 0
    assert (result["proposer"], result["images"], result["objects"]) == ("grid", 3, 6)
    assert list(result["average_recall"]) == ["1", "10", "100", "1000"]
    assert list(result["recall"]) == ["0.5", "0.7"]
    assert 0 < result["recall"]["0.5"]["100"] <= result["recall"]["0.5"]["1000"] <= 1
    low, high = result["intervals"]["average_recall"]["100"]
    assert low <= result["average_recall"]["100"] <= high
    assert 0 < result["hosang_average_recall"] < result["average_best_overlap"] <= 1
    missed = sum(result["misses"].values())
    assert missed == round(6 * (1 - result["recall"]["0.5"]["100"]))
    assert sum(one["objects"] for one in result["slices"] if one["kind"] == "size") == 6
    (of_class,) = (one for one in result["slices"] if one["kind"] == "class")
    assert of_class["recall"] == result["recall"]["0.5"]["100"]
    assert of_class["average_best_overlap"] == result["at_budget"]["average_best_overlap"]
    assert result["at_budget"]["proposals_per_image"] == 100
    assert "boxes" not in result


def test_the_command_compares_setups_and_writes_tables(tmp_path, capsys):
    data, table = write_scenes(tmp_path / "data", 3), tmp_path / "figures.csv"
    arguments = ["--proposer", "grid", "full-image", "--param", "grid.levels=2", "--csv", table]
    code, printed = command(
        capsys, data, *arguments, "--setup", "proposer=grid nms=0.8", "--workers", 1, "--budget", 7, "--json"
    )
    result = json.loads(printed.out)
    assert code == 0
    assert [one["setup"] for one in result["proposers"]] == [
        {"proposer": "grid", "levels": "2", "order": "own"},
        {"proposer": "full-image", "order": "own"},
        {"proposer": "grid", "order": "own", "nms": "0.8"},
    ]
    first = next(one for one in result["differences"] if one["budget"] == 100)
    recalls = [one["average_recall"]["100"] for one in result["proposers"]]
    assert (first["setup"], first["other"]) == (0, 1)
    assert first["difference"] == pytest.approx(recalls[0] - recalls[1])
    assert first["distinguishable"] is (first["interval"][0] > 0 or first["interval"][1] < 0)
    assert first["won"] - first["lost"] == pytest.approx(6 * first["recall_difference"]) != 0
    assert [one["budget"] for one in result["differences"][:5]] == [1, 7, 10, 100, 1000]
    at_budget = result["differences"][1]
    overlaps = [one["at_budget"]["average_best_overlap"] for one in result["proposers"]]
    assert at_budget["overlap_difference"] == pytest.approx(overlaps[0] - overlaps[1])
    assert at_budget["class_overlap_interval"] == at_budget["overlap_interval"]  # of one class
    assert "class_overlap_difference" not in first
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert len(rows) == 9
    assert sum(int(row["objects"]) for row in rows if row["setup"] == "full-image order=own") == 6
    objects = list(csv.DictReader((tmp_path / "figures.objects.csv").read_text().splitlines()))
    assert len(objects) == 18
    assert all((row["reason"] == "") == (float(row["best_iou"]) >= 0.5) for row in objects)
    assert {row["file_name"] for row in rows} == {row["file_name"] for row in objects}


def test_the_command_measures_by_another_matching_and_by_all_proposals(tmp_path, capsys):
    data = write_scenes(tmp_path / "data", 3)
    arguments = [data, "--proposer", "grid", "--workers", 1, "--budget", "all", "--recall-iou", 0.6, "--json"]
    coco, hosang, best = (
        json.loads(command(capsys, *arguments, "--matching", matching)[1].out)
        for matching in ("coco", "hosang", "best")
    )
    assert list(coco["average_recall"]) == ["1", "10", "100", "1000", "all"]
    assert hosang["average_recall"]["all"] == coco["hosang_average_recall"] != coco["average_recall"]["all"]
    assert (coco["budget"], best["matching"]) == ("all", "best")
    assert best["recall"]["0.6"]["all"] == pytest.approx(1 - sum(best["misses"].values()) / 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name at least one proposer"),
        (["--proposer", "grid", "grid"], "grid is given twice"),
        (["--proposer", "grid", "--param", "offsets=3"], "no parameter 'offsets'"),
        (["--proposer", "grid", "full-image", "--param", "levels=2"], "expected PROPOSER.NAME=VALUE"),
        (["--setup", "nms=0.8"], "names no proposer"),
        (["--setup", "grid"], "expected NAME=VALUE"),
        (["--proposer", "grid", "--budget", "0"], "--budget: got 0, expected at least 1"),
        (["--proposer", "grid", "--recall-iou", "0.33"], "in steps of 0.05"),
        (["--proposer", "grid", "--matching", "hosang", "--budget", "37"], "expected one of 1, 2, 3, 5"),
    ],
)
def test_a_wrong_argument_is_one_line(tmp_path, capsys, arguments, message):
    code, printed = command(capsys, write_scenes(tmp_path / "data", 1), *arguments)
    assert code == 2
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_all_proposals_are_a_budget(dataset, cache):
    result = run(dataset, cache, GRID)[0].evaluations()[0]
    assert np.array_equal(result.found(ALL, 0.5), result.found(10_000, 0.5))
