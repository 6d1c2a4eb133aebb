"""Exports into a folder that holds one, that another process holds, or that was left unfinished."""

import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import ExportFolder, run
from core.export.config import SHARD_IMAGES
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, FullImage, Grid
from tests.exports import COUNT, start, times
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
)


def test_a_second_run_writes_nothing_anew(tmp_path, dataset):
    first = export(config(dataset), tmp_path)
    before = times(tmp_path)
    (second,) = run(config(dataset), tmp_path, SerialExecutor())
    assert times(tmp_path) == before
    assert (second.state, second.result()) == ("done", first.result())
    assert (second.images_per_second, second.seconds_left) == (0, None)


def test_an_export_in_the_default_order_is_that_in_the_order_by_name(dataset):
    for proposer, order in ((AdaptiveThreshold(), "area"), (Grid(), "own")):
        named, default = config(dataset, Setup(proposer, order)), config(dataset, Setup(proposer))
        assert (default.settings, default.digest) == (named.settings, named.digest)
        assert default.settings["setup"]["order"] == order


OTHERS = {
    "proposer": lambda requested: {"setup": Setup(FullImage())},
    "levels": lambda requested: {"setup": Setup(Grid(levels=3, aspects=(1.0,)))},
    "order": lambda requested: {"setup": replace(GRID, order="small")},
    "nms": lambda requested: {"setup": replace(GRID, nms=0.5)},
    "min_side": lambda requested: {"setup": replace(GRID, min_side=3)},
    "top": lambda requested: {"setup": replace(GRID, top=3)},
    "iou": lambda requested: {"setup": replace(GRID, rule=LabelRule(iou=0.7))},
    "inclusive": lambda requested: {"setup": replace(GRID, rule=LabelRule(inclusive=True))},
    "negatives_first": lambda requested: {"sampling": replace(SMALL, negatives_first=2)},
    "empty_images": lambda requested: {"sampling": replace(SMALL, empty_images=False)},
    "side": lambda requested: {"sampling": replace(SMALL, cut=Cut(side=8))},
    "quality": lambda requested: {"sampling": replace(SMALL, cut=replace(SMALL.cut, quality=90))},
    "format": lambda requested: {"format": "imagefolder"},
    "shard_images": lambda requested: {"shard_images": 3},
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("begin", [export, start], ids=["finished", "unfinished"])
def test_other_settings_are_refused_by_name(tmp_path, begin, name):
    requested = config(small_set(tmp_path / "data", 2))
    begin(requested, tmp_path / "out")
    before = {name: data for name, data in contents(tmp_path / "out").items() if not name.endswith("lock")}
    with pytest.raises(BoxscopeError, match=f"other settings .*{name} .* there, .* wanted") as refusal:
        export(replace(requested, **OTHERS[name](requested)), tmp_path / "out")
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
    """It looks once a second; here all the time, at some short runs."""
    runs = range(30)
    requested = config(small_set(tmp_path / "data", 1), Setup(Fixed(((0, 0, 9, 9),))), format="manifest")
    looking = threading.Event()

    def look():
        while not looking.is_set():
            for number in runs:
                ExportFolder(tmp_path / str(number) / "train").state  # noqa: B018

    page = threading.Thread(target=look)
    page.start()
    try:
        states = {export(requested, tmp_path / str(number)).state for number in runs}
    finally:
        looking.set()
        page.join()
    assert states == {"done"}
    assert {path.name for path in (tmp_path / str(runs[-1]) / "train").iterdir()} == {
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
    assert len(list((tmp_path / "train" / ".work").glob("part-*"))) == 1
