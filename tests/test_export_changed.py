"""Annotations or pictures that change while a run reads them: its end says so, and nothing mixed is kept."""

import pytest

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import ExportFolder, run
from tests.small import config, contents, export, small_set


@pytest.mark.parametrize("changing", ["the annotations", "pictures", "annotations removed"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_changes_while_it_is_exported_gives_no_export_and_is_named(tmp_path, changing, overwrite):
    dataset = small_set(tmp_path / "set", 20)
    steps = run(config(dataset), tmp_path / "out", SerialExecutor(), overwrite=overwrite)
    next(steps), next(steps)
    if changing == "pictures":
        dataset.path(0).write_bytes(dataset.path(0).read_bytes() + b" ")
    elif changing == "the annotations":
        dataset.annotations.write_text(dataset.annotations.read_text() + " ")
    else:
        text = dataset.annotations.read_text()
        dataset.annotations.unlink()
    with pytest.raises(BoxscopeError, match="changed while it was written"):
        list(steps)
    folder = ExportFolder(tmp_path / "out/train")
    assert not folder.is_finished
    assert folder.state == "failed"
    assert "changed while it was written" in folder.read_progress()["error"]
    assert set(contents(tmp_path / "out")) <= {"train/.work/progress.json", "train/.work/lock"}
    if changing == "annotations removed":
        dataset.annotations.write_text(text)
    again = CocoDataset.open(dataset.annotations)
    assert export(config(again), tmp_path / "out").state == "done"
