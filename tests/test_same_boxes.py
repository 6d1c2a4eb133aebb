"""What Explore draws is what the export writes and the command line prints."""

import json
import os
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pyarrow.parquet as pq
import pytest

from core import cli
from core.cli.spelling import export_command
from core.cutting import Cut
from core.datasets import CocoDataset
from core.export import DatasetKind
from core.labelling import IGNORED, LabelRule
from core.pipeline import Setup, process_image
from core.proposers import AdaptiveThreshold, Grid, OpenCVSelectiveSearch
from core.sampling import Sampling
from pages.ui.server import crop_previews
from pages.ui.state import cached
from pages.ui.state.choice import Choice
from pages.ui.state.choices import Choices
from pages.ui.views.export_plan import ExportPlan
from tests.small import config, export, small_set

# Takes every proposal that has a label.
ALL = Sampling(negatives_first=100_000, cut=Cut(side=16))

SETUPS = {
    "the default": Setup(),
    "small first, none overlapping, none too thin": Setup(
        AdaptiveThreshold(offsets=(10, 20, 40), min_area=6, kernel=(3, 1)),
        order="small",
        nms=0.7,
        min_side=3,
        top=25,
        rule=LabelRule(iou=0.3, inclusive=True),
    ),
    "a grid in its own order": Setup(Grid(levels=3), order="own", nms=0.4, rule=LabelRule(iou=0.25)),
    "selective search": Setup(OpenCVSelectiveSearch(mode="single", whole_image=True), min_side=8, top=7),
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    """Images with objects, one without any (004) and one with a crowd region (006)."""
    return small_set(tmp_path_factory.mktemp("data"), 7)


def exported(dataset, setup, out) -> dict[int, list[dict]]:
    """Export all that has a label; the rows of each image by its index."""
    export(config(dataset, setup, ALL), out)
    rows = pq.read_table(out / "train" / "manifest.parquet").to_pylist()
    return {n: [row for row in rows if row["image_id"] == dataset.image_ids[n]] for n in range(len(dataset))}


def drawn(dataset, index, proposals) -> list[tuple]:
    """Spell what the picture shows, as rows of a manifest: rank, box, IoU, label, object, its box."""
    labels, truth = proposals.labels, dataset.truth(index)
    rows = []
    for rank in np.flatnonzero(labels.kind != IGNORED).tolist():
        match = labels.match[rank]
        found = (truth.ids[match], *truth.boxes[match].tolist()) if match >= 0 else (None,) * 5
        own = (rank, *proposals.boxes[rank].tolist(), labels.iou[rank], labels.kind[rank])
        rows.append((*own, *found))
    return rows


def written(rows) -> list[tuple]:
    columns = ("rank", "x0", "y0", "x1", "y1", "iou", "label", "gt_id", "gt_x0", "gt_y0", "gt_x1", "gt_y1")
    return [tuple(row[name] for name in columns) for row in rows]


each_setup = pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)


@each_setup
def test_the_page_draws_what_the_export_writes(dataset, setup, tmp_path):
    rows = exported(dataset, setup, tmp_path)
    assert any(rows.values())
    for index in range(len(dataset)):
        shown = drawn(dataset, index, cached.proposals(dataset, index, setup))
        assert shown == drawn(dataset, index, process_image(setup, dataset, index)[1])
        assert shown == written(rows[index])


@each_setup
def test_the_command_line_prints_the_same_boxes(dataset, setup, capsys):
    unlabelled = replace(setup, rule=LabelRule())  # what is only proposed has no label
    words = export_command("a", "o", DatasetKind.TRAIN, unlabelled, Sampling())
    spelled = words[words.index("--proposer") :]
    pictures = [str(dataset.path(index)) for index in range(len(dataset))]
    assert cli.main(["propose", *pictures, *spelled, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["images"]
    for index, image in enumerate(printed):
        assert image["boxes"] == cached.proposals(dataset, index, setup).boxes.tolist()


@each_setup
@pytest.mark.parametrize("top", [1, 5, 100])
def test_the_top_is_the_head_of_the_whole_list(dataset, setup, top):
    for index in range(len(dataset)):
        proposals = cached.proposals(dataset, index, replace(setup, top=0))
        head = cached.proposals(dataset, index, replace(setup, top=top))
        assert np.array_equal(head.boxes, proposals.first(top).boxes)
        for name in ("iou", "match", "kind"):
            assert np.array_equal(getattr(head.labels, name), getattr(proposals.labels.first(top), name))


def test_the_preview_of_a_crop_is_its_file(dataset, tmp_path):
    setup = SETUPS["a grid in its own order"]
    for index, rows in exported(dataset, setup, tmp_path).items():
        boxes = cached.proposals(dataset, index, setup).boxes
        for row in rows[::5]:
            address = urlsplit(crop_previews.address(dataset, index, boxes[row["rank"]], ALL.cut))
            preview = crop_previews.answer(dataset, index, dict(parse_qsl(address.query)), {}).body
            assert (tmp_path / "train" / row["path"]).read_bytes() == preview


@each_setup
def test_a_link_means_the_same_setup(setup):
    chosen = Choices((Choice(setup=setup), ExportPlan(sampling=ALL)))
    read = Choices.parse(chosen.spell(), (ExportPlan, Choice))
    assert (read.of(Choice).setup, read.of(ExportPlan).sampling) == (setup, ALL)


def test_an_export_takes_every_proposal_unless_only_the_top_is_wanted():
    setup = Setup(top=100)
    assert ExportPlan().setup(Choice(setup=setup)) == replace(setup, top=0)
    assert ExportPlan(export_top=True).setup(Choice(setup=setup)) == setup


def test_a_changed_picture_is_processed_again(dataset, tmp_path):
    first = process_image(Setup(), small_set(tmp_path, 2), 0)[1]
    opened = small_set(tmp_path, 2)
    assert np.array_equal(cached.proposals(opened, 0, Setup()).boxes, first.boxes)
    one, other = opened.path(0), opened.path(1)
    one.write_bytes(other.read_bytes())
    os.utime(one, ns=(1, 1))
    assert np.array_equal(
        cached.proposals(opened, 0, Setup()).boxes, process_image(Setup(), opened, 1)[1].boxes
    )


@pytest.mark.skipif(not os.environ.get("BOXSCOPE_DATA"), reason="BOXSCOPE_DATA is unset: no real pictures")
@pytest.mark.parametrize("name", ["crackforest", "exif_orientation"])
def test_on_real_pictures_too(name, tmp_path):
    found = CocoDataset.open(Path(os.environ["BOXSCOPE_DATA"]) / name / "annotations.json").subset(slice(10))
    setup = SETUPS["small first, none overlapping, none too thin"]
    for index, rows in exported(found, setup, tmp_path).items():
        assert written(rows) == drawn(found, index, cached.proposals(found, index, setup))


def test_another_label_rule_asks_no_proposer(tmp_path, monkeypatch):
    called = []
    plain = Grid.propose
    monkeypatch.setattr(Grid, "propose", lambda self, image, ref=None: called.append(1) or plain(self, image))
    opened = small_set(tmp_path, 1)
    for iou in (0.3, 0.6, 0.5):
        setup = Setup(Grid(), rule=LabelRule(iou=iou))
        wanted = drawn(opened, 0, process_image(setup, opened, 0)[1])
        assert drawn(opened, 0, cached.proposals(opened, 0, setup)) == wanted
    assert len(called) == 1 + 3  # the page's only one, and those of the pipeline
