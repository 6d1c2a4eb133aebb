"""Two runs in one folder: whatever the one does between two steps of the other, both end as if alone."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import ExportFolder, relabel, run
from core.files import files_at, lock_file
from core.files.local import LocalFiles
from core.labelling import LabelRule
from core.pipeline import Setup
from tests.small import Fixed, config, contents, export, small_set
from tests.steps import hooked

ONE = Setup(Fixed(((0, 0, 40, 40),)), order="own")
OTHER = Setup(Fixed(((8, 8, 60, 60),)), order="own")

REFUSALS = ("another export is writing here", "other settings", "no finished export")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Refuse at once, and leave the disk its time."""
    monkeypatch.setattr(lock_file, "WAIT", 0.0)
    monkeypatch.setattr(LocalFiles, "sync_names", lambda self: None)
    monkeypatch.setattr(LocalFiles, "sync_files", lambda self: None)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def outcome(act: Callable[[], object]) -> str:
    """Return how a run ends: ``done``, or the words of its refusal."""
    try:
        act()
    except BoxscopeError as error:
        found = [words for words in REFUSALS if words in str(error)]
        if not found:
            raise
        return found[0]
    return "done"


def interleaved(
    folder: Path, first: Callable[[], object], second: Callable[[], object], number: int
) -> list[str]:
    """Do the first with the second before its call of that number; return how both end, in their order."""
    calls, ends = [0], []

    def hook(name: str, path: str) -> None:
        calls[0] += 1
        if calls[0] == number:
            ends.append(outcome(second))

    with hooked(folder, hook):
        ends.append(outcome(first))
    return ends


@pytest.mark.parametrize("there", ["nothing", "an export"])
def test_a_run_between_any_two_steps_of_another_is_refused_or_both_are_done(tmp_path, there):
    """A waiting run may begin as soon as the other has removed its lock, but not ended."""
    dataset = small_set(tmp_path / "set", 1)
    one, other = config(dataset, ONE), config(dataset, OTHER, format="webdataset")
    expected = []
    for wanted in (one, other):
        export(wanted, tmp_path / wanted.digest)
        expected.append(contents(tmp_path / wanted.digest))
    seen, ends, number = set(), ["", ""], 0
    while len(ends) == 2:
        number += 1
        out = tmp_path / str(number)
        if there == "an export":
            export(config(dataset, ONE, format="imagefolder"), out)
        ends = interleaved(
            out,
            lambda out=out: export(one, out, overwrite=there == "an export"),
            lambda out=out: export(other, out, overwrite=True),
            number,
        )
        seen.add(tuple(ends))
        assert ends[-1] == "done" or ends == ["done", "other settings"]
        assert contents(out) in expected
    refused = ("another export is writing here", "done")
    assert seen >= {refused, ("done", "done")}


def test_an_export_between_any_two_steps_of_a_relabelling(tmp_path):
    dataset, rule = small_set(tmp_path / "set", 1), LabelRule(iou=0.05)
    other, expected = config(dataset, OTHER), []
    for name, wanted in (("new", other), ("whole", config(dataset, ONE))):
        export(wanted, tmp_path / name)
        expected.append(contents(tmp_path / name))
        shutil.copytree(tmp_path / name, tmp_path / f"{name} relabelled")
        relabel(ExportFolder(tmp_path / f"{name} relabelled" / "train"), rule)
        expected.append(contents(tmp_path / f"{name} relabelled"))
    ends, number = ["", ""], 0
    while len(ends) == 2:
        number += 1
        out = tmp_path / str(number)
        shutil.copytree(tmp_path / "whole", out)
        ends = interleaved(
            out,
            lambda out=out: relabel(ExportFolder(out / "train"), rule),
            lambda out=out: export(other, out, overwrite=True),
            number,
        )
        assert "done" in ends
        assert expected.index(contents(out)) in ((0, 1) if ends == ["done", "done"] else (3,))


def test_a_run_whose_lock_someone_removed_ends_and_leaves_the_next_alone(tmp_path):
    requested = config(small_set(tmp_path / "set", 1), ONE)
    steps = run(requested, tmp_path, SerialExecutor())
    next(steps)
    folder = ExportFolder(tmp_path / "train")
    before = (folder.work / "progress.json").read_bytes()
    (folder.work / "lock").unlink()
    (folder.work / "lock").touch()
    with pytest.raises(BoxscopeError, match="work/lock was removed while it was written: run again to go on"):
        list(steps)
    assert not folder.is_finished
    assert (folder.work / "progress.json").read_bytes() == before
    assert export(requested, tmp_path).state == "done"


def test_two_who_ask_at_once_whether_a_folder_is_locked_do_not_see_each_other(tmp_path):
    (tmp_path / "lock").write_text("")
    with (tmp_path / "lock").open("rb") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        assert not files_at(tmp_path).is_locked()
