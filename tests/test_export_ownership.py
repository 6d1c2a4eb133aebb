"""Files in the folder of an export that are not its own: none is replaced, emptied or removed."""

import json
import shutil

import pytest

from core.errors import BoxscopeError
from core.export import ExportFolder, relabel
from core.export.refusals import refusal
from core.labelling import LabelRule
from pages.ui.jobs import process, register
from pages.ui.state import opening, roots
from pages.ui.state.choice import Choice
from tests.small import config, contents, export, small_set

FOREIGN = [
    "manifest.parquet",
    "shard-00000.tar",
    "shard-00000.parquet",
    "crops/000.3.0_51.1.jpg",
    "crops/positive/001.3.0_51.1.jpg",
    ".work/part-000000.parquet",
    ".work/notes.txt",
    ".work/mine",
    ".work/plan.json",
    "export.json",
]


@pytest.fixture
def dataset(tmp_path):
    return small_set(tmp_path / "set", 3)


@pytest.mark.parametrize("overwrite", [False, True], ids=["into", "overwriting"])
@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_someone_else_is_refused_and_named(tmp_path, dataset, name, overwrite):
    path = tmp_path / "out/train" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    wanted = config(dataset, format="webdataset" if "shard" in name else "files")
    with pytest.raises(BoxscopeError, match=name):
        export(wanted, tmp_path / "out", overwrite=overwrite)
    assert contents(tmp_path / "out") == {f"train/{name}": b"mine"}
    assert name in refusal(wanted, ExportFolder(tmp_path / "out/train"), overwrite=overwrite)


@pytest.mark.parametrize("name", ["shard-00007.tar", "crops/000.3.0_51.1.jpg", ".work/notes.txt"])
def test_a_finished_export_does_not_own_what_it_did_not_write(tmp_path, dataset, name):
    export(config(dataset, format="webdataset"), tmp_path)
    path = tmp_path / "train" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = contents(tmp_path)
    for act in (
        lambda: export(config(dataset, format="files"), tmp_path, overwrite=True),
        lambda: relabel(ExportFolder(tmp_path / "train"), LabelRule(iou=0.9)),
    ):
        with pytest.raises(BoxscopeError, match=name):
            act()
        assert contents(tmp_path) == before


@pytest.mark.parametrize("format", ["files", "webdataset"])
def test_a_clearing_that_is_killed_at_any_file_leaves_a_folder_that_knows_its_export(
    tmp_path, dataset, format, monkeypatch
):
    class Killed(Exception):
        pass

    original = ExportFolder(tmp_path / "whole/train")
    export(config(dataset, format=format), tmp_path / "whole")
    unlink = type(original.path).unlink
    for removed in range(len(contents(tmp_path / "whole")) + 1):
        out = tmp_path / str(removed)
        shutil.copytree(tmp_path / "whole", out)
        left = [removed]

        def dying(path, missing_ok=False, left=left):
            if ".tmp" not in path.name:
                if not left[0]:
                    raise Killed
                left[0] -= 1
            unlink(path, missing_ok=missing_ok)

        folder = ExportFolder(out / "train")
        with folder.lock():
            monkeypatch.setattr(type(original.path), "unlink", dying)
            try:
                folder.clear()
            except Killed:
                assert folder.read_settings() is not None
            finally:
                monkeypatch.undo()
        done = export(config(dataset, format="parquet"), out, overwrite=True)
        assert done.images == 3


def test_a_log_of_a_run_lies_in_the_state_folder_and_empties_no_file(tmp_path, monkeypatch, dataset):
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious").write_text("mine")
    (out / "train.log").symlink_to(tmp_path / "precious")
    (out / "valid.log").write_text("mine too")
    log = register.log_of(out / "train")
    log.parent.mkdir(parents=True)
    log.symlink_to(tmp_path / "precious")
    with pytest.raises(BoxscopeError, match="no/such"):
        process.start(["-c", "raise SystemExit('boxscope: no/such file')"], ExportFolder(out / "train"))
    assert (tmp_path / "precious").read_text() == "mine"
    assert (out / "valid.log").read_text() == "mine too"
    assert log.read_text() == "boxscope: no/such file\n"


@pytest.mark.parametrize("name", ["train", "train/crops", "train/.work"])
def test_the_app_exports_through_no_link_that_leads_out(tmp_path, monkeypatch, name):
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path / "home"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = tmp_path / "home/out" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    with pytest.raises(BoxscopeError, match="outside the folders this app may use"):
        roots.expect_export_inside(tmp_path / "home/out/train")
    for inside in ("train", "train/crops"):
        roots.expect_export_inside(tmp_path / "home/other" / inside)


def test_annotations_that_are_a_link_out_are_not_opened(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    (tmp_path / "home/train").mkdir(parents=True)
    (tmp_path / "home/train/annotations.json").symlink_to(secret)
    with pytest.raises(BoxscopeError, match="outside the folders this app may use"):
        opening.splits(Choice(dataset=str(tmp_path / "home")))
