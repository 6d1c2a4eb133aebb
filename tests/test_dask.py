"""The same export by a Dask cluster: two worker processes, one scheduler, some of them killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.small import (
    CROP_FORMATS,
    command,
    config,
    contents,
    core,
    digest,
    environment,
    export,
    write_scenes,
)
from tests.tasks import (
    fail,
    leave_at_three,
    leave_once,
    memory_limit,
    refuse_three,
    square,
    surroundings,
    write_until_unwanted,
)

pytest.importorskip("distributed")

from core import cli
from core.cutting import Cut
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.whole_set import Plan, SetEvaluation
from core.executors import SerialExecutor, completed, engine, local
from core.executors import cluster as module
from core.executors.cluster import cluster
from core.export import ExportFolder, run
from core.export.config import SHARD_IMAGES
from core.export.results import write_results
from core.pipeline import Setup
from core.proposals.proposer_cache import ProposerCache
from core.proposers import AdaptiveThreshold
from core.sampling import Sampling
from tests.clusters import scheduler, workers
from tests.forking import Start, commands, kill_again_and_again, wait_until

pytestmark = pytest.mark.slow

COUNT = 12 * SHARD_IMAGES
SETUP = Setup(AdaptiveThreshold(offsets=(20, 40), min_area=9))
SETTINGS = ("--proposer", "adaptive-threshold", "--param", "offsets=20,40", "--param", "min_area=9")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    return CocoDataset.open(write_scenes(tmp_path_factory.mktemp("data"), COUNT))


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("cluster")
    with scheduler(folder) as found, workers(found, folder):
        yield found


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    with commands() as found:
        yield found


@pytest.fixture
def pool(address):
    with cluster(address) as found:
        found._client.wait_for_workers(2, timeout=60)
        yield found


@pytest.fixture(scope="module")
def whole(dataset, tmp_path_factory) -> dict[str, str]:
    """Return the digest of the export in each format, made in this process."""
    out = tmp_path_factory.mktemp("whole")
    for format in CROP_FORMATS:
        export(wanted(dataset, format), out / format)
    return {format: digest(out / format) for format in CROP_FORMATS}


def wanted(dataset, format="files", **sampling):
    return config(dataset, SETUP, Sampling(cut=Cut(side=32), **sampling), format=format)


def words(dataset, out, address, format="files", *more):
    out = ("export", dataset.annotations, "--out", out, "--split", "train", "--format", format)
    return (*out, "--side", 32, *SETTINGS, "--scheduler", address, *more)


def pids(pool) -> set[int]:
    return set(pool._client.run(os.getpid).values())


# The engine


def test_every_result_comes_once(pool):
    assert sorted(completed(pool, square, range(20), 4)) == [number * number for number in range(20)]
    assert pool.threads == 2


def test_faults_come_home(address):
    with pytest.raises(BoxscopeError, match="three: cannot be used"), cluster(address) as pool:
        list(completed(pool, refuse_three, range(6), 2))
    with pytest.raises(OSError, match="No space left"), cluster(address) as pool:
        list(completed(pool, fail, range(3), 2))


def test_a_worker_has_one_thread_and_nothing_heavy(pool):
    found = list(completed(pool, surroundings, range(8), 4))
    assert {pid for pid, _, _ in found} == pids(pool)
    assert {(threads, *heavy) for _, threads, heavy in found} == {(1, "distributed")}


def test_a_worker_takes_four_fifths_of_what_dask_gives_it_at_most(pool):
    given = pool._client.scheduler_info(n_workers=-1)["workers"]
    limits = {*completed(pool, memory_limit, range(4), 4)}
    assert max(limits) <= round(0.8 * max(worker["memory_limit"] for worker in given.values()))


def test_without_a_number_there_are_twice_as_many_tasks_as_threads(address):
    with engine(None, address) as (_, count):
        assert count == 2
    with engine(5, address) as (_, count):
        assert count == 5


def test_a_lost_task_is_done_again(pool, tmp_path):
    places = [tmp_path / str(number) for number in range(2)]
    found = list(completed(pool, leave_once, map(str, places), 2))
    assert sorted(found) == ["0", "1"]


def test_a_task_that_loses_every_worker_is_named(address):
    with pytest.raises(BoxscopeError) as stop, cluster(address) as pool:
        list(completed(pool, leave_at_three, range(3, 4), 1, name="number {}".format))
    assert str(stop.value).startswith("number 3: one worker after another was ended from outside")


def test_nothing_is_written_after_the_results_are_left(pool, tmp_path):
    """The lock of a folder is released then, and the workers live on."""
    path, before = tmp_path / "lines", pids(pool)

    def items():
        yield from [str(path)] * 2
        while not path.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(completed(pool, write_until_unwanted, items(), 3))
    text = path.read_bytes()
    time.sleep(0.1)
    assert path.read_bytes() == text
    assert pids(pool) == before
    assert list(completed(pool, square, range(2), 2))


def tasks_under_way(dask_worker) -> int:
    return len(dask_worker.active_threads)


def test_a_killed_run_leaves_no_task_that_writes(pool, address, tmp_path):
    """Nobody tells the workers: the scheduler sees that who asked has gone."""
    path = tmp_path / "lines"
    code = (
        "from core.executors.cluster import cluster\nfrom core.executors import completed\n"
        "from tests import tasks\n"
        f"with cluster({address!r}) as pool:\n"
        f"    next(completed(pool, tasks.write_until_unwanted, [{str(path)!r}] * 2, 2))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=environment())
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert wait_until(lambda: not any(pool._client.run(tasks_under_way).values()))
    text = path.read_bytes()
    time.sleep(0.1)
    assert path.read_bytes() == text


# The export


@pytest.mark.parametrize("format", CROP_FORMATS)
def test_the_bytes_are_those_of_this_process(pool, dataset, whole, tmp_path, format):
    done = export(wanted(dataset, format), tmp_path, executor=pool, workers=2)
    assert done.images == COUNT
    assert digest(tmp_path) == whole[format]


@pytest.mark.parametrize("workers", [1, 3])
def test_the_bytes_do_not_depend_on_how_many_are_under_way(pool, dataset, whole, tmp_path, workers):
    export(wanted(dataset), tmp_path / "cluster", executor=pool, workers=workers)
    with local(workers) as here:
        export(wanted(dataset), tmp_path / "local", executor=here, workers=workers)
    assert {digest(tmp_path / "cluster"), digest(tmp_path / "local")} == {whole["files"]}


def test_results_too(pool, dataset, tmp_path):
    *_, last = write_results(dataset, SETUP, tmp_path / "cluster.json", pool, 2)
    *_, _ = write_results(dataset, SETUP, tmp_path / "here.json", SerialExecutor())
    assert last.images == COUNT
    assert (tmp_path / "cluster.json").read_bytes() == (tmp_path / "here.json").read_bytes()


def test_an_evaluation_too(pool, dataset, tmp_path):
    plan, some = Plan((SETUP,)), range(10)
    here, there = (SetEvaluation(dataset, plan, some, ProposerCache(tmp_path / name)) for name in "ab")
    list(here.run(SerialExecutor()))
    list(there.run(pool, 2))
    (one,), (other,) = here.evaluations(), there.evaluations()
    assert (one.ranks == other.ranks).all()
    assert here.reasons() == there.reasons()


def test_caps_over_the_set_too(pool, dataset, tmp_path):
    capped = wanted(dataset, set_positives=9, set_negatives=30)
    export(capped, tmp_path / "cluster", executor=pool, workers=2)
    export(capped, tmp_path / "here")
    assert digest(tmp_path / "cluster") == digest(tmp_path / "here")


def test_a_worker_killed_in_the_middle_is_no_end(pool, dataset, whole, tmp_path):
    steps = run(wanted(dataset), tmp_path, pool, 2)
    next(steps), next(steps)
    os.kill(min(pids(pool)), signal.SIGKILL)
    *_, last = steps
    assert last.state == "done"
    assert digest(tmp_path) == whole["files"]


# Local runs are killed in every format.
def test_kill_9_again_and_again(start, address, dataset, whole, tmp_path):
    given = words(dataset, tmp_path, address)
    kill_again_and_again(start, given, tmp_path, whole["files"], "files", span=0.4)
    last = core(*given)
    assert last.returncode == 0, last.stderr
    assert digest(tmp_path) == whole["files"]


def test_cancel_on_the_page(address, dataset, whole, tmp_path):
    folder = ExportFolder(tmp_path / "train")
    slow = ("--proposer", "opencv-selective-search", "--side", 32)
    start = (*words(dataset, tmp_path, address)[:8], *slow, "--scheduler", address)
    process = subprocess.Popen(
        command(*start), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    while not (folder.read_progress() or {"images": 0})["images"]:
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(folder.read_progress()["pid"], signal.SIGTERM)
    out, errors = process.communicate(timeout=300)
    left = contents(tmp_path)
    assert (process.returncode, out) == (130, "")
    assert errors.splitlines()[-1] == "boxscope: interrupted"
    assert "Traceback" not in errors
    assert folder.state == "stopped"
    time.sleep(0.3)
    assert contents(tmp_path) == left


# What cannot be used, each in one line


def test_dask_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(BoxscopeError, match=r"pip install -r requirements-cluster\.txt"),
        cluster("tcp://a:1"),
    ):
        pass


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("tcp://127.0.0.1:1", "got no answer within"),
        ("nonsense", "got missing port number"),
        ("fax://127.0.0.1:1", "got unknown address scheme 'fax'"),
    ],
)
def test_nobody_at_the_address(monkeypatch, given, words):
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.5)
    with pytest.raises(BoxscopeError, match=f"--scheduler {given}: {words}"), cluster(given):
        pass


def test_somebody_else_at_the_address(address):
    with cluster(address) as pool:
        worker = next(iter(pool._client.nthreads()))
    with pytest.raises(BoxscopeError, match="got a Worker, expected the address of a Dask scheduler"):
        cluster(worker).__enter__()


def test_nothing_is_written_without_a_scheduler(dataset, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.5)
    given = words(dataset, tmp_path / "out", "tcp://127.0.0.1:1")
    assert cli.main(list(map(str, given))) == 2
    errors = capsys.readouterr().err
    assert "no answer" in errors
    assert errors.count("\n") == 1, errors
    assert not (tmp_path / "out").exists()


def test_other_sources_or_packages(address, monkeypatch):
    other = (("Boxscope of sources", "other"), *module.versions()[1:])
    monkeypatch.setattr(module, "versions", lambda: other)
    with pytest.raises(BoxscopeError, match=r"has Boxscope of sources [0-9a-f]{8}, expected other"):
        cluster(address).__enter__()


def test_a_worker_that_does_not_see_the_folder(pool, tmp_path):
    pool.require_paths(tmp_path, tmp_path / "nowhere")
    with pytest.raises(BoxscopeError, match=f"does not see {tmp_path / 'nowhere'}"):
        list(completed(pool, square, range(3), 2))


def test_no_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 1.0)
    with (
        scheduler(tmp_path) as empty,
        pytest.raises(BoxscopeError, match="the cluster has no workers"),
    ):
        cluster(empty).__enter__()


def test_a_worker_without_the_project(tmp_path):
    """Boxscope may be installed where the tests run: a module of its name stands for a worker without it."""
    without = tmp_path / "without"
    without.mkdir()
    (without / "core.py").write_text("raise ModuleNotFoundError(\"No module named 'core'\")\n")
    with (
        scheduler(tmp_path) as other,
        workers(other, tmp_path, 1, path=without),
        pytest.raises(BoxscopeError, match=r"cannot be used \(.*core.*PYTHONPATH"),
    ):
        cluster(other).__enter__()


def test_a_scheduler_that_ends_in_the_middle(dataset, whole, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 1.0)
    with ExitStack() as stack:
        found = stack.enter_context(scheduler(tmp_path))
        stack.enter_context(workers(found, tmp_path, 1))
        with cluster(found) as pool:
            steps = run(wanted(dataset), tmp_path / "out", pool, 1)
            next(steps), next(steps)
            stack.close()
            with pytest.raises(BoxscopeError, match="the scheduler is gone: run again to go on"):
                list(steps)
    assert capfd.readouterr().err == ""
    assert ExportFolder(tmp_path / "out" / "train").state == "failed"
    export(wanted(dataset), tmp_path / "out")
    assert digest(tmp_path / "out") == whole["files"]
