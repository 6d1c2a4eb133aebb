"""What an export writes, what it passes over and what it refuses."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PILImage

from core import boxes as bx
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor, local
from core.export import FORMATS, Crops, ExportFolder, estimate, run
from core.export.config import SHARD_IMAGES
from core.export.names import crop_stems
from core.files import atomic
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, FullImage, Grid
from core.sampling import Sampling
from tests.small import (
    GRID,
    SMALL,
    Fixed,
    config,
    contents,
    digest,
    environment,
    export,
    scene,
    small_set,
    write_coco,
    write_scenes,
)

COUNT = 2 * SHARD_IMAGES + 3


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    """Three shards: images with two objects, without any, and with a crowd region."""
    return small_set(tmp_path_factory.mktemp("data"), COUNT)


@pytest.fixture(scope="module", params=FORMATS)
def finished(request, dataset, tmp_path_factory):
    """A finished export in each format: its configuration, folder and last progress."""
    wanted = config(dataset, format=request.param)
    out = tmp_path_factory.mktemp("out")
    return wanted, out / "train", export(wanted, out)


def manifest(folder: Path) -> list[dict]:
    return pq.read_table(folder / "manifest.parquet").to_pylist()


def one(tmp_path: Path, *boxes, objects=(), sampling=SMALL, name="a.jpg"):
    """Export one picture with given proposals; returns the rows."""
    annotations = write_coco(tmp_path / "data", {name: (scene(0)[0], objects)})
    export(
        config(CocoDataset.open(annotations), Setup(Fixed(boxes), order="own"), sampling), tmp_path / "out"
    )
    return manifest(tmp_path / "out" / "train")


# What is written


def test_crops_manifest_and_counts_agree(finished):
    _, folder, last = finished
    rows, crops = manifest(folder), Crops(folder)
    counts = json.loads((folder / "export.json").read_text())["counts"]
    assert counts == last.result()
    assert (counts["images"], counts["crops"], counts["skipped"]) == (COUNT, len(rows), [])
    assert counts["positives"] == sum(row["label"] == 1 for row in rows) > 0
    assert counts["negatives"] == sum(row["label"] == 0 for row in rows) > 0
    assert counts["bytes"] == sum(len(crops.jpeg(place)) for place in range(len(rows)))


@pytest.mark.parametrize("format", ["files", "imagefolder"])
def test_every_file_has_a_row(tmp_path, dataset, format):
    export(config(dataset, format=format), tmp_path)
    paths = sorted(row["path"] for row in manifest(tmp_path / "train"))
    assert paths == sorted(f"crops/{name}" for name in contents(tmp_path / "train" / "crops"))


def test_every_row_leads_to_the_crop_of_its_box(finished):
    wanted, folder, _ = finished
    crops = Crops(folder)
    for place, row in enumerate(manifest(folder)):
        image = PILImage.open(wanted.dataset.images_dir / row["file_name"])
        box = [int(row[side]) for side in ("x0", "y0", "x1", "y1")]
        file = io.BytesIO()
        image.crop(box).resize((16, 16), PILImage.Resampling.BILINEAR).save(file, "JPEG")
        assert crops.jpeg(place) == file.getvalue()


def test_a_row_says_what_is_known_of_its_crop(finished):
    wanted, folder, _ = finished
    objects = {
        int(n): box
        for n, box in zip(wanted.dataset.all_truth.ids, wanted.dataset.all_truth.boxes, strict=True)
    }
    for row in manifest(folder):
        place = wanted.dataset.index_of(row["image_id"])
        assert row["file_name"] == wanted.dataset.file_names[place]
        assert row["proposer"] == "grid"
        assert row["label"] == (row["iou"] > 0.5)
        assert (row["gt_id"] is None) == (row["iou"] == 0)
        if row["gt_id"] is not None:
            corners = [row[f"gt_{side}"] for side in ("x0", "y0", "x1", "y1")]
            assert corners == objects[row["gt_id"]].tolist()


PLACES = {
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
    wanted, folder, _ = finished
    box = [(side, pa.float32()) for side in ("x0", "y0", "x1", "y1")]
    assert [(field.name, field.type) for field in pq.read_schema(folder / "manifest.parquet")] == [
        ("image_id", pa.int64()),
        ("file_name", pa.string()),
        *box,
        ("rank", pa.int32()),
        ("source", pa.string()),
        ("iou", pa.float32()),
        ("label", pa.int8()),
        ("gt_id", pa.int64()),
        *[(f"gt_{name}", kind) for name, kind in box],
        ("proposer", pa.string()),
        *PLACES[wanted.format],
    ]


def test_rows_stand_by_image_and_rank(finished):
    wanted, folder, _ = finished
    keys = [(wanted.dataset.index_of(row["image_id"]), row["rank"]) for row in manifest(folder)]
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
    rows = one(tmp_path, (40, 40, 60, 60), objects=[crowd], sampling=Sampling(empty_images=False))
    assert rows == []


def test_names_bear_rank_iou_and_label(tmp_path):
    rows = one(tmp_path, (0, 0, 20, 15), (0, 0, 20, 20), objects=[[0, 0, 20, 20]], name="wall/a.b.jpg")
    assert [row["path"] for row in rows] == ["crops/wall_a_b.0.0_75.1.jpg", "crops/wall_a_b.1.1_0.1.jpg"]


def test_an_image_folder_has_a_folder_a_class(tmp_path, dataset):
    wanted = config(dataset, format="imagefolder")
    export(wanted, tmp_path)
    assert {path.name for path in (tmp_path / "train" / "crops").iterdir()} == {"negative", "positive"}
    for row in manifest(tmp_path / "train"):
        assert row["path"].startswith(f"crops/{('negative', 'positive')[row['label']]}/")


def names_of(wanted) -> set[str]:
    """What a finished export of three shards consists of."""
    suffix = {"webdataset": "tar", "parquet": "parquet"}.get(wanted.format)
    crops = {f"shard-0000{n}.{suffix}" for n in range(3)} if suffix else {"crops"}
    return {*crops, "export.json", "manifest.parquet"}


def test_nothing_lies_beside_crops_manifest_and_summary(finished):
    wanted, folder, _ = finished
    assert {path.name for path in folder.iterdir()} == names_of(wanted)


def test_the_summary_says_what_decided_the_export(finished):
    wanted, folder, _ = finished
    summary = json.loads((folder / "export.json").read_text())
    assert summary["settings"] == wanted.settings
    assert summary["digest"] == wanted.digest
    assert summary["settings"]["setup"] == wanted.setup.spell()
    assert summary["settings"]["sampling"]["side"] == "16"
    assert summary["settings"]["split"] == "train"
    assert summary["versions"]["pillow"] == version("pillow")
    assert {"python", "numpy", "opencv-contrib-python-headless", "pyarrow"} <= summary["versions"].keys()


each_format = pytest.mark.parametrize("format", FORMATS)


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

    wanted = config(dataset, format=format)
    monkeypatch.setattr(Path, "replace", noted)
    export(wanted, tmp_path)
    assert seen <= {".work", *names_of(wanted)}


@each_format
def test_crops_are_on_disk_before_their_shard_counts_as_done(tmp_path, dataset, monkeypatch, format):
    """The design: a shard is written under a temporary name, fsynced, renamed."""
    brought: set[int] = set()
    plain, sync = os.fsync, atomic.sync_files

    def sync_all(folder):
        brought.update(path.stat().st_ino for path in folder.rglob("*"))
        sync(folder)

    monkeypatch.setattr(os, "fsync", lambda file: brought.add(os.stat(file).st_ino) or plain(file))
    monkeypatch.setattr(atomic, "sync_files", sync_all)
    export(config(dataset, format=format), tmp_path)
    files = [path for path in (tmp_path / "train").rglob("*") if path.is_file()]
    assert {path.stat().st_ino for path in files} <= brought


def test_no_images(tmp_path):
    done = export(config(CocoDataset.open(write_coco(tmp_path / "data", {}))), tmp_path / "out")
    assert (done.state, done.images, done.crops) == ("done", 0, 0)
    assert manifest(tmp_path / "out" / "train") == []


def test_images_without_a_single_proposal_are_no_skipped_ones(tmp_path, dataset):
    done = export(config(dataset, Setup(Fixed())), tmp_path)
    assert (done.images, done.crops, done.skipped) == (COUNT, 0, ())


# What is passed over


def test_images_that_cannot_be_used_are_named_and_the_others_exported(tmp_path):
    annotations = write_scenes(tmp_path / "data", 6)
    pictures = annotations.parent / "images"
    (pictures / "000.jpg").unlink()
    whole = (pictures / "001.jpg").read_bytes()
    (pictures / "001.jpg").write_bytes(whole[: len(whole) // 2])
    PILImage.fromarray(scene(9, 50, 40)[0]).save(pictures / "002.jpg")
    (pictures / "003.jpg").write_text("not a picture")
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    assert done.images == 2
    assert {row["file_name"] for row in manifest(tmp_path / "out" / "train")} == {"004.jpg", "005.jpg"}
    reasons = {item["file"]: item["reason"] for item in done.result()["skipped"]}
    assert list(reasons) == ["000.jpg", "001.jpg", "002.jpg", "003.jpg"]
    assert "no such file" in reasons["000.jpg"]
    assert "cannot be decoded" in reasons["001.jpg"]
    assert "is 50x40, the annotations say 96x72" in reasons["002.jpg"]
    assert "not a readable picture" in reasons["003.jpg"]


def test_skipped_images_stand_by_name_whoever_met_them_first(tmp_path):
    annotations = write_coco(tmp_path / "data", {name: scene(0) for name in ("c.jpg", "a.jpg", "b.jpg")})
    for name in ("c.jpg", "a.jpg"):
        (annotations.parent / "images" / name).unlink()
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    assert [item["file"] for item in done.result()["skipped"]] == ["a.jpg", "c.jpg"]


def test_a_picture_that_the_proposer_fails_on_is_named(tmp_path, dataset, monkeypatch):
    def fail(self, image):
        if (image == dataset.read(2)).all():
            raise ValueError("too dark")
        return bx.as_boxes([])

    monkeypatch.setattr(Fixed, "__call__", fail)
    done = export(config(dataset, Setup(Fixed())), tmp_path)
    assert (done.images, [item["file"] for item in done.skipped]) == (COUNT - 1, ["002.jpg"])
    assert "fixed failed on it (too dark)" in done.skipped[0]["reason"]


@pytest.mark.parametrize("sampling", [SMALL, Sampling(side=16, set_negatives=20)], ids=["plain", "counted"])
def test_an_image_that_lost_an_object_gives_no_crops(tmp_path, sampling):
    """A negative of it might show the object; one that is marked as empty has none to show."""
    image, boxes = scene(0)
    objects = {"whole": boxes, "part": [*boxes, {"bbox": None}], "none": [[5, 5, 0, 9]], "marked": [[]]}
    pictures = {f"{name}.jpg": (image, own) for name, own in objects.items()}
    wanted = config(CocoDataset.open(write_coco(tmp_path / "data", pictures)), sampling=sampling)
    guess, done = estimate(wanted), export(wanted, tmp_path / "out")
    reasons = {item["file"]: item["reason"] for item in done.skipped}
    assert reasons == {
        "none.jpg": "1 of its objects cannot be used (annotation 6 [5.0, 5.0, 0.0, 9.0] has no area)",
        "part.jpg": "1 of its objects cannot be used (annotation 5 has no box of four numbers)",
    }
    assert {row["file_name"] for row in manifest(tmp_path / "out" / "train")} == {"marked.jpg", "whole.jpg"}
    summary = json.loads((tmp_path / "out" / "train" / "export.json").read_text())
    assert summary["lost"] == {"images": 0, "objects": 2}
    assert (guess.crops, guess.negatives, len(guess.skipped)) == (done.crops, done.negatives, 2)


def test_where_nothing_is_lost_the_summary_says_nothing_of_it(finished):
    wanted, folder, _ = finished
    assert not {"lost", "incomplete"} & {*json.loads((folder / "export.json").read_text()), *wanted.settings}


@pytest.mark.parametrize("format", [*FORMATS, "manifest"])
def test_a_run_that_can_use_no_picture_is_no_export_and_can_be_done_again(tmp_path, format):
    annotations, out = write_scenes(tmp_path / "data", SHARD_IMAGES + 1), tmp_path / "out"
    (elsewhere := tmp_path / "elsewhere").mkdir()
    with pytest.raises(BoxscopeError) as stop:
        export(config(CocoDataset.open(annotations, elsewhere), format=format), out)
    assert str(stop.value) == (
        f"images folder {elsewhere}: none of 9 images can be used, as 000.jpg: no such file"
    )
    folder = ExportFolder(out / "train")
    assert (folder.state, folder.read_progress()["error"]) == ("failed", str(stop.value))
    assert {path.name for path in folder.path.iterdir()} == {".work"}
    export(config(CocoDataset.open(annotations), format=format), out)
    export(config(CocoDataset.open(annotations), format=format), tmp_path / "new")
    assert digest(out) == digest(tmp_path / "new")


@pytest.mark.parametrize("name", ["", ".", "/", "a\0b.jpg", "x" * 300 + ".jpg"], ids=repr)
def test_a_name_that_no_file_can_have_is_passed_over(tmp_path, name):
    annotations = write_coco(tmp_path / "data", {"a.jpg": scene(0)})
    document = json.loads(annotations.read_text())
    document["images"].append({"id": 2, "file_name": name, "width": 96, "height": 72})
    annotations.write_text(json.dumps(document))
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    assert (done.images, [item["file"] for item in done.skipped]) == (1, [name])


# Names


COLLISIONS = {
    "sub-folders": ["north/a.jpg", "south/a.jpg"],
    "a folder's name and the same flat": ["wall/a.jpg", "wall_a.jpg"],
    "dots and the same without": ["a.b.jpg", "a_b.jpg"],
    "two kinds of picture": ["a.jpg", "a.png"],
    "one that looks as if it bore an id": ["a.jpg", "a.png", "a-7.jpg"],
    "the same file listed twice": ["a.jpg", "a.jpg"],
    "the same file spelled in two ways": ["a.jpg", "./a.jpg"],
}


@pytest.mark.parametrize("names", COLLISIONS.values(), ids=COLLISIONS)
def test_no_crop_is_written_over_another(tmp_path, names):
    """Pictures and truth are alike, so that only the stems can tell the crops apart."""
    annotations = write_coco(
        tmp_path / "data", [(name, scene(0)) for name in names], ids=range(7, 7 + len(names))
    )
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    rows = manifest(tmp_path / "out" / "train")
    assert len(rows) == done.crops == 10 * len(names)
    assert len(contents(tmp_path / "out" / "train" / "crops")) == len(rows)


pieces = st.sampled_from(["a", "a-1", "a-1-2", "a-", "a.1", "a_1", "x/a", "x_a", "x\\a", "./a", "/a"])
listed = st.lists(
    st.tuples(pieces, st.sampled_from([".jpg", ".png"]), st.integers(0, 12)),
    unique_by=lambda item: item[2],
    max_size=6,
)


@given(listed)
def test_stems_differ_and_are_flat(images):
    stems = crop_stems(
        [name + suffix for name, suffix, _ in images], np.array([n for _, _, n in images], int)
    )
    assert len(set(stems)) == len(images)
    assert not set("".join(stems)) & set("./\\")


def test_stems_differ_where_an_id_is_below_zero():
    stems = crop_stems(["a-.jpg", "a-.png", "a.jpg", "a.png"], np.array([2, 1, -2, 3]))
    assert len(set(stems)) == 4


def test_only_stems_that_collide_bear_an_id():
    assert crop_stems(["a.jpg", "a.png", "b.jpg"], np.array([3, 4, 5])) == ["a-3", "a-4", "b"]


def test_stems_are_plain_where_nothing_collides():
    assert crop_stems(["b\udcff.jpg", "\ud800" * 90 + "é.jpg"], np.array([1, 2]))[0] == "b_udcff"
    assert crop_stems(["a/b.c.jpg", "d.jpg"], np.array([3, 4])) == ["a_b_c", "d"]


def test_a_deep_folder_does_not_make_a_name_too_long(tmp_path):
    """Folder and file have 140 letters each, which is fine; one name for both may have 255."""
    name = f"{'d' * 140}/{'f' * 140}.jpg"
    annotations = write_coco(tmp_path / "data", {name: scene(0), "b.jpg": scene(1)})
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    assert (done.images, done.crops) == (2, 20)


# Again


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_writes_nothing_anew(tmp_path, dataset):
    first = export(config(dataset), tmp_path)
    before = times(tmp_path)
    (second,) = run(config(dataset), tmp_path, SerialExecutor())
    assert times(tmp_path) == before
    assert (second.state, second.result()) == ("done", first.result())
    assert (second.images_per_second, second.seconds_left) == (0, None)


OTHERS = {
    "proposer": lambda wanted: {"setup": Setup(FullImage())},
    "levels": lambda wanted: {"setup": Setup(Grid(levels=3, aspects=(1.0,)))},
    "order": lambda wanted: {"setup": replace(GRID, order="small")},
    "nms": lambda wanted: {"setup": replace(GRID, nms=0.5)},
    "min_side": lambda wanted: {"setup": replace(GRID, min_side=3)},
    "top": lambda wanted: {"setup": replace(GRID, top=3)},
    "iou": lambda wanted: {"setup": replace(GRID, rule=LabelRule(iou=0.7))},
    "inclusive": lambda wanted: {"setup": replace(GRID, rule=LabelRule(inclusive=True))},
    "negatives_first": lambda wanted: {"sampling": replace(SMALL, negatives_first=2)},
    "empty_images": lambda wanted: {"sampling": replace(SMALL, empty_images=False)},
    "side": lambda wanted: {"sampling": replace(SMALL, side=8)},
    "quality": lambda wanted: {"sampling": replace(SMALL, quality=90)},
    "format": lambda wanted: {"format": "imagefolder"},
    "shard_images": lambda wanted: {"shard_images": 3},
}


def start(wanted, out: Path, shards: int = 1) -> None:
    """Begin an export and let go after a few shards."""
    progress = run(wanted, out, SerialExecutor())
    for _ in range(shards + 1):
        next(progress)
    progress.close()


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("begin", [export, start], ids=["finished", "unfinished"])
def test_other_settings_are_refused_by_name(tmp_path, begin, name):
    wanted = config(small_set(tmp_path / "data", 2))
    begin(wanted, tmp_path / "out")
    before = {name: data for name, data in contents(tmp_path / "out").items() if not name.endswith("lock")}
    with pytest.raises(BoxscopeError, match=f"other settings .*{name} .* there, .* wanted") as refusal:
        export(replace(wanted, **OTHERS[name](wanted)), tmp_path / "out")
    assert "\n" not in str(refusal.value)
    assert contents(tmp_path / "out").items() >= before.items()


def test_other_annotations_are_refused(tmp_path):
    export(config(small_set(tmp_path / "one", 2)), tmp_path / "out")
    with pytest.raises(BoxscopeError, match=r"other settings \(other annotations; other pictures; images 2"):
        export(config(small_set(tmp_path / "two", 3)), tmp_path / "out")


def test_other_pictures_under_the_same_annotations_are_not_taken_for_the_same(tmp_path):
    """Such as the same set sharpened: its crops are others, and old ones must not pass for them."""
    annotations = write_coco(tmp_path / "one", {"a.jpg": scene(0)})
    others = write_coco(tmp_path / "two", {"a.jpg": scene(1)}).parent / "images"
    export(config(CocoDataset.open(annotations)), tmp_path / "out")
    with pytest.raises(BoxscopeError, match=r"other settings \(other pictures\)"):
        export(config(CocoDataset.open(annotations, others)), tmp_path / "out")


def test_a_missing_picture_that_was_put_in_its_place_is_exported(tmp_path):
    annotations = write_coco(tmp_path / "data", {"a.jpg": scene(0), "b.jpg": scene(1)})
    picture = tmp_path / "data" / "images" / "b.jpg"
    picture.rename(tmp_path / "b.jpg")
    assert export(config(CocoDataset.open(annotations)), tmp_path / "out").images == 1
    (tmp_path / "b.jpg").rename(picture)
    try:
        done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    except BoxscopeError:
        return  # as good: it says that the folder holds something else
    assert done.images == 2


@pytest.mark.parametrize(
    ("old", "new"), [("files", "imagefolder"), ("webdataset", "parquet"), ("parquet", "files")]
)
@pytest.mark.parametrize("begin", [export, start], ids=["finished", "unfinished"])
def test_overwriting_gives_the_same_as_a_new_folder(tmp_path, dataset, begin, old, new):
    other = config(dataset, replace(GRID, order="small"), format=new)
    begin(config(dataset, format=old), tmp_path / "out")
    export(other, tmp_path / "out", overwrite=True)
    export(other, tmp_path / "new")
    assert digest(tmp_path / "out") == digest(tmp_path / "new")


@pytest.mark.parametrize(
    "name", ["notes.txt", "crops/mine.jpg", "crops/a.0.0_87.1.jpg", "mine/a.jpg", "notes.tmp", "shard-a.tar"]
)
@pytest.mark.parametrize("overwrite", [False, True], ids=["into", "overwriting"])
def test_files_of_others_in_the_folder_stay(tmp_path, dataset, name, overwrite):
    path = tmp_path / "train" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    export(config(dataset), tmp_path, overwrite=overwrite)
    assert path.read_text() == "mine"


# One at a time


HOLDER = """
import sys, time
from pathlib import Path
from core.export import ExportFolder
with ExportFolder(Path(sys.argv[1])).lock():
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the folder ``out/train``."""
    folder = str(tmp_path / "out" / "train")
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE, env=environment(), text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_export_in_the_same_folder_is_refused_until_the_first_is_gone(tmp_path, dataset, holder):
    folder = ExportFolder(tmp_path / "out" / "train")
    assert folder.state == "running"
    with pytest.raises(BoxscopeError, match="another export is writing here"):
        export(config(dataset), tmp_path / "out", overwrite=True)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert folder.state == "empty"
    assert export(config(dataset), tmp_path / "out").state == "done"


def test_a_page_that_looks_does_not_make_a_run_fail(tmp_path):
    """It looks once a second; here all the time, at many short runs."""
    wanted = config(CocoDataset.open(write_coco(tmp_path / "data", {})))
    looking = threading.Event()

    def look():
        while not looking.is_set():
            for number in range(100):
                ExportFolder(tmp_path / str(number) / "train").state  # noqa: B018

    page = threading.Thread(target=look)
    page.start()
    try:
        states = {export(wanted, tmp_path / str(number)).state for number in range(100)}
    finally:
        looking.set()
        page.join()
    assert states == {"done"}
    assert {path.name for path in (tmp_path / "99" / "train").iterdir()} == {
        "export.json",
        "manifest.parquet",
    }


# States


def test_the_folder_tells_its_state(tmp_path, dataset):
    folder = ExportFolder(tmp_path / "train")
    assert folder.state == "empty"
    assert not folder.path.exists()
    progress = run(config(dataset), tmp_path, SerialExecutor())
    next(progress)
    assert (folder.state, folder.read_progress()["state"]) == ("running", "running")
    progress.close()
    assert (folder.state, folder.read_progress()["state"]) == ("stopped", "stopped")
    export(config(dataset), tmp_path)
    assert folder.state == "done"


def test_progress_counts_up_to_the_result(tmp_path, dataset):
    seen = list(run(config(dataset), tmp_path, SerialExecutor()))
    done = [progress.done for progress in seen]
    assert (done[0], done[-1]) == (0, COUNT)
    assert done == sorted(done)
    assert [progress.state for progress in seen] == ["running"] * (len(seen) - 1) + ["done"]
    assert seen[0].seconds_left is None
    assert seen[1].seconds_left > 0
    assert seen[-1].images_per_second > 0
    assert all(progress.total == COUNT for progress in seen)


def test_an_unfinished_run_is_gone_on_from(tmp_path, dataset):
    start(config(dataset), tmp_path / "out")
    crops = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "train" / "crops").iterdir()}
    first, *_, last = run(config(dataset), tmp_path / "out", SerialExecutor())
    assert first.resumed_at == first.done >= SHARD_IMAGES
    assert (last.images, last.resumed_at) == (COUNT, first.done)
    assert {path: path.stat().st_mtime_ns for path in crops} == crops
    export(config(dataset), tmp_path / "new")
    assert digest(tmp_path / "out") == digest(tmp_path / "new")


def test_a_pace_is_of_this_run_alone(tmp_path, dataset):
    start(config(dataset), tmp_path)
    first, *_, last = run(config(dataset), tmp_path, SerialExecutor())
    took = last.seconds - last.before
    assert last.images_per_second == pytest.approx((COUNT - first.images) / took)
    assert last.crops_per_second == pytest.approx((last.crops - first.crops) / took)


def test_no_more_shards_are_begun_than_the_workers_need(tmp_path, dataset):
    start(config(dataset), tmp_path)
    assert len(list((tmp_path / "train" / ".work").glob("part-*"))) == 2


# What cannot be written


def test_a_file_where_the_folder_should_be_is_refused(tmp_path, dataset):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(BoxscopeError, match="out/train: cannot be written"):
        export(config(dataset), tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder that nobody may write in")
def test_a_folder_that_nobody_may_write_in_is_refused(dataset):
    with pytest.raises(BoxscopeError, match="/proc/train: cannot be written"):
        export(config(dataset), Path("/proc"))


def full(error: int, after: int, monkeypatch, names: tuple[str, ...]):
    """Let writing fail after a number of files, as a full disk does."""
    left = [after]

    def failing(plain):
        def write(self, *rest, **named):
            if left[0] <= 0:
                raise OSError(error, os.strerror(error), str(self))
            left[0] -= 1
            return plain(self, *rest, **named)

        return write

    for name in names:
        monkeypatch.setattr(Path, name, failing(getattr(Path, name)))


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=errno.errorcode.get)
def test_a_full_disk_stops_the_run_in_one_line_and_keeps_what_is_finished(
    tmp_path, dataset, monkeypatch, error
):
    folder = ExportFolder(tmp_path / "out" / "train")
    with monkeypatch.context() as patch:
        full(error, 10 * SHARD_IMAGES + 5, patch, ("write_bytes",))
        with pytest.raises(BoxscopeError, match=os.strerror(error)) as stop:
            export(config(dataset), tmp_path / "out")
    assert "\n" not in str(stop.value)
    assert folder.state == "failed"
    assert os.strerror(error) in folder.read_progress()["error"]
    assert folder.part(0).exists()
    first, *_ = run(config(dataset), tmp_path / "out", SerialExecutor())
    assert first.resumed_at == SHARD_IMAGES


@pytest.mark.parametrize("after", [0, 1, 2, 30, 10 * SHARD_IMAGES + 5], ids="{} files".format)
def test_a_disk_where_not_even_the_progress_can_be_written(tmp_path, dataset, monkeypatch, after):
    with monkeypatch.context() as patch:
        full(errno.ENOSPC, after, patch, ("write_bytes", "write_text"))
        with pytest.raises(BoxscopeError, match="No space left"):
            export(config(dataset), tmp_path / "out")
    assert export(config(dataset), tmp_path / "out").images == COUNT
    export(config(dataset), tmp_path / "new")
    assert digest(tmp_path / "out") == digest(tmp_path / "new")


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of one megabyte, where this user may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        subprocess.run(made, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("this user may not mount a small file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize(
    ("workers", "format"), [(1, "files"), (2, "files"), (1, "webdataset"), (2, "webdataset"), (1, "parquet")]
)
def test_a_disk_that_is_really_full(tmp_path, dataset, small_disk, workers, format):
    wanted = config(dataset, format=format)
    filling = {"files": 700_000, "webdataset": 850_000, "parquet": 980_000}[format]
    (small_disk / "filling").write_bytes(bytes(filling))
    with pytest.raises(BoxscopeError, match="No space left") as stop, local(workers) as executor:
        export(wanted, small_disk / "out", executor=executor, workers=workers)
    assert "\n" not in str(stop.value)
    (small_disk / "filling").unlink()
    with local(workers) as executor:
        assert export(wanted, small_disk / "out", executor=executor, workers=workers).images == COUNT
    export(wanted, tmp_path / "new")
    assert digest(small_disk / "out") == digest(tmp_path / "new")


FOREIGN = ["{}", "[]", '{"settings": 3}', "nonsense", "\udcff"]


@pytest.mark.parametrize("text", FOREIGN, ids=ascii)
@pytest.mark.parametrize("name", ["export.json", ".work/plan.json"])
def test_a_file_of_that_name_which_is_none_of_ours_is_refused(tmp_path, dataset, name, text):
    path = tmp_path / "train" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BoxscopeError):
        export(config(dataset), tmp_path)
    assert path.read_bytes() == text.encode(errors="surrogateescape")


def test_an_unknown_format_is_refused(dataset):
    with pytest.raises(
        BoxscopeError, match="format: got 'zip', expected one of files, imagefolder, webdataset, parquet"
    ):
        config(dataset, format="zip")


# The same bytes, however it was done


@pytest.mark.slow
def test_bytes_do_not_depend_on_workers_or_interruptions(tmp_path, dataset):
    setup = Setup(AdaptiveThreshold(offsets=(20, 40), min_area=9))
    each = {name: config(dataset, setup, Sampling(side=32), format=name) for name in FORMATS}
    for name, wanted in each.items():
        export(wanted, tmp_path / name / "serial")
    for workers in (1, 2, 8):
        with local(workers) as executor:
            for name, wanted in each.items():
                export(wanted, tmp_path / name / str(workers), executor=executor, workers=workers)
    for name, wanted in each.items():
        start(wanted, tmp_path / name / "resumed")
        export(wanted, tmp_path / name / "resumed")
        assert len({digest(folder) for folder in (tmp_path / name).iterdir()}) == 1, name


def test_bytes_do_not_depend_on_where_the_data_set_lies(tmp_path):
    for place in ("here", "there"):
        annotations = write_scenes(tmp_path / place, 3)
        (annotations.parent / "images" / "001.jpg").unlink()
        export(config(CocoDataset.open(annotations)), tmp_path / f"out-{place}")
    assert digest(tmp_path / "out-here") == digest(tmp_path / "out-there")


# Estimates


def test_an_estimate_of_all_images_is_the_export(tmp_path, dataset):
    guess, done = estimate(config(dataset), images=COUNT), export(config(dataset), tmp_path)
    assert guess.exact
    assert guess.looked_at == guess.images == COUNT
    for name in ("crops", "positives", "negatives", "bytes"):
        assert getattr(guess, name) == getattr(done, name)


def test_an_estimate_of_some_images_is_scaled_up(dataset):
    """Ten crops an image, whatever it shows, but for crowds."""
    guess = estimate(config(dataset, Setup(FullImage())), images=4)
    assert (guess.looked_at, guess.exact, guess.images) == (4, False, COUNT)
    assert guess.crops == guess.positives + guess.negatives == COUNT


def test_an_estimate_writes_nothing(tmp_path):
    wanted = config(small_set(tmp_path, 3))
    before = times(tmp_path)
    estimate(wanted)
    assert times(tmp_path) == before


def test_an_estimate_names_what_cannot_be_used(tmp_path):
    annotations = write_scenes(tmp_path, 3)
    (tmp_path / "images" / "001.jpg").unlink()
    guess, done = (
        act(config(CocoDataset.open(annotations))) for act in (estimate, lambda c: export(c, tmp_path))
    )
    assert [item["file"] for item in guess.skipped] == ["001.jpg"]
    assert (guess.crops, guess.exact) == (done.crops, True)


@pytest.mark.parametrize(("seconds", "most"), [(0.0, 1), (0.25, 8)], ids=["none left", "a quarter second"])
def test_an_estimate_keeps_its_time_and_looks_at_one_at_least(dataset, monkeypatch, seconds, most):
    plain = Grid.__call__
    monkeypatch.setattr(Grid, "__call__", lambda self, image: time.sleep(0.05) or plain(self, image))
    guess = estimate(config(dataset), images=COUNT, seconds=seconds)
    assert 1 <= guess.looked_at <= most
    assert guess.crops > 0
    assert guess.seconds >= 0.05 * COUNT


def test_an_estimate_of_no_images(tmp_path):
    guess = estimate(config(CocoDataset.open(write_coco(tmp_path, {}))))
    assert (guess.images, guess.crops, guess.exact) == (0, 0, True)
