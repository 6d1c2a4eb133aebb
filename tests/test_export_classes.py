"""The classes of crops: by label, by category, in every format, in both splits and after relabelling."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import boxes as bx
from core import cli
from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import FORMATS, Crops, ExportFolder, relabel
from core.export.names import class_folders, parse_name, same_file
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import Found
from core.sampling import Sampling
from core.sampling.classes import BINARY_CLASSES, Classes
from tests.drawn import quick
from tests.exports import manifest
from tests.small import Fixed, config, contents, digest, export, write_coco

# Two bars of a wall, and the boxes that find them, miss them, and lie between.
CRACK, SPALL = [0, 0, 40, 20], [50, 30, 40, 20]
BOXES = ((0, 0, 40, 20), (50, 30, 90, 50), (0, 0, 40, 8), (0, 60, 20, 70))
CATEGORIES = {7: "spalling", 0: "crack", 9: "rust"}
BY_CATEGORY = Sampling(cut=Cut(side=16), labels="category")
PLAIN = Sampling(cut=Cut(side=16))
ABOVE = LabelRule()


def wall(*bars) -> np.ndarray:
    picture = np.full((72, 96, 3), 180, np.uint8)
    for x, y, width, height in bars:
        picture[y : y + height, x : x + width] = 40
    return picture


def of_two_kinds(folder: Path, objects=((CRACK, 0), (SPALL, 7)), categories=CATEGORIES) -> CocoDataset:
    """Write a wall with a bar of each category, in a file that lists a third."""
    described = [{"bbox": box, "category_id": category} for box, category in objects]
    path = write_coco(folder, {"wall.png": (wall(*(box for box, _ in objects)), described)})
    document = json.loads(path.read_text())
    document["categories"] = [{"id": number, "name": name} for number, name in categories.items()]
    path.write_text(json.dumps(document))
    return CocoDataset.open(path)


def written(
    dataset: CocoDataset, out: Path, format: str, sampling=BY_CATEGORY, rule=ABOVE, boxes=BOXES
) -> Path:
    setup = Setup(Fixed(boxes), order="own", rule=rule)
    export(config(dataset, setup, sampling, format=format), out)
    return out / "train"


every_format = pytest.mark.parametrize("format", list(FORMATS))


# By label


@every_format
def test_every_manifest_says_the_category_of_its_positives(tmp_path, format):
    folder = written(of_two_kinds(tmp_path / "data"), tmp_path, format, PLAIN)
    rows = manifest(folder)
    assert [row["label"] for row in rows] == [row["class"] for row in rows] == [1, 1, 0, 0]
    assert [row["category"] for row in rows] == [0, 7, None, None]
    assert [row["gt_category"] for row in rows] == [0, 7, 0, None]
    assert json.loads((folder / "export.json").read_text())["classes"] == [
        {"name": "negative", "category": None},
        {"name": "positive", "category": None},
    ]


def test_a_category_that_is_not_certain_is_not_written(tmp_path):
    """The same bar is annotated twice, with two categories: it is an object, of which kind is unknown."""
    twice = of_two_kinds(tmp_path / "data", ((CRACK, 0), (CRACK, 7)))
    rows = manifest(written(twice, tmp_path, "manifest", PLAIN))
    assert [(row["label"], row["category"], row["gt_category"]) for row in rows[:1]] == [(1, None, None)]
    rows = manifest(written(twice, tmp_path / "by", "manifest"))
    assert [row["label"] for row in rows] == [0, 0, 0]


# By category


@every_format
def test_by_category_the_class_is_that_of_the_matched_object(tmp_path, format):
    folder = written(of_two_kinds(tmp_path / "data"), tmp_path, format)
    rows = manifest(folder)
    assert [row["label"] for row in rows] == [1, 1, 0, 0]
    assert [row["class"] for row in rows] == [1, 2, 0, 0]
    assert [row["category"] for row in rows] == [0, 7, None, None]
    assert json.loads((folder / "export.json").read_text())["classes"] == [
        {"name": "background", "category": None},
        {"name": "crack", "category": 0},
        {"name": "spalling", "category": 7},
        {"name": "rust", "category": 9},
    ]
    crops = Crops(folder)
    assert crops.classes.names == ("background", "crack", "spalling", "rust")
    assert crops.class_numbers.tolist() == [1, 2, 0, 0]
    assert crops.labels.tolist() == [1, 1, 0, 0]
    for row in rows if format in ("files", "imagefolder") else ():
        assert parse_name(row["path"]).label == row["class"]
    if format == "webdataset":
        with tarfile.open(folder / "shard-00000.tar") as shard:
            members = {member.name: shard.extractfile(member).read() for member in shard}
        keys = [row["key"] for row in rows]
        assert [members[f"{key}.cls"] for key in keys] == [b"1", b"2", b"0", b"0"]
        assert [json.loads(members[f"{key}.json"])["category"] for key in keys] == [0, 7, None, None]
    if format == "parquet":
        assert pq.read_table(folder / "shard-00000.parquet")["class"].to_pylist() == [1, 2, 0, 0]


def test_objects_and_boxes_near_them_are_of_their_category(tmp_path):
    sampling = Sampling(cut=Cut(side=16), labels="category", truth_boxes=True, jitter=2)
    rows = manifest(written(of_two_kinds(tmp_path / "data"), tmp_path, "files", sampling))
    near = [row for row in rows if row["source"] != "proposal"]
    assert {row["source"] for row in near} == {"truth", "jitter"}
    found = {(row["gt_id"], row["category"], row["class"]) for row in near if row["label"]}
    assert found == {(1, 0, 1), (2, 7, 2)}


def test_numbers_do_not_depend_on_which_objects_a_split_holds(tmp_path):
    train = of_two_kinds(tmp_path / "train")
    valid = of_two_kinds(tmp_path / "valid", ((SPALL, 7),), dict(reversed(CATEGORIES.items())))
    folders = [written(split, tmp_path / f"out{n}", "imagefolder") for n, split in enumerate((train, valid))]
    summaries = [json.loads((folder / "export.json").read_text()) for folder in folders]
    assert summaries[0]["classes"] == summaries[1]["classes"]
    assert [row["class"] for row in manifest(folders[1])] == [0, 2, 0, 0]


def test_an_object_of_a_category_that_is_not_listed_has_no_class(tmp_path):
    dataset = of_two_kinds(tmp_path / "data", categories={0: "crack"})
    with pytest.raises(BoxscopeError, match="objects have the category 7, which its categories do not list"):
        written(dataset, tmp_path, "files")
    assert not (tmp_path / "train").exists()
    assert manifest(written(dataset, tmp_path, "files", PLAIN))[1]["category"] == 7


def test_the_command_line_writes_classes(tmp_path, capsys):
    annotations = of_two_kinds(tmp_path / "data").annotations
    words = ["export", annotations, "--out", tmp_path, "--split", "train", "--proposer", "grid", "--json"]
    assert cli.main([*map(str, words), "--labels", "category", "--truth-boxes", "--side", "16"]) == 0
    capsys.readouterr()
    rows = manifest(tmp_path / "train")
    assert {(row["gt_id"], row["class"]) for row in rows if row["source"] == "truth"} == {(1, 1), (2, 2)}
    summary = json.loads((tmp_path / "train" / "export.json").read_text())
    assert summary["settings"]["sampling"]["labels"] == "category"


# Folders


@pytest.mark.parametrize("labels", ["binary", "category"])
def test_torchvision_numbers_the_folders_as_the_manifest_does(tmp_path, labels):
    """In both splits, though one has no crop of some classes."""
    folders = pytest.importorskip("torchvision.datasets")
    sampling = Sampling(cut=Cut(side=16), labels=labels)
    both = of_two_kinds(tmp_path / "both"), of_two_kinds(tmp_path / "one", ((SPALL, 7),))
    for number, (dataset, boxes) in enumerate(zip(both, (BOXES, BOXES[1:2]), strict=True)):
        out = written(dataset, tmp_path / f"out{number}", "imagefolder", sampling, boxes=boxes)
        found = folders.ImageFolder(out / "crops", allow_empty=True)
        numbers = {str(Path(path).relative_to(out)): label for path, label in found.samples}
        assert numbers == {row["path"]: row["class"] for row in manifest(out)}
        names = [item["name"] for item in json.loads((out / "export.json").read_text())["classes"]]
        assert found.classes == (names if labels == "binary" else list(class_folders(tuple(names))))


def test_overwriting_leaves_no_folder_of_another_class(tmp_path):
    out = written(of_two_kinds(tmp_path / "data"), tmp_path, "imagefolder")
    assert len(list((out / "crops").iterdir())) == 4
    ExportFolder(out).clear()
    assert not (out / "crops").exists()


@pytest.mark.parametrize(
    ("names", "folders"),
    [
        (["crack", "spalling"], ["background", "crack", "spalling"]),
        (["spalling", "crack"], ["0_background", "1_spalling", "2_crack"]),
        (["Abplatzung"], ["0_background", "1_Abplatzung"]),
        (["crack", "Crack"], ["0_background", "1_crack", "2_Crack"]),
        (["background"], ["0_background", "1_background"]),
        (["a/b", "c:d", ".."], ["0_background", "1_a_b", "2_c_d", "3___"]),
        (["con", "", " "], ["0_background", "1_con_", "2__", "3__"]),
        (["\xfc", "u\u0308"], ["0_background", "1_\xfc", "2_u\u0308"]),
    ],
    ids=str,
)
def test_names_of_class_folders(names, folders):
    assert list(class_folders(("background", *names))) == folders


@quick
@given(st.lists(st.text(max_size=200), max_size=12))
def test_class_folders_are_different_names_that_sort_by_number(names):
    folders = class_folders(("background", *names))
    assert list(folders) == sorted(folders)
    assert len(set(map(same_file, folders))) == len(names) + 1
    for folder in folders:
        assert 0 < len(folder.encode()) <= 120
        assert not set(folder) & set('/\\:*?"<>|.')
        assert folder == folder.strip()


@quick
@given(st.dictionaries(st.integers(-(2**62), 2**62), st.text(max_size=5), max_size=6))
def test_classes_come_back_from_the_summary(categories):
    for labels in ("binary", "category"):
        classes = Classes.of(categories, labels)
        text = json.dumps({"classes": classes.summary()})
        assert Classes.from_summary(json.loads(text)) == classes
        assert not classes.by_category or not classes.has(1, None)
        assert all(classes.has(1, category) and classes.has(0, None) for category in categories)
        assert [classes.number(1, category) for category in sorted(categories)] == (
            [1] * len(categories) if labels == "binary" else list(range(1, len(categories) + 1))
        )
    assert Classes.from_summary({}) == BINARY_CLASSES


# Relabelling


@every_format
def test_relabelling_gives_the_class_of_the_matched_object_and_back_again(tmp_path, format):
    folder = written(of_two_kinds(tmp_path / "data"), tmp_path / "out", format)
    before, jpegs = digest(folder), _jpegs(folder)
    assert relabel(ExportFolder(folder), LabelRule(0.35))["changed"] == 1
    rows = manifest(folder)
    assert [row["class"] for row in rows] == [1, 2, 1, 0]
    assert [row["category"] for row in rows] == [0, 7, 0, None]
    assert _jpegs(folder) == jpegs
    if format in ("files", "imagefolder"):
        assert {row["path"] for row in rows} == {f"crops/{name}" for name in contents(folder / "crops")}
        assert [parse_name(row["path"]).label for row in rows] == [1, 2, 1, 0]
    if format in ("webdataset", "parquet"):
        cut = written(of_two_kinds(tmp_path / "data"), tmp_path / "cut", format, rule=LabelRule(0.35))
        name = next(name for name in contents(folder) if name.startswith("shard"))
        assert contents(folder)[name] == contents(cut)[name]
    relabel(ExportFolder(folder), LabelRule())
    assert digest(folder) == before


def _jpegs(folder: Path) -> list[bytes]:
    crops = Crops(folder)
    has_pixels = crops.summary["settings"]["format"] != "manifest"
    return [crops.jpeg(row) for row in range(len(crops))] if has_pixels else []


def test_a_positive_of_two_categories_is_not_relabelled(tmp_path):
    twice = of_two_kinds(tmp_path / "data", ((CRACK, 0), (CRACK, 7)))
    folder = written(twice, tmp_path / "out", "files")
    before = digest(folder)
    with pytest.raises(BoxscopeError, match="1 of 3 crops would be positive and of two categories at once"):
        relabel(ExportFolder(folder), LabelRule(0.35))
    assert digest(folder) == before


# Inside an object


def test_relabelling_makes_no_negative_of_what_lies_inside_an_object(tmp_path, capsys):
    """The third box is a part of the bar: positive above 0.35, and no negative above 0.5."""
    rule = LabelRule(0.35, ignore_inside=0.5)
    folder = written(of_two_kinds(tmp_path / "data"), tmp_path / "out", "files", rule=rule)
    assert [row["label"] for row in manifest(folder)] == [1, 1, 1, 0]
    before = digest(folder)
    words = ["relabel", str(folder), "--positive", "0.5"]
    assert cli.main(words) == 2
    said = "1 of 4 crops would be neither positive nor negative, since more than 0.5 of each lies inside"
    assert said in capsys.readouterr().err
    assert digest(folder) == before
    assert cli.main([*words, "--ignore-inside", "1"]) == 0
    assert [row["label"] for row in manifest(folder)] == [1, 1, 0, 0]
    assert Crops(folder).summary["relabelled"] == {"iou": "0.5", "inclusive": "false", "ignore_inside": "1.0"}
    assert cli.main(["relabel", str(folder), "--positive", "0.35"]) == 0
    assert digest(folder) == before
    assert cli.main([*words, "--ignore-inside", "2"]) == 2
    assert "--ignore-inside: got 2.0, expected 0.0 to 1.0" in capsys.readouterr().err


def test_an_export_of_parts_of_objects_alone_has_nothing_to_write(tmp_path):
    rule, boxes = LabelRule(ignore_inside=0.5), ((0, 0, 40, 5), (0, 0, 40, 8), (10, 10, 44, 20))
    with pytest.raises(BoxscopeError, match=r"3 of them: .*: \d+ % of it lies inside an object"):
        written(of_two_kinds(tmp_path / "data"), tmp_path, "files", rule=rule, boxes=boxes)


def _as_before_layout_4(folder: Path) -> None:
    """Take the columns out that older versions did not write."""
    columns = ["score", "inside", "mask_pixels", "category", "class", "gt_category", "remark"]
    path = folder / "manifest.parquet"
    pq.write_table(pq.read_table(path).drop_columns(columns), path)
    summary = json.loads((folder / "export.json").read_text())
    settings = summary["settings"]
    del summary["classes"], settings["setup"]["ignore_inside"], settings["setup"]["ignore_mask"]
    del settings["sampling"]["labels"]
    (folder / "export.json").write_text(json.dumps(summary))


@every_format
def test_an_older_manifest_is_read_and_relabelled_but_not_by_a_share_inside(tmp_path, format):
    folder = written(of_two_kinds(tmp_path / "data"), tmp_path, format, PLAIN)
    _as_before_layout_4(folder)
    crops = Crops(folder)
    assert crops.class_numbers.tolist() == crops.labels.tolist() == [1, 1, 0, 0]
    with pytest.raises(BoxscopeError, match="has no column inside, as it was written by an older version"):
        relabel(ExportFolder(folder), LabelRule(0.35, ignore_inside=0.5))
    jpegs = _jpegs(folder)
    assert relabel(ExportFolder(folder), LabelRule(0.35))["changed"] == 1
    rows = manifest(folder)
    assert [row["label"] for row in rows] == [row["class"] for row in rows] == [1, 1, 1, 0]
    assert [row["category"] for row in rows] == [None] * 4
    assert _jpegs(folder) == jpegs
    if format == "parquet":
        assert (
            pq.read_schema(folder / "shard-00000.parquet").names[:-1]
            == pq.read_schema(folder / "manifest.parquet").names
        )


@dataclass(frozen=True)
class Scored(Fixed):
    """Proposes boxes with scores that fall to 1."""

    name: ClassVar[str] = "scored"

    def propose(self, image, ref=None):
        return Found(bx.as_boxes(self.corners), np.arange(len(self.corners), 0, -1, dtype=np.float32))


def test_scores_are_those_of_the_proposer(tmp_path):
    dataset = of_two_kinds(tmp_path / "data")
    setup = Setup(Scored(BOXES), order="own")
    export(config(dataset, setup, Sampling(cut=Cut(side=16), truth_boxes=True)), tmp_path)
    assert [row["score"] for row in manifest(tmp_path / "train")] == [4, 3, 2, 1, None, None]


# Images in doubt


def test_relabelling_takes_no_negatives_of_an_image_whose_truth_may_lack_an_object(tmp_path):
    """Its second bar lost its box: what covers a part of the first may be that one too."""
    dataset = of_two_kinds(tmp_path / "data")
    document = json.loads(dataset.annotations.read_text())
    document["annotations"][1]["bbox"] = None
    dataset.annotations.write_text(json.dumps(document))
    boxes = (BOXES[0], (0, 0, 40, 12))
    folder = written(CocoDataset.open(dataset.annotations), tmp_path, "files", PLAIN, boxes=boxes)
    assert [row["label"] for row in manifest(folder)] == [1, 1]
    before = digest(folder)
    said = "1 of 2 crops would be negatives of images that give none, as wall.png: "
    with pytest.raises(BoxscopeError, match=said):
        relabel(ExportFolder(folder), LabelRule(0.7))
    assert digest(folder) == before
    relabel(ExportFolder(folder), LabelRule(0.6, inclusive=True))
