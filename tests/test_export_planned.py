"""Exports with caps over the whole set, and crops that are no proposals: what lies on disk."""

import io
import json
import random
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image as PILImage

from core import cli, executors
from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import Crops, ExportFolder, counting, estimate, relabel, run
from core.export import shard as shard_module
from core.export.estimate import extrapolate
from core.export.estimate.proposed import propose_boxes
from core.export.estimate.tally import estimated_quotas, tally
from core.export.names import parse_name
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import Grid
from core.sampling import PRESETS, Sampling
from tests.small import (
    CROP_FORMATS,
    GRID,
    config,
    contents,
    digest,
    export,
    scene,
    small_set,
    write_coco,
    write_scenes,
)

COUNT = 19
RULE = LabelRule(iou=0.3)
SETUP = Setup(Grid(levels=3), rule=RULE)


def planned(**settings) -> Sampling:
    return Sampling(cut=Cut(side=16), **settings)


CAPPED = planned(set_positives=11, set_negatives=40, negatives="random")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    return small_set(tmp_path_factory.mktemp("data"), COUNT)


def rows(out: Path) -> list[dict]:
    return pq.read_table(out / "train" / "manifest.parquet").to_pylist()


def labels(out: Path) -> np.ndarray:
    return np.array([row["label"] for row in rows(out)])


# Caps over the set


@pytest.mark.parametrize(
    ("settings", "positives", "negatives"),
    [
        ({"set_positives": 7}, 7, None),
        ({"set_negatives": 5}, None, 5),
        ({"set_positives": 6, "ratio": 2.0}, 6, None),
        ({"set_positives": 6, "ratio": 2.0, "ratio_over": "set"}, 6, 12),
        ({"set_positives": 6, "set_negatives": 9, "ratio": 2.0, "ratio_over": "set"}, 6, 9),
    ],
    ids=str,
)
def test_caps_over_the_set_are_met_exactly(tmp_path, dataset, settings, positives, negatives):
    sampling = planned(**settings)
    export(config(dataset, SETUP, planned()), tmp_path / "all")
    done = export(config(dataset, SETUP, sampling), tmp_path / "out")
    counts = np.bincount(labels(tmp_path / "out"), minlength=2)
    every = np.bincount(labels(tmp_path / "all"), minlength=2)
    assert min(every) > 20
    assert (done.positives, done.negatives) == (counts[1], counts[0])
    if positives is not None:
        assert counts[1] == positives
    if negatives is not None:
        assert counts[0] == negatives
    elif not sampling.ratio:
        assert counts[0] == every[0]


def test_a_cap_takes_from_every_image_alike(tmp_path, dataset):
    """Half of all negatives: of each image half of its own, one more or less."""
    export(config(dataset, SETUP, planned()), tmp_path / "all")
    cap = int((labels(tmp_path / "all") == 0).sum()) // 2
    export(config(dataset, SETUP, planned(set_negatives=cap)), tmp_path / "half")

    def negatives(out):
        images = [row["image_id"] for row in rows(tmp_path / out) if row["label"] == 0]
        return np.bincount(images, minlength=COUNT + 1)

    every, half = negatives("all"), negatives("half")
    assert np.abs(every / 2 - half).max() <= 1


@pytest.mark.parametrize("format", CROP_FORMATS)
def test_bytes_do_not_depend_on_workers_or_interruptions(tmp_path, dataset, format):
    requested = config(dataset, SETUP, CAPPED, format=format)
    export(requested, tmp_path / "once")
    with executors.local(2) as pool:
        export(requested, tmp_path / "two", executor=pool, workers=2)
    rng = random.Random(format)
    for _ in range(12):
        steps = run(requested, tmp_path / "broken", SerialExecutor())
        for _ in range(rng.randint(1, 4)):
            next(steps, None)
        steps.close()
    export(requested, tmp_path / "broken")
    assert digest(tmp_path / "once") == digest(tmp_path / "two") == digest(tmp_path / "broken")


def test_which_crops_there_are_does_not_depend_on_the_size_of_shards(tmp_path, dataset):
    for size in (1, 5, 100):
        export(config(dataset, SETUP, CAPPED, shard_images=size), tmp_path / str(size))
    assert rows(tmp_path / "1") == rows(tmp_path / "5") == rows(tmp_path / "100")


def test_what_is_counted_is_not_counted_again(tmp_path, dataset, monkeypatch):
    requested, seen = config(dataset, SETUP, CAPPED), []
    plain = counting.decide_image

    def noted(*given):
        seen.append(given)
        return plain(*given)

    monkeypatch.setattr(counting, "decide_image", noted)
    steps = run(requested, tmp_path, SerialExecutor())
    while next(steps).counted < COUNT:
        pass
    steps.close()
    assert len(seen) == COUNT
    export(requested, tmp_path)
    assert len(seen) == COUNT
    assert not ExportFolder(tmp_path / "train").work.exists()


def test_progress_tells_of_the_counting(tmp_path, dataset):
    updates = list(run(config(dataset, SETUP, CAPPED), tmp_path, SerialExecutor()))
    counted = [progress.counted for progress in updates]
    assert counted == sorted(counted)
    assert {0, 8, 16, COUNT} <= set(counted)
    assert all(progress.images == 0 for progress in updates if progress.counting)


def test_images_without_a_share_are_not_searched_again(tmp_path, dataset, monkeypatch):
    seen, plain = [], shard_module.decide_image
    monkeypatch.setattr(shard_module, "decide_image", lambda *given: seen.append(given) or plain(*given))
    done = export(config(dataset, SETUP, planned(set_positives=1, set_negatives=1)), tmp_path)
    assert len(seen) <= 2
    assert (done.images, done.crops, done.skipped) == (COUNT, 2, ())


def test_an_image_that_cannot_be_used_is_named_once(tmp_path):
    dataset = CocoDataset.open(write_scenes(tmp_path / "data", 5))
    dataset.path(2).write_bytes(b"no picture")
    done = export(config(dataset, SETUP, CAPPED), tmp_path)
    assert (done.images, [image["file"] for image in done.skipped]) == (4, ["002.jpg"])
    assert done.crops == 51


def test_an_image_that_can_be_used_again_when_it_has_no_share_is_named(tmp_path, dataset, monkeypatch):
    """Such as one on a share that was away for a moment: it would be missing without a word."""
    plain = counting.decide_image

    def away(setup, sampling, images, index):
        if images.file_names[index] == "002.jpg":
            raise BoxscopeError("no such file", "002.jpg")
        return plain(setup, sampling, images, index)

    monkeypatch.setattr(counting, "decide_image", away)
    done = export(config(dataset, SETUP, CAPPED), tmp_path)
    assert (done.images, [image["file"] for image in done.skipped]) == (COUNT - 1, ["002.jpg"])
    assert "when the crops were counted" in done.skipped[0]["reason"]


def test_seconds_are_of_the_whole_run_and_rates_of_its_shards(tmp_path, dataset):
    *updates, last = run(config(dataset, SETUP, CAPPED), tmp_path, SerialExecutor())
    counted = [progress.seconds for progress in updates if progress.counting]
    assert 0 < counted[-1] <= last.before < last.seconds
    assert last.images_per_second == pytest.approx(COUNT / (last.seconds - last.before))


# The dry run


def test_an_estimate_of_all_images_with_caps_is_the_export(tmp_path, dataset):
    requested = config(dataset, SETUP, CAPPED)
    guess, done = estimate(requested, images=COUNT), export(requested, tmp_path)
    for name in ("crops", "positives", "negatives", "bytes"):
        assert getattr(guess, name) == getattr(done, name)


def test_an_estimate_of_some_images_keeps_to_the_cap(dataset):
    guess = estimate(config(dataset, SETUP, CAPPED), images=6)
    assert abs(guess.positives - 11) <= 4
    assert abs(guess.negatives - 40) <= 4


def test_an_estimate_is_exact_where_a_run_has_counted(tmp_path, dataset):
    requested = config(dataset, SETUP, planned(ratio=2.0, ratio_over="set", negatives="random"))
    steps, folder = run(requested, tmp_path, SerialExecutor()), ExportFolder(tmp_path / "train")
    while next(steps).counted < COUNT:
        pass
    steps.close()
    guess = estimate(requested, images=2, folder=folder)
    assert not estimate(requested, images=2).counted
    tallies = [
        tally(requested, n, propose_boxes(SETUP, dataset, n))._replace(seconds=1.0) for n in range(COUNT)
    ]
    again = np.count_nonzero(estimated_quotas(requested, tallies).any(axis=1))
    assert extrapolate(requested, tallies, {}).seconds == COUNT + again
    assert extrapolate(requested, tallies, {}, folder).seconds == again > 0
    done = export(requested, tmp_path)
    assert guess.counted
    assert (guess.crops, guess.positives, guess.negatives) == (done.crops, done.positives, done.negatives)


# Crops that are no proposals


@pytest.mark.parametrize("format", CROP_FORMATS)
def test_objects_and_jitter_are_written_beside_proposals(tmp_path, format):
    image, boxes = scene(3)
    dataset = CocoDataset.open(write_coco(tmp_path, {"a.jpg": (image, boxes)}))
    export(config(dataset, GRID, planned(truth_boxes=True, jitter=3), format=format), tmp_path / "out")
    crops = Crops(tmp_path / "out" / "train")
    rows = crops.rows.to_pylist()
    proposals = [row for row in rows if row["source"] == "proposal"]
    assert [row["rank"] for row in rows] == list(range(len(rows)))
    assert [row["source"] for row in rows[len(proposals) :]] == ["truth"] * 2 + ["jitter"] * 6
    objects = rows[len(proposals) : len(proposals) + 2]
    assert [[row["x0"], row["y0"], row["x1"] - row["x0"], row["y1"] - row["y0"]] for row in objects] == boxes
    assert [(row["iou"], row["label"], row["gt_id"]) for row in objects] == [(1, 1, 1), (1, 1, 2)]
    if "path" in rows[0]:
        assert [parse_name(row["path"]).label for row in rows] == [row["label"] for row in rows]
        assert len({row["path"] for row in rows}) == len(rows)


@pytest.mark.parametrize("format", CROP_FORMATS)
def test_png_keeps_the_pixels_in_every_format(tmp_path, format):
    image, boxes = scene(3)
    dataset = CocoDataset.open(write_coco(tmp_path, {"a.png": (image, boxes)}))
    requested = config(dataset, GRID, Sampling(cut=Cut(side=16, encoding="png")), format=format)
    export(requested, tmp_path / "out")
    crops = Crops(tmp_path / "out" / "train")
    for row_index, row in enumerate(crops.rows.to_pylist()):
        x0, y0, x1, y1 = (int(row[side]) for side in ("x0", "y0", "x1", "y1"))
        expected = PILImage.fromarray(image[y0:y1, x0:x1]).resize((16, 16), PILImage.Resampling.BILINEAR)
        assert (np.asarray(PILImage.open(io.BytesIO(crops.jpeg(row_index)))) == np.asarray(expected)).all()
    before = [crops.jpeg(n) for n in range(len(crops))]
    relabel(ExportFolder(tmp_path / "out" / "train"), LabelRule(iou=0.05))
    again = Crops(tmp_path / "out" / "train")
    assert again.labels.sum() > crops.labels.sum()
    assert [again.jpeg(n) for n in range(len(again))] == before
    export(config(dataset, GRID, planned(), format=format), tmp_path / "out", overwrite=True)
    names = contents(tmp_path / "out" / "train")
    assert not any(name.endswith(".png") for name in names)


def test_relabelling_a_preset_with_bands_and_objects_changes_nothing_by_its_own_threshold(tmp_path, dataset):
    preset = PRESETS["fast-rcnn"]
    export(
        config(dataset, Setup(Grid(levels=3), rule=preset.rule), planned(truth_boxes=True, jitter=2)),
        tmp_path,
    )
    result = relabel(ExportFolder(tmp_path / "train"), LabelRule(iou=0.5, inclusive=True))
    assert (result["changed"], result["positives"] > 0) == (0, True)


def test_a_context_without_room_is_refused_before_anything_is_written(dataset):
    with pytest.raises(BoxscopeError, match="context: got 16 px"):
        config(dataset, sampling=Sampling(cut=Cut(side=16, context=16)))


# The command line


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_by_its_name(tmp_path, capsys, name):
    data = write_scenes(tmp_path / "data", 4)
    words = ["export", data, "--out", tmp_path / "out", "--split", "train", "--proposer", "grid"]
    assert cli.main([*map(str, words), "--workers", "1", "--sampling", name, "--json"]) == 0
    settings = json.loads((tmp_path / "out" / "train" / "export.json").read_text())["settings"]
    preset = PRESETS[name]
    setup = Setup(Grid(), "own", rule=preset.rule)
    requested = config(CocoDataset.open(data), setup, preset.sampling).settings
    assert settings == requested
    printed = capsys.readouterr()
    assert json.loads(printed.out)["crops"] > 0
    assert ("counted, for the limits over the whole set" in printed.err) == preset.sampling.planned


def test_an_option_goes_before_the_preset(tmp_path):
    words = "export a.json --out o --split train --proposer grid --sampling rcnn-svm --iou 0.6 --side 100"
    from core.cli import options

    given = cli._parser().parse_args(words.split())
    assert options.setup(given).rule == LabelRule(iou=0.6, inclusive=True, negative_below=0.3)
    assert (options.sampling(given).cut.side, options.sampling(given).cut.context) == (100, 16)


def test_the_preset_of_the_article_has_its_offsets_and_order_and_options_go_before_them():
    from core.cli import options

    words = "export a.json --out o --split train --proposer adaptive-threshold"
    for rest, offsets, order in (
        ("", (10, 20, 30), "area"),
        ("--preset article", (40, 80, 120), "area"),
        ("--preset article --param offsets=5 --order own", (5,), "own"),
        ("--preset rcnn-svm --order small", (10, 20, 30), "small"),
    ):
        given = cli._parser().parse_args(f"{words} {rest}".split())
        chosen = options.setup(given)
        assert (chosen.proposer.offsets, chosen.ranked_by) == (offsets, order)
        assert options.sampling(given) == PRESETS["rcnn-svm" if "svm" in rest else "article"].sampling
    joined = "export a.json --out o --split train --proposer grid+adaptive-threshold --preset article"
    grid, thresholds = options.setup(cli._parser().parse_args(joined.split())).proposer.parts
    assert (grid, thresholds.offsets) == (Grid(), (10, 20, 30))


def test_check_names_pictures_of_the_other_split(tmp_path, capsys):
    train, valid = write_scenes(tmp_path / "train", 3), write_scenes(tmp_path / "valid", 2)
    assert cli.main(["check", str(train), "--against", str(valid), "--json"]) == 0
    printed = capsys.readouterr()
    assert [one["first"] for one in json.loads(printed.out)["shared"]] == ["000.jpg", "001.jpg"]
    assert "2 pictures are in" in printed.err
    assert cli.main(["check", str(train), "--json"]) == 0
    assert "shared" not in json.loads(capsys.readouterr().out)
