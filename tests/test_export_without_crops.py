"""An export that would hold no crop is refused: it says why, ends with 2 and leaves nothing behind."""

import json
from dataclasses import replace

import pytest

from core import cli
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import ExportFolder
from core.labelling import LabelRule
from core.pipeline import Setup
from core.sampling import Sampling
from tests.exports import manifest
from tests.small import CROP_FORMATS, GRID, SMALL, Fixed, config, contents, export, scene, write_coco

ONE_BOX = Setup(Fixed(((0, 0, 40, 40),)))
COMMANDS = {
    "export": ["--split", "train", "--proposer", "grid", "--workers", "1"],
    "dry run": ["--split", "train", "--proposer", "grid", "--dry-run"],
    "proposals": ["--proposer", "grid", "--workers", "1"],
}


def open_set(folder, scenes, **document):
    path = write_coco(folder, scenes)
    path.write_text(json.dumps({**json.loads(path.read_text()), **document}))
    return CocoDataset.open(path)


def refusal(capsys, name, annotations, out, *more):
    """Return the one line with which a command refuses to write."""
    command = "proposals" if name == "proposals" else "export"
    code = cli.main([command, str(annotations), "--out", str(out), *COMMANDS[name], *more])
    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert [*contents(out)] == []
    return captured.err.splitlines()[-1]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_data_set_without_images(tmp_path, capsys, name):
    data = write_coco(tmp_path / "data", {})
    assert refusal(capsys, name, data, tmp_path / "out") == f"boxscope: {data}: lists no images"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["export", "dry run"])
@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ["--negatives-first", "0", "--iou", "1"],
            "Not among the first 0 proposals, from which negatives are sampled",
        ),
        (["--crop-min-side", "500"], "Its shorter side is below 500 px"),
        (["--min-side", "500"], "as grid finds no proposal in the first of them"),
    ],
    ids=["label rule", "size of crops", "filter"],
)
def test_no_box_of_any_image_becomes_a_crop(tmp_path, capsys, name, options, says):
    data = write_coco(tmp_path / "data", {"a.jpg": scene(0), "b.jpg": scene(1)})
    code = cli.main(["export", str(data), "--out", str(tmp_path / "out"), *COMMANDS[name], *options])
    captured = capsys.readouterr()
    line = captured.err.splitlines()[-1]
    assert (code, captured.out) == (2, "")
    assert line.startswith(f"boxscope: {data}: no crop in any of 2 images")
    assert says in line
    assert {file.split("/")[1] for file in contents(tmp_path / "out")} <= {".work"}


@pytest.mark.parametrize("format", [*CROP_FORMATS, "manifest"])
def test_what_the_run_wrote_is_removed_and_it_can_be_done_again(tmp_path, format):
    dataset = open_set(tmp_path / "data", {f"{number}.jpg": scene(number) for number in range(3)})
    none = replace(SMALL, crop_min_side=80)
    with pytest.raises(BoxscopeError, match="no crop in any of 3 images"):
        export(config(dataset, ONE_BOX, none, format=format, shard_images=1), tmp_path / "out")
    folder = ExportFolder(tmp_path / "out" / "train")
    assert folder.state == "failed"
    assert "Its shorter side is below 80 px" in folder.read_progress()["error"]
    assert [path.name for path in folder.path.iterdir()] == [".work"]
    assert export(config(dataset, ONE_BOX, format=format), tmp_path / "out").crops == 3


def test_caps_of_the_set_that_leave_nothing(tmp_path):
    """No positive, and no more negatives than a share of the positives."""
    dataset = open_set(tmp_path / "data", {"a.jpg": (scene(0)[0], []), "b.jpg": (scene(1)[0], [])})
    sampling = Sampling(ratio=1.0, ratio_over="set")
    with pytest.raises(BoxscopeError, match=r"no crop in any of 2 images.* limits over the whole set"):
        export(config(dataset, ONE_BOX, sampling), tmp_path / "out")


def test_images_that_were_skipped_are_counted_beside(tmp_path):
    dataset = open_set(tmp_path / "data", {"a.jpg": scene(0), "b.jpg": scene(1)})
    dataset.path(0).unlink()
    with pytest.raises(BoxscopeError, match=r"no crop in its one image.* 1 more cannot be used, as a\.jpg"):
        export(config(dataset, Setup(Fixed())), tmp_path / "out")


def test_images_that_are_all_empty_give_negatives(tmp_path):
    """That is no mistake: pictures of sound walls are training data."""
    dataset = open_set(tmp_path / "data", {"a.jpg": (scene(0)[0], []), "b.jpg": (scene(1)[0], [])})
    done = export(config(dataset, GRID), tmp_path / "out")
    assert (done.positives, done.negatives) == (0, done.crops)
    assert {row["file_name"] for row in manifest(tmp_path / "out" / "train")} == {"a.jpg", "b.jpg"}


def test_positives_alone_are_an_export(tmp_path):
    image, (box, _) = scene(0)
    dataset = open_set(tmp_path / "data", {"a.jpg": (image, [box])})
    x, y, width, height = box
    setup = Setup(Fixed(((x, y, x + width, y + height),)), rule=LabelRule())
    done = export(config(dataset, setup), tmp_path / "out")
    assert (done.positives, done.negatives) == (1, 0)
