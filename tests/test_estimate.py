"""The dry run: totals from some images with their intervals, what becomes of boxes, and which are shown."""

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given as drawn_by
from hypothesis import strategies as st

from core import cli, wording
from core.datasets import CocoDataset, make_sample
from core.export import DryRun, ExportFolder, estimate
from core.export.estimate import extrapolate
from core.export.estimate.contact_sheet import BINS as ROWS
from core.export.estimate.contact_sheet import crops_by_iou, example_crops
from core.export.estimate.intervals import Span, ratio, scale_up, t_quantile
from core.export.estimate.proposed import ProposedBoxes, propose_boxes
from core.export.estimate.single_pass import evenly_spread
from core.export.estimate.sizes import sample_crops
from core.export.estimate.tally import estimated_quotas, outcomes_by_iou, tally
from core.labelling import IGNORED, NEGATIVE, POSITIVE, LabelRule
from core.pipeline import Setup
from core.proposals.store import boxes_setup
from core.proposers import AdaptiveThreshold, Grid
from core.sampling import PRESETS, Sampling
from core.sampling.bands import BINS, bands, iou_bin
from tests.drawn import quick, some_settings
from tests.small import SMALL, config, export, scene, small_set, write_coco

COUNT = 12
SETUP = Setup(Grid(levels=3))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return small_set(tmp_path_factory.mktemp("drawn"), COUNT)  # without objects: 4, 9; a crowd alone: 6


@pytest.fixture(scope="module")
def proposed(dataset):
    return [propose_boxes(SETUP, dataset, index) for index in range(COUNT)]


def tallies_of(requested, proposed):
    return [tally(requested, index, seen) for index, seen in enumerate(proposed)]


def preset(dataset, name):
    chosen = PRESETS[name]
    quick_to_cut = replace(chosen.sampling, cut=replace(chosen.sampling.cut, side=16, context=0))
    return config(dataset, Setup(SETUP.proposer, rule=chosen.rule), quick_to_cut)


@pytest.mark.parametrize(("freedom", "expected"), [(2, 4.303), (4, 2.776), (19, 2.093), (1000, 1.962)])
def test_students_t_is_that_of_the_tables(freedom, expected):
    assert t_quantile(freedom) == pytest.approx(expected, rel=0.01)


def test_totals_by_hand():
    assert scale_up([3, 4, 5], 3) == Span(12, 12, 12)
    value, low, high = scale_up([3, 5], 4)
    assert value == 16
    assert 8 <= low < 16 < high
    assert scale_up([7], 2) == Span(14, 7, np.inf)
    # Twenty of a hundred that are all alike: at most some three in twenty of the others are not.
    assert scale_up([2] * 20, 100) == Span(200, 176, 224)
    assert scale_up([0] * 20, 100) == Span(0, 0, 12)
    assert scale_up([], 0) == Span(0, 0, 0)


def test_the_more_images_the_narrower_the_interval():
    values = np.random.default_rng(0).integers(0, 50, 200)
    widths = [high - low for _, low, high in (scale_up(values[:n], 200) for n in (10, 50, 150, 200))]
    assert sorted(widths, reverse=True) == widths
    assert widths[-1] == 0


def held(of, counts, draws, seed=0):
    """Return how often the interval from some of the images holds the true total."""
    rng, true = np.random.default_rng(seed), counts.sum()
    spans = (scale_up(counts[rng.permutation(len(counts))[:of]], len(counts)) for _ in range(draws))
    return np.mean([span.low <= true <= span.high for span in spans])


def test_the_interval_from_half_of_the_sample_set_holds_the_total_as_often_as_it_says(tmp_path):
    make_sample(tmp_path, images=64, width=160, height=120, seed=1)
    data = CocoDataset.open(tmp_path / "train/annotations.json")
    requested = config(data, Setup(AdaptiveThreshold(offsets=(10, 20))))
    tallies = [
        tally(requested, index, propose_boxes(requested.setup, data, index)) for index in range(len(data))
    ]
    quotas = estimated_quotas(requested, tallies)
    assert quotas.min(axis=0).tolist() < quotas.max(axis=0).tolist()
    for counts in (quotas.sum(axis=1), quotas[:, 0], quotas[:, 1]):
        assert 0.9 <= held(len(data) // 2, counts, 1000) <= 0.99


def test_the_interval_holds_where_half_the_images_give_nothing():
    rng = np.random.default_rng(0)
    counts = np.where(rng.random(200) < 0.5, 0, rng.exponential(20, 200).astype(int))
    for of in (10, 20, 100):
        assert 0.9 <= held(of, counts, 1000) <= 0.99


def test_what_a_crop_weighs_is_told_within_its_interval():
    rng = np.random.default_rng(0)
    crops = [rng.normal(3000 + 40 * n, 300, 20 + n) for n in range(60)]
    true = sum(values.sum() for values in crops) / sum(map(len, crops))
    hits = []
    for _ in range(300):
        chosen = rng.choice(60, 12, replace=False)
        parts = [rng.choice(crops[n], 6, replace=False) for n in chosen]
        span = ratio(parts, np.array([len(crops[n]) for n in chosen]), 60)
        hits.append(span.low <= true <= span.high)
    assert 0.9 <= np.mean(hits) <= 0.995
    sizes = np.array([len(values) for values in crops])
    assert ratio(crops, sizes, 60) == pytest.approx((true, true, true))


@pytest.mark.parametrize("name", PRESETS)
def test_kept_boxes_count_what_the_export_writes(tmp_path, dataset, proposed, name):
    requested = preset(dataset, name)
    tallies = tallies_of(requested, proposed)
    guess, done = extrapolate(requested, tallies, {}), export(requested, tmp_path)
    assert guess.exact
    assert (guess.crops, guess.positives, guess.negatives) == (done.crops, done.positives, done.negatives)
    ends = [(end.crops, end.positives, end.negatives) for end in (guess.low, guess.high)]
    assert ends == [(done.crops, done.positives, done.negatives)] * 2

    counts = outcomes_by_iou(tallies, estimated_quotas(requested, tallies))
    rows = pq.read_table(tmp_path / "train/manifest.parquet")
    iou, label = (rows[column].to_numpy() for column in ("iou", "label"))
    for column, value in enumerate((1, 0)):
        values = iou[label == value].astype(np.float32)
        expected = np.bincount(iou_bin(values), minlength=BINS)
        # A negative right at the threshold is drawn on its own side of it.
        assert np.abs(counts[:, column] - expected).sum() <= 2 * (values == requested.setup.rule.iou).sum()
        assert counts[:, column].sum() == len(values)
    assert (counts >= 0).all()


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    pictures = {}
    for seed in range(24):
        image, objects = scene(seed)
        pictures[f"{seed}.jpg"] = (image, objects[: seed % 3])
    data = CocoDataset.open(write_coco(tmp_path_factory.mktemp("scenes"), pictures))
    return data, [propose_boxes(SETUP, data, index) for index in range(len(data))]


@pytest.mark.parametrize("name", PRESETS)
def test_the_interval_of_each_preset_from_half_of_the_images_holds(scenes, name):
    data, seen = scenes
    requested = preset(data, name)
    tallies = tallies_of(requested, seen)
    true, rng, hits = extrapolate(requested, tallies, {}), np.random.default_rng(0), Counter()
    for _ in range(200):
        guess = extrapolate(requested, [tallies[index] for index in rng.permutation(24)[:12]], {})
        for figure in ("crops", "positives", "negatives"):
            low, high = (getattr(end, figure) for end in (guess.low, guess.high))
            assert low <= getattr(guess, figure)
            hits[figure] += low <= getattr(true, figure) and (high is None or getattr(true, figure) <= high)
    assert min(hits.values()) >= 0.9 * 200


def test_caps_of_the_set_hold_for_the_ends_too(dataset, proposed):
    requested = config(dataset, SETUP, Sampling(set_positives=5, ratio=2.0, ratio_over="set"))
    guess = extrapolate(requested, tallies_of(requested, proposed)[:4], {})
    assert guess.high.positives <= 5
    assert guess.high.negatives <= 10
    assert guess.high.crops <= 15


def test_other_settings_of_sampling_and_labels_need_no_proposer(dataset, proposed, monkeypatch):
    monkeypatch.setattr(Grid, "propose", lambda *_: pytest.fail("proposed again"))
    for name in PRESETS:
        requested = preset(dataset, name)
        extrapolate(requested, tallies_of(requested, proposed), {})
    assert boxes_setup(Setup(SETUP.proposer, top=5, rule=LabelRule(0.3))) == boxes_setup(SETUP)


def test_the_top_proposals_are_the_head_of_the_kept_boxes(tmp_path, dataset, proposed):
    requested = config(dataset, Setup(SETUP.proposer, top=7))
    assert (
        extrapolate(requested, tallies_of(requested, proposed), {}).crops == export(requested, tmp_path).crops
    )


def test_crops_that_are_cut_give_the_bytes_exactly_where_all_are(tmp_path, dataset, proposed):
    requested = config(dataset, SETUP, SMALL)
    tallies = tallies_of(requested, proposed)
    quotas = [(int(p), int(n)) for p, n in estimated_quotas(requested, tallies)]
    made = {
        index: sample_crops(requested, index, proposed[index], dataset.read(index), quota, sum(quota))
        for index, quota in enumerate(quotas)
    }
    guess, done = extrapolate(requested, tallies, made), export(requested, tmp_path)
    assert guess.low.bytes == guess.bytes == guess.high.bytes == done.bytes
    assert guess.cut == done.crops
    some = {
        index: sample_crops(requested, index, proposed[index], dataset.read(index), quotas[index], 3)
        for index in range(6)
    }
    less = extrapolate(requested, tallies, some)
    assert less.low.bytes <= done.bytes <= less.high.bytes
    assert less.cut == sum(min(3, sum(quotas[index])) for index in range(6))


def test_a_manifest_alone_has_one_size_for_the_command_and_the_page(tmp_path, dataset, proposed):
    requested = config(dataset, SETUP, SMALL, format="manifest")
    at_once = estimate(requested, images=COUNT)
    run = DryRun(requested, proposed.__getitem__, lambda index: pytest.fail("no crop is cut"))
    while not (state := run.update(ExportFolder(tmp_path / "train"), 0.2)).done:
        pass
    export(requested, tmp_path)
    size = (tmp_path / "train/manifest.parquet").stat().st_size
    assert at_once.low.bytes <= size <= at_once.high.bytes
    sizes = (at_once.low.bytes, at_once.bytes, at_once.high.bytes)
    assert (state.estimate.low.bytes, state.estimate.bytes, state.estimate.high.bytes) == sizes
    assert at_once.cut == state.estimate.cut == 0
    assert wording.size(at_once.bytes) in at_once.text()


def test_an_image_that_cannot_be_used_is_named_and_gives_nothing(tmp_path):
    data = small_set(tmp_path, 3)
    data.path(1).write_bytes(b"no picture")
    seen = propose_boxes(SETUP, data, 1)
    unusable = tally(config(data, SETUP), 1, seen)
    assert "readable" in unusable.reason
    assert not unusable.reason.startswith(str(tmp_path))
    assert unusable.counts == (0, 0)
    assert extrapolate(config(data, SETUP), [unusable], {}).skipped == [
        {"file": "001.jpg", "reason": unusable.reason}
    ]


def test_one_image_of_several_leaves_the_high_ends_open(dataset):
    guess = estimate(config(dataset), images=1)
    assert guess.high.crops is None
    assert guess.low.crops == guess.crops // COUNT
    assert "at least" in guess.text()
    assert json.loads(json.dumps(guess.as_dict()))["high"]["crops"] is None


def test_the_command_line_tells_the_interval(dataset, tmp_path, capsys):
    words = ["export", str(dataset.annotations), "--out", str(tmp_path / "out"), "--split", "train"]
    words += ["--proposer", "grid", "--workers", "2", "--dry-run", "--json"]
    assert cli.main(words) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert result["low"]["crops"] == result["crops"] == result["high"]["crops"]
    assert result["low"]["seconds"] <= result["seconds"] <= result["high"]["seconds"]
    assert "exactly" in captured.err
    assert not (tmp_path / "out").exists()


def test_images_are_looked_at_evenly_spread():
    assert sorted(evenly_spread(5, 9)) == [0, 1, 2, 3, 4]
    assert sorted(evenly_spread(101, 5)) == [0, 25, 50, 75, 100]
    assert evenly_spread(0, 5) == []


BY_HAND = {
    "article": [(NEGATIVE, 0, 0.5), (POSITIVE, 0.5, 1)],
    "rcnn-svm": [(NEGATIVE, 0, 0.3), (IGNORED, 0.3, 1), (POSITIVE, 1, 1)],
    "fast-rcnn": [(IGNORED, 0, 0.1), (NEGATIVE, 0.1, 0.5), (POSITIVE, 0.5, 1)],
}


@pytest.mark.parametrize("name", BY_HAND)
def test_bands_by_hand(name):
    assert [tuple(band) for band in bands(PRESETS[name].rule)] == BY_HAND[name]


@quick
@drawn_by(some_settings(LabelRule), st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20))
def test_bands_are_what_the_rule_says_and_cover_the_scale(rule, ious):
    drawn = bands(rule)
    assert drawn[0].low == 0
    assert drawn[-1].high == 1
    assert all(one.high == other.low and one.kind != other.kind for one, other in pairwise(drawn))
    for iou in ious:
        inside = [band.kind for band in drawn if band.low + 1e-6 < iou < band.high - 1e-6]
        assert not inside or inside == rule.kinds(np.array([iou], np.float32)).tolist()


@pytest.mark.parametrize("name", ["article", "rcnn-finetune", "per-iou-bin"])
def test_the_contact_sheet_shows_crops_that_are_written(tmp_path, dataset, proposed, name):
    requested = preset(dataset, name)
    tallies = tallies_of(requested, proposed)
    quotas = estimated_quotas(requested, tallies)
    shown = example_crops(requested, tallies, quotas, proposed.__getitem__, per_bin=4)
    counts = crops_by_iou(tallies, quotas)
    export(requested, tmp_path)
    rows = pq.read_table(tmp_path / "train/manifest.parquet").to_pylist()
    written = {(row["image_id"], row["rank"]): row for row in rows}
    assert counts.sum() == len(rows)
    for number, values in enumerate(shown):
        assert len(values) == min(4, counts[number])
        assert len({(crop.image_index, crop.rank) for crop in values}) == len(values)
        assert [crop.iou for crop in values] == sorted((crop.iou for crop in values), reverse=True)
        for crop in values:
            row = written[int(dataset.image_ids[crop.image_index]), crop.rank]
            assert (row["iou"], row["label"]) == (pytest.approx(crop.iou), crop.kind)
            assert [row[side] for side in ("x0", "y0", "x1", "y1")] == crop.box.tolist()
            assert number / ROWS - 1e-6 <= crop.iou <= (number + 1) / ROWS + 1e-6


def test_a_bin_shows_several_images_and_stays_when_more_are_appended(dataset, proposed):
    requested = config(dataset, SETUP, SMALL)
    tallies = tallies_of(requested, proposed)
    lowest = example_crops(
        requested, tallies, estimated_quotas(requested, tallies), proposed.__getitem__, per_bin=6
    )[0]
    assert len({crop.image_index for crop in lowest}) == 3  # two of each
    proposed_indices = []

    def counted(index: int) -> ProposedBoxes:
        proposed_indices.append(index)
        return proposed[index]

    head = example_crops(
        requested, tallies[:6], estimated_quotas(requested, tallies[:6]), counted, per_bin=6
    )[0]
    assert [(crop.image_index, crop.rank) for crop in head] == [
        (crop.image_index, crop.rank) for crop in lowest
    ]
