"""Each format read by the program it is made for, and by our own reader."""

import hashlib
import io
import json
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image as PILImage

from core import cli
from core.cli.spelling import export_command
from core.cutting import Cutter
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor, local
from core.export import FORMATS, Crops, DatasetKind, ExportFolder, relabel
from core.export.formats.parquet import ROW_GROUP
from core.export.formats.webdataset import tar_header
from core.export.gallery import Gallery
from core.export.names import crop_name, is_crop_name, parse_name
from core.export.results import entries, write_results
from core.labelling import LabelRule
from core.pipeline import Setup, propose
from core.proposers import Grid
from core.sampling import Sampling
from tests.small import (
    CROP_FORMATS,
    GRID,
    WIDTH,
    Fixed,
    FixedOnWide,
    config,
    contents,
    digest,
    export,
    scene,
    small_set,
    write_coco,
)

SHARDED = [name for name, form in FORMATS.items() if form.sharded]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    return small_set(tmp_path_factory.mktemp("data"), 19)


@pytest.fixture(scope="module")
def exports(dataset, tmp_path_factory) -> dict[str, Path]:
    """The same crops in each format."""
    out = tmp_path_factory.mktemp("out")
    for name in CROP_FORMATS:
        export(config(dataset, format=name), out / name)
    return {name: out / name / "train" for name in CROP_FORMATS}


def test_every_format_holds_the_same_crops(exports):
    opened = {name: Crops(folder) for name, folder in exports.items()}
    plain = opened.pop("files")
    for crops in opened.values():
        assert [crops.jpeg(n) for n in range(len(crops))] == [plain.jpeg(n) for n in range(len(plain))]
        for name in ("labels", "ious", "boxes", "truth_boxes"):
            assert np.array_equal(getattr(crops, name), getattr(plain, name), equal_nan=name == "truth_boxes")


@pytest.mark.parametrize("name", CROP_FORMATS)
def test_a_reader_can_be_sent_to_another_process(exports, name):
    crops = Crops(exports[name])
    before = crops.jpeg(5)
    assert pickle.loads(pickle.dumps(crops)).jpeg(5) == before
    assert crops.row(5)["rank"] == crops.rows["rank"][5].as_py()


# manifest


def test_a_manifest_alone_says_of_the_crops_what_the_others_do_and_cuts_none(
    tmp_path, dataset, exports, monkeypatch
):
    monkeypatch.setattr(Cutter, "encode", lambda *_: pytest.fail("a crop was cut"))
    last = export(config(dataset, format="manifest"), tmp_path)
    folder = tmp_path / "train"
    assert sorted(path.name for path in folder.iterdir()) == ["export.json", "manifest.parquet"]
    table = pq.read_table(exports["files"] / "manifest.parquet")
    assert pq.read_table(folder / "manifest.parquet").equals(table.drop_columns(["path"]))
    assert (last.crops, last.bytes) == (table.num_rows, 0)
    with pytest.raises(BoxscopeError, match="train: holds a manifest alone, expected a --format with crops"):
        Crops(folder).jpeg(0)
    with pytest.raises(BoxscopeError, match="train: holds a manifest alone, expected a --format with crops"):
        Gallery(folder).data(0)


def test_a_manifest_alone_can_be_relabelled(tmp_path, dataset, exports):
    for name in ("manifest", "files"):
        export(config(dataset, format=name), tmp_path / name)
        relabel(ExportFolder(tmp_path / name / "train"), LabelRule(0.2))
    alone, files = (Crops(tmp_path / name / "train") for name in ("manifest", "files"))
    assert (alone.labels == files.labels).all()
    assert (alone.labels != Crops(exports["files"]).labels).any()


# webdataset


def test_a_tar_has_class_picture_and_facts_of_each_crop_under_one_key(exports):
    rows = iter(pq.read_table(exports["webdataset"] / "manifest.parquet").to_pylist())
    for path in sorted(exports["webdataset"].glob("*.tar")):
        # As WebDataset reads it: a stream, and what stands before the first dot is the key.
        with tarfile.open(path, "r|*") as shard:
            samples: dict[str, dict[str, bytes]] = {}
            for member in shard:
                key, _, suffix = member.name.partition(".")
                samples.setdefault(key, {})[suffix] = shard.extractfile(member).read()
        for row_index, (key, sample) in enumerate(samples.items()):
            row = next(rows)
            assert list(sample) == ["cls", "jpg", "json"]
            assert (row["key"], row["shard"], row["row"]) == (key, path.name, row_index)
            facts = json.loads(sample["json"])
            assert facts == {name: row[name] for name in facts}
            assert int(sample["cls"]) == row["label"] == facts["label"]
            assert PILImage.open(io.BytesIO(sample["jpg"])).size == (16, 16)
            data = path.read_bytes()[row["offset"] : row["offset"] + row["size"]]
            assert data == sample["jpg"]
    assert next(rows, None) is None


def test_headers_of_a_tar_tell_nothing_of_who_wrote_it_and_when(exports):
    with tarfile.open(exports["webdataset"] / "shard-00000.tar") as shard:
        members = shard.getmembers()
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname, m.mode) for m in members} == {(0, 0, 0, "", "", 0o644)}
    assert [m.name for m in members] == sorted(m.name for m in members)


@pytest.mark.parametrize("size", [0, 1, 511, 5_000, 8**11])
@pytest.mark.parametrize("name", ["a.jpg", "x" * 96 + ".jpg", "x" * 97 + ".jpg", "ü.jpg"], ids=ascii)
def test_headers_are_those_of_tarfile(name, size):
    member = tarfile.TarInfo(name)
    member.size = size
    assert tar_header(name, size) == member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def test_webdataset_itself_reads_the_shards(exports):
    webdataset = pytest.importorskip("webdataset")
    shards = [str(path) for path in sorted(exports["webdataset"].glob("*.tar"))]
    samples = list(
        webdataset.WebDataset(shards, shardshuffle=False).decode("pil").to_tuple("jpg", "cls", "json")
    )
    assert [label for _, label, _ in samples] == Crops(exports["webdataset"]).labels.tolist()
    assert samples[0][0].size == (16, 16)
    assert samples[0][2]["file_name"] == "000.jpg"


@pytest.mark.parametrize(
    "name", ["a b.jpg", "wänd/ü.1.jpg", "x" * 140 + ".jpg", "雨" * 40 + ".jpg"], ids=ascii
)
def test_any_name_of_a_picture_makes_a_key(tmp_path, name):
    annotations = write_coco(tmp_path / "data", {name: scene(0)})
    export(config(CocoDataset.open(annotations), format="webdataset"), tmp_path / "out")
    crops = Crops(tmp_path / "out" / "train")
    with tarfile.open(tmp_path / "out" / "train" / "shard-00000.tar") as shard:
        names = [n.removesuffix(".jpg") for n in shard.getnames() if n.endswith(".jpg")]
        assert names == crops.rows["key"].to_pylist()
        assert shard.extractfile(f"{names[3]}.jpg").read() == crops.jpeg(3)
    assert not any("." in key for key in names)


# parquet


def test_parquet_shards_are_the_manifest_and_the_pictures(exports):
    manifest = pq.read_table(exports["parquet"] / "manifest.parquet")
    table = pq.read_table(sorted(exports["parquet"].glob("shard-*.parquet")))
    assert table.drop(["image"]).equals(manifest)
    crops = Crops(exports["parquet"])
    images = table["image"].to_pylist()
    assert [image["bytes"] for image in images] == [crops.jpeg(n) for n in range(len(crops))]
    paths = [image["path"] for image in images]
    assert paths[0].endswith(".0.jpg")
    assert len(set(paths)) == len(paths)


def test_hugging_face_is_told_which_column_is_a_picture(exports):
    """The documented metadata of `datasets`: a type for every column, so that it shows pictures."""
    schema = pq.read_schema(exports["parquet"] / "shard-00000.parquet")
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    assert features["image"] == {"_type": "Image"}
    assert features["iou"] == {"dtype": "float32", "_type": "Value"}
    assert features["label"] == {"dtype": "int8", "_type": "Value"}
    # It compares whole fields: one that may not be null would be a dictionary, and no picture.
    assert schema.field("image") == pa.field(
        "image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    )


def test_shards_of_layout_4_are_read_and_keep_their_column_under_new_labels(tmp_path):
    export(config(small_set(tmp_path / "data", 3), format="parquet"), tmp_path / "out")
    folder = tmp_path / "out" / "train"
    before = [Crops(folder).jpeg(n) for n in range(len(Crops(folder)))]
    path, summary = folder / "shard-00000.parquet", json.loads((folder / "export.json").read_text())
    assert summary["settings"]["layout"] == 5
    table = pq.read_table(path)
    pictures = pa.array([image["bytes"] for image in table["image"].to_pylist()], pa.binary())
    pq.write_table(table.drop(["image"]).append_column("jpeg", pictures), path, row_group_size=ROW_GROUP)
    summary["settings"]["layout"] = 4
    summary["shards"][0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "export.json").write_text(json.dumps(summary))
    for _ in range(2):
        crops = Crops(folder)
        assert [crops.jpeg(n) for n in range(len(crops))] == before
        relabel(ExportFolder(folder), LabelRule(0.2))
    assert pq.read_schema(path).names[-1] == "jpeg"


def test_row_groups_are_small_enough_to_read_one_crop(tmp_path):
    dataset = small_set(tmp_path / "data", 3)
    many = Setup(Grid(levels=5))
    export(config(dataset, many, format="parquet"), tmp_path / "out")
    file = pq.ParquetFile(tmp_path / "out" / "train" / "shard-00000.parquet")
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    assert len(sizes) > 2
    assert set(sizes[:-1]) == {ROW_GROUP}
    crops, plain = Crops(tmp_path / "out" / "train"), file.read()["image"].to_pylist()
    rows = np.random.default_rng(0).permutation(len(crops))[:200].tolist()
    assert [crops.jpeg(n) for n in rows] == [plain[n]["bytes"] for n in rows]


# Shards


@pytest.mark.parametrize("name", SHARDED)
def test_the_summary_lists_every_shard_with_its_checksum(exports, name):
    crops = Crops(exports[name])
    files = crops.summary["shards"]
    found = sorted(path.name for path in exports[name].glob("shard-*"))
    assert [file["name"] for file in files] == found
    for file in files:
        data = (exports[name] / file["name"]).read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert [len(rows) for rows in crops.shards()] == [file["crops"] for file in files]
    assert [n for rows in crops.shards() for n in rows] == list(range(len(crops)))


@pytest.mark.parametrize("name", SHARDED)
def test_shards_without_a_crop_are_there_and_can_be_read(tmp_path, name):
    """So that the numbers have no gap: ``shard-{00000..00002}.tar`` names them all."""
    scenes = {f"{number}.jpg": scene(number, WIDTH * (2 if number == 1 else 1)) for number in range(3)}
    dataset = CocoDataset.open(write_coco(tmp_path / "data", scenes))
    setup = Setup(FixedOnWide(((0, 0, 20, 20),)))
    done = export(config(dataset, setup, format=name, shard_images=1), tmp_path)
    assert (done.state, done.crops) == ("done", 1)
    assert len(Crops(tmp_path / "train")) == 1
    counts = []
    for path in sorted((tmp_path / "train").glob("shard-*")):
        if path.suffix == ".tar":
            with tarfile.open(path, "r|*") as shard:
                counts.append(sum(name.endswith(".cls") for name in shard.getnames()))
        else:
            counts.append(pq.read_table(path).num_rows)
    assert counts == [0, 1, 0]


@pytest.mark.parametrize("name", CROP_FORMATS)
def test_the_size_of_shards_groups_the_crops_and_nothing_else(tmp_path, dataset, exports, name):
    export(config(dataset, format=name, shard_images=5), tmp_path)
    five, eight = Crops(tmp_path / "train"), Crops(exports[name])
    assert [five.jpeg(n) for n in range(len(five))] == [eight.jpeg(n) for n in range(len(eight))]
    if name in SHARDED:
        assert len(five.summary["shards"]) == 4
        assert {row // 5 for row in range(19)} == {
            FORMATS[name].shard_number(f["name"]) for f in five.summary["shards"]
        }


def test_a_shard_of_no_images_is_refused(dataset):
    with pytest.raises(BoxscopeError, match="shard_images: got 0, expected at least 1"):
        config(dataset, shard_images=0)


# Reading


def test_an_unfinished_export_is_not_read(tmp_path):
    with pytest.raises(BoxscopeError, match="no finished export"):
        Crops(tmp_path)


@pytest.mark.parametrize("name", CROP_FORMATS)
def test_a_missing_file_is_named(tmp_path, dataset, name):
    export(config(dataset, format=name), tmp_path)
    crops = Crops(tmp_path / "train")
    row = crops.row(0)
    path = tmp_path / "train" / (row.get("path") or row["shard"])
    path.unlink()
    with pytest.raises(BoxscopeError, match=f"{path.name}: cannot be read .*No such file"):
        crops.jpeg(0)


@pytest.mark.parametrize("name", SHARDED)
def test_a_broken_off_shard_is_named(tmp_path, dataset, name):
    export(config(dataset, format=name), tmp_path)
    crops = Crops(tmp_path / "train")
    path = tmp_path / "train" / crops.row(0)["shard"]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(BoxscopeError, match=f"{path.name}: cannot be read"):
        crops.jpeg(9)


# Names


def test_a_name_gives_back_iou_and_label():
    assert parse_name("wall_2.7.0_93.1.jpg") == (0.93, 1)
    assert parse_name("crops/negative/" + crop_name("a", 12, 0.3, 0)) == (0.3, 0)


@pytest.mark.parametrize("name", ["a.jpg", "a.1.0_9.x.jpg", "a.1.0_9.1.gif", ""])
def test_what_is_no_name_of_a_crop_is_refused(name):
    assert not is_crop_name(name)
    with pytest.raises(BoxscopeError, match="no name of a crop"):
        parse_name(name)


def test_a_label_changes_name_and_class_folder_alone():
    files, folders = FORMATS["files"], FORMATS["imagefolder"]
    assert files.with_label("crops/a.7.0_93.1.jpg", 0) == "crops/a.7.0_93.0.jpg"
    assert folders.with_label("crops/positive/a.7.0_93.1.jpg", 0) == "crops/negative/a.7.0_93.0.jpg"
    assert folders.with_label("crops/negative/a.7.0_93.0.jpg", 0) == "crops/negative/a.7.0_93.0.jpg"


def test_shards_are_numbered_beyond_five_digits():
    form = FORMATS["webdataset"]
    assert form.shard_name(123456) == "shard-123456.tar"
    assert form.shard_number("shard-123456.tar") == 123456


# COCO results


def results(dataset, path, setup=GRID, executor=None, workers=1, **rest):
    *_, last = write_results(dataset, setup, path, executor or SerialExecutor(), workers, **rest)
    return last


def test_pycocotools_reads_the_proposals(tmp_path, dataset):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    done = results(dataset, tmp_path / "p.json")
    truth = COCO(str(dataset.annotations))
    found = truth.loadRes(str(tmp_path / "p.json"))
    assert (done.images, done.proposals, len(found.anns)) == (19, 190, 190)
    for index in range(len(dataset)):
        ours, _ = propose(GRID, dataset.read(index))
        theirs = found.loadAnns(found.getAnnIds([int(dataset.image_ids[index])]))
        theirs.sort(key=lambda a: -a["score"])
        corners = [[x, y, x + w, y + h] for x, y, w, h in (a["bbox"] for a in theirs)]
        assert corners == ours.boxes.tolist()
    for drawn in truth.anns.values():
        drawn.update(iscrowd=drawn.get("iscrowd", 0), area=drawn["bbox"][2] * drawn["bbox"][3])
    judge = COCOeval(truth, found, "bbox")
    judge.params.useCats = 0
    judge.evaluate()
    judge.accumulate()
    assert (judge.eval["recall"] >= 0).any()


def test_scores_fall_strictly_with_rank():
    boxes = np.tile(np.array([[1, 2, 4, 8]], np.float32), (20_000, 1))
    scores = np.array([entry["score"] for entry in entries(boxes, 7, 3)])
    assert (np.diff(scores) < 0).all()
    assert (np.diff(scores.astype(np.float32)) < 0).all()
    assert 0 < scores.min() < scores.max() == 1
    assert entries(boxes[:1], 7, 3) == [{"image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 6], "score": 1.0}]


def test_no_proposal_at_all_makes_no_file(tmp_path, dataset):
    """pycocotools cannot read an empty list."""
    with pytest.raises(BoxscopeError, match=r"no proposal in any of \d+ images, nothing is written"):
        results(dataset, tmp_path / "p.json", Setup(Fixed()))
    assert [*tmp_path.iterdir()] == []


def test_the_bytes_of_results_do_not_depend_on_workers_or_interruptions(tmp_path, dataset):
    for name in ("one", "two", "cut"):
        (tmp_path / name).mkdir()
    results(dataset, tmp_path / "one" / "p.json")
    with local(2) as executor:
        results(dataset, tmp_path / "two" / "p.json", executor=executor, workers=2)
    begun = write_results(dataset, GRID, tmp_path / "cut" / "p.json", SerialExecutor())
    next(begun)
    next(begun)
    begun.close()
    assert not (tmp_path / "cut" / "p.json").exists()
    first, *_ = write_results(dataset, GRID, tmp_path / "cut" / "p.json", SerialExecutor())
    assert first.done >= 8
    results(dataset, tmp_path / "cut" / "p.json", overwrite=True)
    assert len({digest(tmp_path / name) for name in ("one", "two", "cut")}) == 1


def test_other_settings_do_not_go_on_from_what_was_begun(tmp_path, dataset):
    begun = write_results(dataset, Setup(Grid(levels=1)), tmp_path / "p.json", SerialExecutor())
    next(begun)
    next(begun)
    begun.close()
    first, *_, last = write_results(dataset, GRID, tmp_path / "p.json", SerialExecutor())
    assert (first.done, last.proposals) == (0, 190)


def test_another_label_rule_goes_on_from_what_was_begun(tmp_path, dataset):
    begun = write_results(dataset, GRID, tmp_path / "p.json", SerialExecutor())
    next(begun)
    next(begun)
    begun.close()
    other = replace(GRID, rule=LabelRule(iou=0.3, inclusive=True))
    first, *_ = write_results(dataset, other, tmp_path / "p.json", SerialExecutor())
    assert first.done >= 8


def test_results_over_a_file_are_refused_unless_wanted(tmp_path, dataset):
    (tmp_path / "p.json").write_text("mine")
    with pytest.raises(BoxscopeError, match="there is a file of that name"):
        results(dataset, tmp_path / "p.json")
    assert contents(tmp_path) == {"p.json": b"mine"}
    results(dataset, tmp_path / "p.json", overwrite=True)
    assert len(json.loads((tmp_path / "p.json").read_text())) == 190


def test_images_that_cannot_be_used_are_named_in_results(tmp_path):
    found = small_set(tmp_path / "data", 3)
    found.path(1).unlink()
    done = results(found, tmp_path / "p.json")
    assert (done.images, [image["file"] for image in done.skipped]) == (2, ["001.jpg"])


def test_an_image_without_a_number_as_id_is_named_in_results_and_the_others_keep_theirs(tmp_path):
    pictures = {f"{n}.jpg": scene(n) for n in range(3)}
    found = CocoDataset.open(write_coco(tmp_path / "data", pictures, ids=[1, "7", None]))
    done = results(found, tmp_path / "p.json")
    assert [image["file"] for image in done.skipped] == ["2.jpg"]
    assert {entry["image_id"] for entry in json.loads((tmp_path / "p.json").read_text())} == {1, 7}


@pytest.mark.parametrize("overwrite", [True, False])
def test_results_onto_a_folder_are_refused_before_anything_is_done(tmp_path, dataset, overwrite):
    (tmp_path / "p.json").mkdir()
    with pytest.raises(BoxscopeError, match=r"p\.json: is a folder"):
        next(write_results(dataset, GRID, tmp_path / "p.json", SerialExecutor(), overwrite=overwrite))
    assert [path.name for path in tmp_path.iterdir()] == ["p.json"]


@pytest.mark.parametrize("before", ["", "[]"], ids=["no file", "a file"])
def test_without_a_single_picture_there_are_no_results(tmp_path, before):
    found = small_set(tmp_path / "data", 3)
    for index in range(3):
        found.path(index).unlink()
    out = tmp_path / "out"
    out.mkdir()
    if before:
        (out / "p.json").write_text(before)
    with pytest.raises(BoxscopeError, match=r"cannot use any of its 3 images, .* 000\.jpg: no such file"):
        results(found, out / "p.json", overwrite=True)
    assert contents(out) == ({"p.json": before.encode()} if before else {})


# The command line


def test_the_commands_write_each_format_and_the_proposals(tmp_path, dataset, exports, capsys):
    grid = ["--proposer", "grid", "--param", "levels=2", "--param", "aspects=1.0", "--workers", "1", "--json"]
    for name in SHARDED:
        words = ["export", str(dataset.annotations), "--out", str(tmp_path / name), "--split", "train"]
        assert cli.main([*words, "--side", "16", "--format", name, *grid]) == 0
        assert digest(tmp_path / name / "train") == digest(exports[name])
    capsys.readouterr()
    words = ["proposals", str(dataset.annotations), "--out", str(tmp_path / "p.json"), *grid]
    assert cli.main(words) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["images"], result["proposals"], result["skipped"]) == (19, 190, [])
    assert len(json.loads((tmp_path / "p.json").read_text())) == 190
    assert cli.main(words) == 2
    assert "there is a file of that name" in capsys.readouterr().err


@pytest.mark.parametrize("name", CROP_FORMATS)
def test_the_command_of_an_export_spells_its_format(name):
    words = export_command("a.json", "out", DatasetKind.TRAIN, GRID, Sampling(), format=name)
    assert ("--format" in words) == (name != "files")
    assert name == "files" or words[words.index("--format") + 1] == name
