"""What an export writes."""

import io
import json
import os
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image as PILImage

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import Crops
from core.files.local import LocalFiles
from core.pipeline import Setup
from core.sampling import Sampling
from tests.exports import COUNT, each_format, manifest, one
from tests.small import (
    WIDTH,
    FixedOnWide,
    config,
    contents,
    export,
    scene,
    write_coco,
)


def test_crops_manifest_and_counts_agree(finished):
    _, folder, last = finished
    rows, crops = manifest(folder), Crops(folder)
    counts = json.loads((folder / "export.json").read_text())["counts"]
    assert counts == last.result()
    assert (counts["images"], counts["crops"], counts["skipped"]) == (COUNT, len(rows), [])
    assert counts["positives"] == sum(row["label"] == 1 for row in rows) > 0
    assert counts["negatives"] == sum(row["label"] == 0 for row in rows) > 0
    assert counts["bytes"] == sum(len(crops.jpeg(row_index)) for row_index in range(len(rows)))


@pytest.mark.parametrize("format", ["files", "imagefolder"])
def test_every_file_has_a_row(tmp_path, dataset, format):
    export(config(dataset, format=format), tmp_path)
    paths = sorted(row["path"] for row in manifest(tmp_path / "train"))
    assert paths == sorted(f"crops/{name}" for name in contents(tmp_path / "train" / "crops"))


def test_every_row_leads_to_the_crop_of_its_box(finished):
    requested, folder, _ = finished
    crops = Crops(folder)
    for row_index, row in enumerate(manifest(folder)):
        image = PILImage.open(requested.dataset.images_dir / row["file_name"])
        box = [int(row[side]) for side in ("x0", "y0", "x1", "y1")]
        file = io.BytesIO()
        image.crop(box).resize((16, 16), PILImage.Resampling.BILINEAR).save(file, "JPEG")
        assert crops.jpeg(row_index) == file.getvalue()


def test_a_row_says_what_is_known_of_its_crop(finished):
    requested, folder, _ = finished
    truth = requested.dataset.all_truth
    objects = {int(n): box for n, box in zip(truth.ids, truth.boxes, strict=True)}
    for row in manifest(folder):
        index = requested.dataset.index_of(row["image_id"])
        assert row["file_name"] == requested.dataset.file_names[index]
        assert row["proposer"] == "grid"
        assert row["label"] == (row["iou"] > 0.5)
        assert (row["gt_id"] is None) == (row["iou"] == 0)
        if row["gt_id"] is not None:
            corners = [row[f"gt_{side}"] for side in ("x0", "y0", "x1", "y1")]
            assert corners == objects[row["gt_id"]].tolist()
        assert row["inside"] >= row["iou"]
        assert row["score"] is None
        assert row["class"] == row["label"]
        assert row["gt_category"] == (1 if row["iou"] else None)
        assert row["category"] == (1 if row["label"] else None)


LOCATION_COLUMNS = {
    "files": [("path", pa.string())],
    "imagefolder": [("path", pa.string())],
    "webdataset": [
        ("shard", pa.string()),
        ("row", pa.int32()),
        ("key", pa.string()),
        ("offset", pa.int64()),
        ("size", pa.int32()),
    ],
    "parquet": [("shard", pa.string()), ("row", pa.int32())],
}


def test_columns_and_types_of_the_manifest(finished):
    requested, folder, _ = finished
    box = [(side, pa.float32()) for side in ("x0", "y0", "x1", "y1")]
    assert [(field.name, field.type) for field in pq.read_schema(folder / "manifest.parquet")] == [
        ("image_id", pa.int64()),
        ("file_name", pa.string()),
        *box,
        ("rank", pa.int32()),
        ("source", pa.string()),
        ("score", pa.float32()),
        ("iou", pa.float32()),
        ("inside", pa.float32()),
        ("mask_pixels", pa.int32()),
        ("label", pa.int8()),
        ("category", pa.int64()),
        ("class", pa.int32()),
        ("gt_id", pa.int64()),
        ("gt_category", pa.int64()),
        *[(f"gt_{name}", kind) for name, kind in box],
        ("proposer", pa.string()),
        ("remark", pa.string()),
        *LOCATION_COLUMNS[requested.format],
    ]


def test_rows_stand_by_image_and_rank(finished):
    requested, folder, _ = finished
    keys = [(requested.dataset.index_of(row["image_id"]), row["rank"]) for row in manifest(folder)]
    assert keys == sorted(set(keys))


def test_an_object_that_no_proposal_touches_is_no_match(tmp_path):
    rows = one(tmp_path, (0, 0, 20, 20), (40, 0, 60, 20), objects=[{"bbox": [40, 0, 20, 20], "id": 77}])
    assert [row["gt_id"] for row in rows] == [None, 77]
    assert [row["gt_x1"] for row in rows] == [None, 60.0]


def test_a_crop_is_never_made_of_what_lies_in_a_crowd(tmp_path):
    crowd = {"bbox": [0, 0, 50, 50], "iscrowd": 1}
    rows = one(tmp_path, (0, 0, 20, 20), (70, 0, 90, 20), objects=[crowd, [70, 40, 9, 9]])
    assert [row["rank"] for row in rows] == [1]


def test_an_image_with_a_crowd_alone_has_no_objects(tmp_path):
    crowd = {"bbox": [0, 0, 9, 9], "iscrowd": 1}
    assert len(one(tmp_path / "with", (40, 40, 60, 60), objects=[crowd])) == 1
    with pytest.raises(BoxscopeError, match=r"1 of them: The export leaves background images out"):
        one(tmp_path / "out", (40, 40, 60, 60), objects=[crowd], sampling=Sampling(empty_images=False))


def test_names_bear_rank_iou_and_label(tmp_path):
    rows = one(tmp_path, (0, 0, 20, 15), (0, 0, 20, 20), objects=[[0, 0, 20, 20]], name="wall/a.b.jpg")
    assert [row["path"] for row in rows] == ["crops/wall_a_b.0.0_75.1.jpg", "crops/wall_a_b.1.1_0.1.jpg"]


def test_an_image_folder_has_a_folder_a_class(tmp_path, dataset):
    requested = config(dataset, format="imagefolder")
    export(requested, tmp_path)
    assert {path.name for path in (tmp_path / "train" / "crops").iterdir()} == {"negative", "positive"}
    for row in manifest(tmp_path / "train"):
        assert row["path"].startswith(f"crops/{('negative', 'positive')[row['label']]}/")


def names_of(requested) -> set[str]:
    """What a finished export of three shards consists of."""
    suffix = {"webdataset": "tar", "parquet": "parquet"}.get(requested.format)
    crops = {f"shard-0000{n}.{suffix}" for n in range(3)} if suffix else {"crops"}
    return {*crops, "export.json", "manifest.parquet"}


def test_nothing_lies_beside_crops_manifest_and_summary(finished):
    requested, folder, _ = finished
    assert {path.name for path in folder.iterdir()} == names_of(requested)


def test_the_summary_says_what_decided_the_export(finished):
    requested, folder, _ = finished
    summary = json.loads((folder / "export.json").read_text())
    assert summary["settings"] == requested.settings
    assert summary["digest"] == requested.digest
    assert summary["settings"]["setup"] == requested.setup.with_order_named().spell()
    assert summary["settings"]["sampling"]["side"] == "16"
    assert summary["settings"]["split"] == "train"
    assert summary["versions"]["pillow"] == version("pillow")
    assert {"python", "numpy", "opencv-contrib-python-headless", "pyarrow"} <= summary["versions"].keys()


@each_format
def test_the_summary_is_written_last(tmp_path, dataset, monkeypatch, format):
    """Its presence means complete: nothing but the work folder's end comes after it."""
    order = []
    plain = Path.replace

    def noted(self, target):
        order.append(Path(target).name)
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", noted)
    export(config(dataset, format=format), tmp_path)
    assert order[-1] == "export.json"
    assert order.count("export.json") == 1
    assert order.index("manifest.parquet") > max(
        n for n, name in enumerate(order) if name.startswith(("part-", "shard-"))
    )


@each_format
def test_nothing_half_has_a_place_outside_the_work_folder(tmp_path, dataset, monkeypatch, format):
    """Whenever the run is killed: looked at just before each file gets its name."""
    seen = set()
    plain = Path.replace

    def noted(self, target):
        seen.update(path.name for path in (tmp_path / "train").iterdir())
        return plain(self, target)

    requested = config(dataset, format=format)
    monkeypatch.setattr(Path, "replace", noted)
    export(requested, tmp_path)
    assert seen <= {".work", *names_of(requested)}


@each_format
def test_crops_are_on_disk_before_their_shard_counts_as_done(tmp_path, dataset, monkeypatch, format):
    """The design: a shard is written under a temporary name, fsynced, renamed."""
    brought: set[int] = set()
    plain, sync = os.fsync, LocalFiles.sync_files

    def sync_all(self):
        brought.update(path.stat().st_ino for path in self.path.rglob("*"))
        sync(self)

    monkeypatch.setattr(os, "fsync", lambda file: brought.add(os.stat(file).st_ino) or plain(file))
    monkeypatch.setattr(LocalFiles, "sync_files", sync_all)
    export(config(dataset, format=format), tmp_path)
    files = [path for path in (tmp_path / "train").rglob("*") if path.is_file()]
    assert {path.stat().st_ino for path in files} <= brought


def test_images_without_a_single_proposal_are_no_skipped_ones(tmp_path):
    scenes = {"a.jpg": scene(0), "b.jpg": scene(1, 2 * WIDTH)}
    setup = Setup(FixedOnWide(((0, 0, 20, 20),)))
    done = export(config(CocoDataset.open(write_coco(tmp_path / "data", scenes)), setup), tmp_path / "out")
    assert (done.images, done.crops, done.skipped) == (2, 1, ())
