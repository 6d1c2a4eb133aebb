"""Data sets that an export refuses as a whole, and what it writes of them anyway."""

import dataclasses

import pytest

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import ExportFolder, relabel
from core.export.refusals import refusal
from core.labelling import LabelRule
from core.pipeline import Setup
from tests.exports import manifest
from tests.small import Fixed, config, export, scene, small_set, write_coco


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    dataset = small_set(tmp_path_factory.mktemp("data"), 3)
    return dataclasses.replace(dataset, refusals=("boxes are no boxes", "nor are images"))


def test_a_refused_set_is_exported_anyway_alone(tmp_path, refused):
    requested, folder = config(refused), ExportFolder(tmp_path / "train")
    with pytest.raises(BoxscopeError, match=r"boxes are no boxes; nor are images: .*--anyway") as stop:
        export(requested, tmp_path)
    assert not folder.path.exists()
    assert refusal(requested, folder) == refusal(requested, folder, overwrite=True) == str(stop.value)
    assert refusal(requested, folder, anyway=True) == ""
    assert export(requested, tmp_path, anyway=True).images == 3


def test_a_refusal_keeps_the_export_that_it_would_overwrite(tmp_path, refused):
    export(config(refused), tmp_path, anyway=True)
    with pytest.raises(BoxscopeError):
        export(config(refused), tmp_path, overwrite=True)
    assert (tmp_path / "train" / "export.json").is_file()


def test_new_labels_make_no_negative_of_an_image_in_doubt(tmp_path):
    image, _ = scene(0)
    objects = [[0, 0, 40, 40], {"bbox": None}]
    pictures = {"doubt.jpg": (image, objects), "sure.jpg": (image, objects[:1])}
    dataset = CocoDataset.open(write_coco(tmp_path / "data", pictures))
    setup = Setup(Fixed(((0, 0, 40, 28), (50, 50, 60, 60))))  # of IoU .7 and 0
    export(config(dataset, setup), tmp_path / "out")
    folder = ExportFolder(tmp_path / "out" / "train")
    assert sorted((row["file_name"], row["label"]) for row in manifest(folder.path)) == [
        ("doubt.jpg", 1),
        ("sure.jpg", 0),
        ("sure.jpg", 1),
    ]
    with pytest.raises(BoxscopeError, match=r"1 of 3 crops .* doubt\.jpg"):
        relabel(folder, LabelRule(0.8))
    assert relabel(folder, LabelRule(0.6))["changed"] == 0
