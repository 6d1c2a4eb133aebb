"""Data and exports behind a URL: the same bytes as on a disk, atomic writes, and one run at a time."""

import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from core import cli
from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError, Unreachable
from core.executors import SerialExecutor
from core.export import Crops, ExportConfig, ExportFolder, estimate, relabel, run
from core.export.relabel import exports_in
from core.files import as_path, files_at, lease
from core.files.lease import Lease, LockHeld
from core.labelling import LabelRule
from core.sampling import Sampling
from tests.small import CROP_FORMATS, GRID, contents, core, environment, export, scene, small_set, write_coco
from tests.small import config as any_config

# Three shards: every crop is a request, and the server a slow one.
COUNT, SHARD_IMAGES = 5, 2

each_format = pytest.mark.parametrize("format", CROP_FORMATS)


def config(dataset: CocoDataset, *rest, **named) -> ExportConfig:
    return any_config(dataset, *rest, shard_images=SHARD_IMAGES, **named)


def wait_until(true: Callable[[], object], seconds: float = 300) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """An S3 server on this machine, and the environment that points to it; yields its address."""
    log = tmp_path_factory.mktemp("s3") / "log"
    args = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with log.open("wb") as file:
        process = subprocess.Popen(args, stdout=file, stderr=file, env=environment())
    try:
        wait_until(lambda: process.poll() is not None or re.search(rb"http://[\d.]+:\d+", log.read_bytes()))
        address = re.search(r"http://[\d.]+:\d+", log.read_text())
        assert address, log.read_text()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", address[0])
            patch.setenv("AWS_ACCESS_KEY_ID", "dummy")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "dummy")
            patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
            patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
            yield address[0]
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def bucket(server) -> Path:
    path = as_path("s3://bucket")
    path.fs.mkdir("bucket")
    return path


@pytest.fixture
def remote(bucket, request) -> Path:
    """Return a folder behind a URL for each test."""
    return bucket / re.sub(r"\W+", "-", request.node.name)


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> CocoDataset:
    return small_set(tmp_path_factory.mktemp("data"), COUNT)


@pytest.fixture(scope="module")
def dataset(local, bucket) -> CocoDataset:
    """The same pictures behind a URL."""
    (bucket / "set").put_tree(local.annotations.parent)
    return CocoDataset.open("s3://bucket/set/annotations.json")


def objects(folder: Path) -> dict[str, bytes]:
    """Return every file below a URL by its name."""
    return {name: (folder / name).read_bytes() for name in folder.sizes()}


@pytest.fixture(scope="module")
def disk(local, tmp_path_factory) -> Callable[[str], Path]:
    """Return the folder of an export of a format on a disk."""

    @cache
    def written(format: str) -> Path:
        out = tmp_path_factory.mktemp("whole")
        export(config(local, format=format), out)
        return out / "train"

    return written


@pytest.fixture(scope="module")
def exported(dataset, bucket) -> Callable[[str], Path]:
    """Return a function that returns the folder of the same export behind a URL."""

    @cache
    def written(format: str) -> Path:
        out = bucket / f"exported-{format}"
        done = export(config(dataset, format=format), out)
        assert (done.state, done.images) == ("done", COUNT)
        return out / "train"

    return written


# The same as on a disk


@each_format
def test_the_bytes_are_those_of_an_export_to_a_disk(dataset, disk, exported, format):
    folder = exported(format)
    assert objects(folder) == contents(disk(format))
    assert ExportFolder(folder).state == "done"
    assert export(config(dataset, format=format), folder.parent).resumed_at == COUNT


@pytest.mark.slow
def test_the_command_takes_urls(dataset, remote, disk):
    """Two worker processes, data and output behind URLs."""
    args = ("--split", "train", "--proposer", "grid", "--param", "levels=2", "--param", "aspects=1.0")
    args += ("--side", "16", "--workers", "2", "--format", "webdataset", "--shard-images", SHARD_IMAGES)
    done = core("export", dataset.annotations, "--out", remote, *args, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["out"] == f"{remote}/train"
    assert objects(remote / "train") == contents(disk("webdataset"))


def test_a_data_set_behind_a_url_is_checked(dataset, capsys):
    assert cli.main(["check", str(dataset.annotations), "--against", str(dataset.annotations), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["images"], found["images_dir"], found["problems"]) == (COUNT, f"{dataset.images_dir}", [])
    assert len(found["shared"]) == COUNT


def test_proposals_of_a_remote_picture_and_into_a_remote_file(dataset, local, remote, tmp_path, capsys):
    assert cli.main(["propose", str(dataset.path(0)), "--proposer", "grid", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"][0]["file"] == "s3://bucket/set/images/000.jpg"
    for data, out in ((dataset, remote / "boxes.json"), (local, tmp_path / "boxes.json")):
        args = ["proposals", str(data.annotations), "--proposer", "grid", "--workers", "1"]
        assert cli.main([*args, "--out", str(out)]) == 0
    assert objects(remote) == {"boxes.json": (tmp_path / "boxes.json").read_bytes()}


def test_an_estimate_reads_and_writes_nothing(dataset, remote):
    assert estimate(config(dataset), folder=ExportFolder(remote / "train")).crops > 0
    assert not remote.exists()


def test_caps_over_the_data_set(dataset, local, remote, tmp_path):
    capped = Sampling(cut=Cut(side=16), set_negatives=7)
    export(config(dataset, sampling=capped), remote)
    export(config(local, sampling=capped), tmp_path)
    assert objects(remote / "train") == contents(tmp_path / "train")


@each_format
def test_crops_are_read_back(disk, exported, format):
    there, here = Crops(str(exported(format))), Crops(disk(format))
    assert there.rows == here.rows
    assert [there.jpeg(n) for n in range(len(there))] == [here.jpeg(n) for n in range(len(here))]


@pytest.mark.slow
def test_training_reads_it_in_forked_workers(disk, exported):
    """Connections are open before the fork, which they do not survive."""
    import torch
    from torch.utils.data import DataLoader, Subset

    from core.training import ProposalDataset

    for format in CROP_FORMATS:
        there, here = ProposalDataset(str(exported(format))), ProposalDataset(disk(format))
        torch.testing.assert_close(there[0], here[0])
        some = DataLoader(Subset(there, range(16)), 8, num_workers=2, multiprocessing_context="fork")
        for found, wanted in zip(some, DataLoader(Subset(here, range(16)), 8), strict=True):
            torch.testing.assert_close(found, wanted)


@each_format
def test_labels_are_written_again_and_after_an_interrupted_run(disk, exported, tmp_path, format):
    rule, folder = LabelRule(0.35), ExportFolder(exported(format))
    shutil.copytree(disk(format), tmp_path / "train")
    before = objects(folder.path)
    assert relabel(folder, rule) == relabel(ExportFolder(tmp_path / "train"), rule)
    assert objects(folder.path) == contents(tmp_path / "train") != before
    folder.write_summary({**folder.read_summary(), "relabelling": {"iou": "0.35", "inclusive": "false"}})
    for found in exports_in(folder.path.parent):
        relabel(found, LabelRule())
    assert objects(folder.path) == before


def test_odd_names(bucket, remote, tmp_path):
    names = ["./a b#c?.jpg", "wall[1]/é%20.jpg", "wall/../top.jpg"]
    annotations = write_coco(tmp_path / "data", {name: scene(n) for n, name in enumerate(names)})
    (remote / "data").put_tree(annotations.parent)
    for data, out in ((remote / "data", remote / "run[1]"), (tmp_path / "data", tmp_path / "run[1]")):
        assert export(config(CocoDataset.open(data / "annotations.json")), out).images == 3
    assert objects(remote / "run[1]" / "train") == contents(tmp_path / "run[1]" / "train")
    [picture] = (remote / "data" / "images" / "wall[1]").glob("*.jpg")
    assert picture.name == "é%20.jpg"
    ExportFolder(remote / "run[1]" / "train").clear()
    assert not (remote / "run[1]").exists()


# Atomic writes


def started(wanted, out: Path, parts: int = 1) -> None:
    """Begin an export and break it off after some shards."""
    begun = run(wanted, out, SerialExecutor())
    for progress in begun:
        if progress.done >= parts * SHARD_IMAGES:
            break
    begun.close()


@each_format
def test_an_interrupted_run_is_resumed(dataset, remote, disk, format):
    wanted = config(dataset, format=format)
    started(wanted, remote)
    assert ExportFolder(remote / "train").state == "stopped"
    first, *_, last = run(wanted, remote, SerialExecutor())
    assert first.resumed_at >= SHARD_IMAGES
    assert last.state == "done"
    assert objects(remote / "train") == contents(disk(format))


def test_other_settings_are_refused_and_overwrite_only_what_is_an_export(dataset, remote, disk):
    export(config(dataset, format="webdataset"), remote)
    (remote / "train" / "mine.txt").write_text("mine")
    (remote / "train" / "crops" / "mine.jpg").write_text("mine")
    wanted = config(dataset)
    with pytest.raises(BoxscopeError, match=r"other settings \(format webdataset there, files wanted\)"):
        export(wanted, remote)
    export(wanted, remote, overwrite=True)
    mine = {"mine.txt": b"mine", "crops/mine.jpg": b"mine"}
    assert objects(remote / "train") == {**contents(disk("files")), **mine}
    started(config(dataset, GRID, Sampling(cut=Cut(side=24))), remote / "begun")
    with pytest.raises(BoxscopeError, match=r"other settings \(side 24 there, 16 wanted\)"):
        export(wanted, remote / "begun")


# Seconds that a lease may go without a sign, where a test has to wait for it.
SHORT = 6.0


def killed_holder(dataset: CocoDataset, out: Path) -> "subprocess.Popen[str]":
    """Start an export whose lease is short, and which stops once it has done a shard."""
    code = f"""
import signal
from tests.test_remote import CocoDataset, SerialExecutor, config, lease, run
lease.DURATION = {SHORT}
wanted = config(CocoDataset.open({str(dataset.annotations)!r}))
for progress in run(wanted, {str(out)!r}, SerialExecutor()):
    if progress.done:
        print("done", progress.done, flush=True)
        signal.pause()
"""
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment()
    )


@pytest.mark.slow
def test_a_killed_run_leaves_no_partial_file_and_no_lock(dataset, remote, disk, monkeypatch):
    monkeypatch.setattr(lease, "DURATION", SHORT)
    wanted, folder = config(dataset), ExportFolder(remote / "train")
    process = killed_holder(dataset, remote)
    try:
        assert process.stdout.readline().startswith("done")
        assert folder.state == "running"
        with pytest.raises(BoxscopeError, match="another export is writing here"):
            export(wanted, remote)
        process.send_signal(signal.SIGKILL)
        process.wait()
        whole = contents(disk("files"))
        left = objects(folder.path)
        assert all(name.startswith(".work/") or left[name] == whole[name] for name in left)
        first, *_, last = run(wanted, remote, SerialExecutor())  # waits until the lease is void
    finally:
        process.kill()
        process.wait()
    assert SHARD_IMAGES <= first.resumed_at < COUNT
    assert last.state == "done"
    assert objects(remote / "train") == contents(disk("files"))


def test_an_abandoned_run_ends_with_its_process(dataset, remote):
    code = f"""
from tests.test_remote import CocoDataset, SerialExecutor, config, run
begun = run(config(CocoDataset.open({str(dataset.annotations)!r})), {str(remote)!r}, SerialExecutor())
print(next(begun).state)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment(), timeout=120)
    assert (done.returncode, done.stdout) == (0, b"running\n")
    assert not (ExportFolder(remote / "train").work / "lease").exists()


# One at a time


@pytest.fixture
def leases(request) -> Path:
    """Where leases lie: in memory, which settles who is first as an object store does."""
    return as_path(f"memory://{request.node.name}/lease")


def test_one_of_many_acquires_the_lease(leases):
    held, tries, start = [], 8, threading.Barrier(8)

    def attempt():
        one = Lease(leases, SHORT)
        start.wait()
        try:
            one.acquire()
        except LockHeld:
            return
        held.append(one)

    threads = [threading.Thread(target=attempt) for _ in range(tries)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 1
    held[0].check()
    held[0].release()
    assert not leases.exists()


def test_a_renewed_lease_does_not_expire(leases):
    one = Lease(leases, SHORT)
    one.acquire()
    for _ in range(2):
        with pytest.raises(LockHeld):
            Lease(leases, SHORT).acquire()
    one.check()
    one.release()
    again = Lease(leases, SHORT)
    again.acquire()
    again.release()


def test_a_holder_that_paused_too_long_learns_that_another_has_the_lease(leases, monkeypatch):
    away = Lease(leases, 0.6)
    with monkeypatch.context() as patch:
        patch.setattr(Lease, "_renew", lambda self: None)  # gives no sign, as one that is stopped
        away.acquire()
    other = Lease(leases, 0.6)
    other.acquire()
    assert list(leases.sizes()) == ["000002"]
    away._renew()
    with pytest.raises(BoxscopeError, match=r"the lease ran out \(another run took over\): run again"):
        away.check()
    away.release()
    other.check()
    other.release()


def test_a_store_that_is_gone_ends_the_lease(leases, monkeypatch):
    one = Lease(leases, 0.4)
    one.acquire()
    with monkeypatch.context() as patch:
        patch.setattr(type(leases), "sizes", lambda self: (_ for _ in ()).throw(Unreachable("s3://x: gone")))
        wait_until(lambda: one.lost)
    with pytest.raises(BoxscopeError, match=r"the lease ran out \(s3://x: gone\)"):
        one.check()


def test_a_run_that_lost_its_lease_writes_no_more(dataset, remote):
    begun = run(config(dataset), remote, SerialExecutor())
    next(begun)
    held = ExportFolder(remote / "train").work / "lease"
    (held / "000001").unlink()
    (held / "000002").write_text("another's")
    from core.files import remote as remote_files

    one = remote_files._held[str(held.parent)]
    one.duration = 0.01
    one._released.set()
    one._thread.join()
    one._released.clear()
    one._renew()
    with pytest.raises(BoxscopeError, match="the lease ran out"):
        list(begun)
    assert "export.json" not in (remote / "train").sizes()


# What fails


def test_a_missing_picture_is_skipped_and_an_unreachable_one_ends_the_run(local, bucket, remote, monkeypatch):
    (remote / "set").put_tree(local.annotations.parent)
    (remote / "set" / "images" / "001.jpg").unlink()
    (remote / "set" / "images" / "002.jpg").write_bytes(b"")
    broken = CocoDataset.open(remote / "set" / "annotations.json")
    plain = type(remote).read_bytes

    def fails(self):
        if self.name == "004.jpg":
            raise Unreachable(f"{self}: cannot be reached (Slow Down)")
        return plain(self)

    with monkeypatch.context() as patch:
        patch.setattr(type(remote), "read_bytes", fails)
        with pytest.raises(BoxscopeError, match=r"004.jpg: cannot be reached \(Slow Down\)"):
            export(config(broken), remote)
    assert ExportFolder(remote / "train").state == "failed"
    done = export(config(broken), remote)
    assert (done.state, done.images) == ("done", COUNT - 2)
    assert [image["file"] for image in done.skipped] == ["001.jpg", "002.jpg"]
    assert done.skipped[0]["reason"] == "no such file"


MISTAKES = {
    "no such bucket": ("s3://elsewhere/a.json", "The specified bucket does not exist"),
    "no such file": ("s3://bucket/none.json", "The specified key does not exist"),
    "no such scheme": ("nonsense://bucket/a.json", "Unsupported filesystem: 'nonsense'"),
    "no bucket": ("s3://", "cannot be reached"),
    "not installed": ("gs://bucket/a.json", "requirements-cluster.txt"),
}


@pytest.mark.parametrize(("url", "args"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line(bucket, capsys, url, args):
    assert cli.main(["check", url]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert url.removesuffix("//") in said
    assert args in said


def test_a_missing_server_is_one_line(server, local, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    args = ("--out", "s3://bucket/x", "--split", "train", "--proposer", "grid", "--workers", 1)
    done = core("export", local.annotations, *args)
    assert done.returncode == 2
    assert "s3://bucket/x/train: s3://bucket/x/train/.work: cannot be reached" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "upath", None)
    monkeypatch.delitem(sys.modules, "core.files.remote_path", raising=False)
    monkeypatch.delitem(sys.modules, "upath.extensions", raising=False)
    with pytest.raises(BoxscopeError, match=r"s3://a/b: .*pip install -r requirements-cluster.txt"):
        as_path("s3://a/b")


def test_what_is_no_url_is_a_path_of_this_machine(tmp_path):
    assert as_path("a/b") == Path("a/b")
    assert as_path(tmp_path) == tmp_path
    assert as_path(f"file://{tmp_path}/x") == tmp_path / "x"
    assert not files_at(Path("\0")).is_file()
