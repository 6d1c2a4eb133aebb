"""New labels for what was exported: what follows them, and that no moment to be killed at is a bad one."""

import errno
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core import cli
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import Crops, ExportFolder, relabel, run
from core.export.gallery import Gallery
from core.export.names import parse_name
from core.files.local import LocalFiles
from core.labelling import LabelRule
from core.pipeline import Setup
from tests.small import (
    CROP_FORMATS,
    GRID,
    Fixed,
    config,
    contents,
    core,
    digest,
    export,
    scene,
    small_set,
    write_coco,
)

LOWER = LabelRule(0.35)

each_format = pytest.mark.parametrize("format", CROP_FORMATS)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    return small_set(tmp_path_factory.mktemp("data"), 19)


def written(dataset, out: Path, format: str, **rest) -> ExportFolder:
    export(config(dataset, format=format, **rest), out)
    return ExportFolder(out / "train")


def labels_say(folder: Path) -> list[int]:
    """Return the label of each crop, after looking that everything which bears it agrees."""
    crops = Crops(folder)
    labels = crops.labels.tolist()
    if "path" in crops.rows.column_names:
        paths = crops.rows["path"].to_pylist()
        assert [parse_name(path).label for path in paths] == labels
        assert sorted(paths) == sorted(f"crops/{name}" for name in contents(folder / "crops"))
        for path, label in zip(paths, labels, strict=True):
            assert ("negative", "positive")[1 - label] not in path
    counts = crops.summary["counts"]
    assert (counts["positives"], counts["negatives"]) == (sum(labels), len(labels) - sum(labels))
    return labels


@each_format
def test_labels_follow_the_stored_iou_and_back_again(dataset, tmp_path, format):
    folder = written(dataset, tmp_path, format)
    before, first = digest(tmp_path), Crops(folder.path)
    jpegs = [first.jpeg(n) for n in range(len(first))]
    result = relabel(folder, LOWER)
    after = Crops(folder.path)
    assert labels_say(folder.path) == [int(iou > 0.35) for iou in first.ious]
    assert [after.jpeg(n) for n in range(len(after))] == jpegs
    assert result["changed"] == (first.labels != after.labels).sum() > 0
    assert after.summary["relabelled"] == {"iou": "0.35", "inclusive": "false"}
    assert not folder.work.exists()
    assert relabel(folder, LabelRule()) == {
        **result,
        "positives": sum(first.labels),
        "negatives": sum(1 - first.labels),
    }
    assert digest(tmp_path) == before


@pytest.mark.parametrize("format", ["webdataset", "parquet"])
def test_a_relabelled_shard_is_the_one_that_would_have_been_written(dataset, tmp_path, format):
    """The grid gives every crop under either rule, so that the two exports differ in labels alone."""
    relabel(written(dataset, tmp_path / "new", format), LOWER)
    setup = Setup(GRID.proposer, rule=LOWER)
    written(dataset, tmp_path / "cut", format, setup=setup)
    cut, new = contents(tmp_path / "cut" / "train"), contents(tmp_path / "new" / "train")
    assert {name for name in cut if cut[name] != new[name]} == {"export.json"}
    assert json.loads(cut["export.json"])["shards"] == json.loads(new["export.json"])["shards"]


@pytest.mark.parametrize(("inclusive", "label"), [(False, 0), (True, 1)])
def test_the_threshold_itself_counts_where_it_is_wanted(tmp_path, inclusive, label):
    annotations = write_coco(tmp_path / "data", {"a.jpg": (scene(0)[0], [[0, 0, 40, 30]])})
    half = Setup(Fixed(((0, 0, 20, 30),)))
    folder = written(CocoDataset.open(annotations), tmp_path / "out", "files", setup=half)
    relabel(folder, LabelRule(0.5, inclusive))
    assert labels_say(folder.path) == [label]


@each_format
def test_a_second_time_changes_nothing(dataset, tmp_path, format):
    folder = written(dataset, tmp_path, format)
    relabel(folder, LOWER)
    before = digest(tmp_path)
    assert relabel(folder, LOWER)["changed"] == 0
    assert digest(tmp_path) == before


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


def killed_at(monkeypatch, step: int, act: Callable[[], object]) -> bool:
    """Do something, ended just before a file gets its name for the nth time; says whether it was."""
    plain, left = Path.replace, [step]

    def replace(self, target):
        if not left[0]:
            raise Killed
        left[0] -= 1
        return plain(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        try:
            act()
        except Killed:
            return True
    return False


@each_format
def test_killed_at_any_moment_the_next_run_finishes_it(dataset, tmp_path, monkeypatch, format):
    """By the same rule or by the first one: a clean folder each time."""
    folder = written(dataset, tmp_path, format)
    before = digest(tmp_path)
    relabel(folder, LOWER)
    after = digest(tmp_path)
    relabel(folder, LabelRule())
    step = 0
    while killed_at(monkeypatch, step, lambda: relabel(folder, LOWER)):
        if "relabelling" in folder.read_summary():
            with pytest.raises(BoxscopeError, match="relabel again"):
                Crops(folder.path)
        if step % 2:
            relabel(folder, LOWER)
            assert digest(tmp_path) == after
        relabel(folder, LabelRule())
        assert digest(tmp_path) == before
        step += 1
    assert step >= 4
    assert digest(tmp_path) == after


def test_a_crop_that_is_gone_is_named_before_anything_is_done(dataset, tmp_path):
    folder = written(dataset, tmp_path, "files")
    crops = Crops(folder.path)
    lost = next(n for n, iou in enumerate(crops.ious) if 0.35 < iou <= 0.5)
    path = folder.path / crops.row(lost)["path"]
    path.unlink()
    before = digest(tmp_path)
    with pytest.raises(BoxscopeError, match=f"{path.name}: no such file, nothing relabelled"):
        relabel(folder, LOWER)
    assert digest(tmp_path) == before


@pytest.mark.parametrize("format", ["webdataset", "parquet"])
def test_a_damaged_shard_is_named_before_anything_is_done(dataset, tmp_path, format):
    folder = written(dataset, tmp_path, format)
    path = folder.path / folder.read_summary()["shards"][1]["name"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BoxscopeError, match=f"{path.name}: SHA-256 .* it was changed"):
        relabel(folder, LOWER)
    assert "relabelling" not in folder.read_summary()


@pytest.mark.parametrize("damage", [b"", b"nonsense", None], ids=["empty", "nonsense", "missing"])
def test_a_manifest_that_cannot_be_read_is_named_by_all_who_read_it(dataset, tmp_path, damage):
    folder = written(dataset, tmp_path, "files")
    folder.manifest.unlink()
    if damage is not None:
        folder.manifest.write_bytes(damage)
    for read in (lambda: relabel(folder, LOWER), lambda: Crops(folder.path), lambda: Gallery(folder.path)):
        with pytest.raises(BoxscopeError, match=r"manifest.parquet: cannot be read \([^\n]+\)$"):
            read()
    assert "relabelling" not in folder.read_summary()


def test_a_manifest_with_damage_in_the_middle_is_named(dataset, tmp_path):
    folder = written(dataset, tmp_path, "files")
    data = folder.manifest.read_bytes()
    folder.manifest.write_bytes(data[:4] + bytes(len(data) // 2) + data[4 + len(data) // 2 :])
    for read in (lambda: relabel(folder, LOWER), lambda: Crops(folder.path)):
        with pytest.raises(BoxscopeError, match=r"manifest.parquet: cannot be read"):
            read()


def test_a_full_disk_is_one_line_and_can_be_gone_on_from(dataset, tmp_path, monkeypatch):
    folder = written(dataset, tmp_path, "webdataset")
    plain = LocalFiles.commit

    def full(self, written):
        if self.path.suffix == ".tar":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(self, written)

    with monkeypatch.context() as patch:
        patch.setattr(LocalFiles, "commit", full)
        with pytest.raises(BoxscopeError, match="No space left on device: relabel again to go on"):
            relabel(folder, LOWER)
    relabel(folder, LOWER)
    assert labels_say(folder.path)


def test_the_first_settings_are_refused_while_other_labels_stand(dataset, tmp_path):
    requested = config(dataset)
    export(requested, tmp_path)
    relabel(ExportFolder(tmp_path / "train"), LOWER)
    assert ExportFolder(tmp_path / "train").read_settings() != requested.settings
    with pytest.raises(BoxscopeError, match=r"\(relabelled above 0.35 there, none wanted\)"):
        list(run(requested, tmp_path, SerialExecutor()))
    relabel(ExportFolder(tmp_path / "train"), LabelRule())
    assert export(requested, tmp_path).state == "done"


def test_labels_by_a_rule_are_not_taken_for_an_export_by_it(dataset, tmp_path):
    """It would have chosen other crops."""
    lower = config(dataset, replace(GRID, rule=LOWER))
    export(lower, tmp_path)
    relabel(ExportFolder(tmp_path / "train"), LabelRule(0.5, inclusive=True))
    for rule in (LabelRule(0.5, inclusive=True), LOWER):
        with pytest.raises(BoxscopeError, match=r"relabelled from 0.5 there, none wanted"):
            export(replace(lower, setup=replace(GRID, rule=rule)), tmp_path)


def test_an_export_that_is_being_written_is_not_relabelled(dataset, tmp_path):
    begun = run(config(dataset), tmp_path, SerialExecutor())
    next(begun)
    with pytest.raises(BoxscopeError, match="no finished export"):
        relabel(ExportFolder(tmp_path / "train"), LOWER)
    begun.close()


def test_the_command_names_the_folder_where_it_stands(dataset, tmp_path, monkeypatch, capsys):
    folder = written(dataset, tmp_path, "parquet")
    monkeypatch.chdir(folder.path)
    assert cli.main(["relabel", ".", "--positive", "0.35", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["train"]


def test_the_command_does_both_splits(tmp_path):
    annotations = write_coco(tmp_path / "data", {"a.jpg": scene(0), "b.jpg": scene(3)})
    for split in ("train", "valid"):
        words = ("export", annotations, "--out", tmp_path / "out", "--split", split, "--proposer", "grid")
        assert core(*words, "--side", 16, "--workers", 1, "--format", "parquet").returncode == 0
    done = core("relabel", tmp_path / "out", "--positive", "0.35", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["train", "valid"]
    assert found["train"]["crops"] == found["train"]["positives"] + found["train"]["negatives"]
    assert "labels changed" in done.stderr
    assert core("relabel", tmp_path / "out" / "train", "--positive", "0.5").returncode == 0
    wrong = core("relabel", tmp_path, "--positive", "0.35")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert core("relabel", tmp_path / "out", "--positive", "2").returncode == 2
