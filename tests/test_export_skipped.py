"""Which images an export passes over, and how it names them."""

import dataclasses
import json

import pytest
from PIL import Image as PILImage

from core import boxes as bx
from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import ExportFolder, estimate
from core.export.config import SHARD_IMAGES
from core.pipeline import Setup
from core.proposers import Found
from core.sampling import Sampling
from tests.exports import COUNT, manifest
from tests.small import (
    CROP_FORMATS,
    SMALL,
    Fixed,
    config,
    digest,
    export,
    scene,
    write_coco,
    write_scenes,
)

COUNTED = Sampling(cut=Cut(side=16), set_negatives=20)


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
    def fail(self, image, ref=None):
        if (image == dataset.read(2)).all():
            raise ValueError("too dark")
        return Found(bx.as_boxes([[0, 0, 20, 20]]))

    monkeypatch.setattr(Fixed, "propose", fail)
    done = export(config(dataset, Setup(Fixed())), tmp_path)
    assert (done.images, [item["file"] for item in done.skipped]) == (COUNT - 1, ["002.jpg"])
    assert "fixed failed on it (too dark)" in done.skipped[0]["reason"]


@pytest.mark.parametrize("sampling", [SMALL, COUNTED], ids=["plain", "counted"])
def test_an_image_that_lost_an_object_gives_no_negatives(tmp_path, sampling):
    """A negative of it might show the object; one that is marked as empty has none to show."""
    image, boxes = scene(0)
    objects = {"whole": boxes, "part": [*boxes, {"bbox": None}], "none": [[5, 5, 0, 9]], "marked": [[]]}
    pictures = {f"{name}.jpg": (image, own) for name, own in objects.items()}
    with_objects = dataclasses.replace(sampling, truth_boxes=True)
    requested = config(CocoDataset.open(write_coco(tmp_path / "data", pictures)), sampling=with_objects)
    guess, done = estimate(requested), export(requested, tmp_path / "out")
    none = "1 of its objects cannot be used (annotation 6 [5.0, 5.0, 0.0, 9.0] has no area)"
    part = "1 of its objects cannot be used (annotation 5 has no box of four numbers)"
    assert done.result()["skipped"] == guess.skipped == [{"file": "none.jpg", "reason": none}]
    assert done.result()["no_negatives"] == guess.no_negatives == [{"file": "part.jpg", "reason": part}]
    rows = manifest(tmp_path / "out" / "train")
    assert {row["file_name"] for row in rows if not row["label"]} == {"marked.jpg", "whole.jpg"}
    positive = {(row["file_name"], row["rank"]) for row in rows if row["label"]}
    assert {rank for name, rank in positive if name == "part.jpg"} == {
        rank for name, rank in positive if name == "whole.jpg"
    }
    assert len(positive) == 2 * 2
    summary = json.loads((tmp_path / "out" / "train" / "export.json").read_text())
    assert summary["lost"] == {"images": 0, "objects": 2}
    assert summary["counts"]["no_negatives"] == done.result()["no_negatives"]
    assert (guess.crops, guess.negatives, guess.positives) == (done.crops, done.negatives, done.positives)
    assert export(requested, tmp_path / "out").result() == done.result()


def test_where_nothing_is_lost_the_summary_says_nothing_of_it(finished):
    requested, folder, _ = finished
    summary = json.loads((folder / "export.json").read_text())
    assert not {"lost", "in_doubt"} & {*summary, *requested.settings}


@pytest.mark.parametrize("format", [*CROP_FORMATS, "manifest"])
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


@pytest.mark.parametrize("name", [".", "/", "a\0b.jpg", "x" * 300 + ".jpg"], ids=repr)
def test_a_name_that_no_file_can_have_is_passed_over(tmp_path, name):
    annotations = write_coco(tmp_path / "data", {"a.jpg": scene(0)})
    document = json.loads(annotations.read_text())
    document["images"].append({"id": 2, "file_name": name, "width": 96, "height": 72})
    annotations.write_text(json.dumps(document))
    done = export(config(CocoDataset.open(annotations)), tmp_path / "out")
    assert (done.images, [item["file"] for item in done.skipped]) == (1, [name])


def test_an_image_of_an_empty_name_is_counted_as_lost(tmp_path):
    annotations = write_coco(tmp_path / "data", {"a.jpg": scene(0)})
    document = json.loads(annotations.read_text())
    document["images"].append({"id": 2, "file_name": "", "width": 96, "height": 72})
    annotations.write_text(json.dumps(document))
    export(config(CocoDataset.open(annotations)), tmp_path / "out")
    summary = json.loads((tmp_path / "out/train/export.json").read_text())
    assert summary["lost"] == {"images": 1, "objects": 0}
