"""What an engine adds to the work of an export: processes of this machine and a Dask cluster on it.

Each shard says how long it took where it was done; that is the work. Two workers that were never idle would
need half of it. The overhead is what they took beyond: handing tasks over, progress, the plan and the
manifest at the end. Other work of the machine makes it larger, so what this process computes beside the
shards is given too, as a part of what the shards compute.

Processes are started and warmed before, since that does not grow with the images; how long it took stands
beside. Output goes to memory where the system has a place for that.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.timing import processor, table
from core import threads
from core.datasets import CocoDataset, make_sample
from core.errors import BoxscopeError
from core.executors import SerialExecutor, completed, local
from core.export import DatasetKind, ExportConfig, ExportFolder, ExportRun
from core.export.shard import ShardTask, write_shard
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold, SelectiveSearch
from core.runs import Stage

IMAGES, WORKERS = 500, 2
SETUPS = {
    "adaptive-threshold": Setup(AdaptiveThreshold(offsets=(40, 80, 120))),
    "selective-search": Setup(SelectiveSearch()),
}


def run(turns: int = 3) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    turns : int
        Of each engine and proposer, taken in turn; medians are given.
    """
    threads.limit_all(1)  # as the workers do
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as name:
        folder = Path(name)
        make_sample(folder / "set", images=round(IMAGES * 4 / 3), width=480, height=320)
        dataset = CocoDataset.open(folder / "set" / "train" / "annotations.json")
        with ExitStack() as stack:
            engines, starts = _engines(stack, folder)
            rows = [
                row
                for proposer, setup in SETUPS.items()
                for row in _rows(
                    proposer, ExportConfig(dataset, DatasetKind.TRAIN, setup), folder, engines, turns
                )
            ]
        return {
            "processor": processor(),
            "load": os.getloadavg()[0],
            "images": len(dataset),
            "start_seconds": starts,
            "rows": rows,
        }


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it."""
    starts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in result["start_seconds"].items())
    return "\n\n".join(
        [
            f"{result['processor']}, load {result['load']:.1f}; {result['images']} images of 480x320",
            f"to start and warm two workers: {starts}",
            table(result["rows"]),
        ]
    )


def _engines(stack: ExitStack, folder: Path) -> tuple[dict[str, tuple[Executor, int]], dict[str, float]]:
    """Start every engine and let each worker do a task, so that all is loaded."""
    makers: dict[str, Callable[[], Any]] = {"local": lambda: local(WORKERS)}
    try:
        import distributed  # noqa: F401

        makers["dask"] = lambda: _dask(folder)
    except ImportError:
        pass
    setups = tuple(SETUPS.values())
    engines: dict[str, tuple[Executor, int]] = {"one": (SerialExecutor(), 1)}
    starts = {}
    for name, make in makers.items():
        start = time.perf_counter()
        engines[name] = (stack.enter_context(make()), WORKERS)
        list(completed(engines[name][0], _warm, [setups] * 2 * WORKERS, 2 * WORKERS))
        starts[name] = time.perf_counter() - start
    return engines, starts


@contextmanager
def _dask(folder: Path) -> Iterator[Executor]:
    from core.executors.cluster import cluster

    file = folder / "scheduler.json"
    here = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard"]
    work = ["--nworkers", str(WORKERS), "--nthreads", "1", "--local-directory", str(folder)]
    with _started("scheduler", *here, "--port", "0"), _started("worker", *here, *work):
        while not (file.exists() and file.read_text().endswith("}")):
            time.sleep(0.05)
        with cluster(json.loads(file.read_text())["address"]) as pool:
            pool._client.wait_for_workers(WORKERS, timeout=60)
            yield pool


@contextmanager
def _started(*words: str) -> Iterator[None]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-m", "dask", *words], stderr=subprocess.DEVNULL, env=environment
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _warm(setups: tuple[Setup, ...]) -> None:
    import numpy as np

    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    for setup in setups:
        setup.proposer.prepare()
        setup.proposer.propose(image)
    time.sleep(0.5)  # so that every worker gets one


def _rows(
    proposer: str, config: ExportConfig, folder: Path, engines: dict[str, tuple[Executor, int]], turns: int
) -> list[dict[str, Any]]:
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    work: dict[str, list[float]] = {name: [] for name in engines}
    beside: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(turns):
        for name, (pool, workers) in engines.items():
            taken, spent, part = _measured(config, folder / f"{proposer}-{name}-{turn}", pool, workers)
            seconds[name].append(taken)
            work[name].append(spent)
            beside[name].append(part)
    shares = {
        name: [engines[name][1] * all_of_it / shards - 1 for all_of_it, shards in zip(*both, strict=True)]
        for name, both in ((name, (seconds[name], work[name])) for name in engines)
    }
    one = median(seconds["one"])
    return [
        {
            "proposer": proposer,
            "engine": name,
            "workers": engines[name][1],
            "seconds": median(seconds[name]),
            "work_seconds": median(work[name]),
            "overhead_percent": 100 * median(shares[name]),
            "cpu_beside_percent": 100 * median(beside[name]),
            "times_one": one / median(seconds[name]),
        }
        for name in engines
    ]


def _measured(config: ExportConfig, out: Path, pool: Executor, workers: int) -> tuple[float, float, float]:
    """Return the seconds of an export, those of its shards, and the part of their CPU taken beside them."""
    run = TimedRun(config, ExportFolder(out / config.split))
    start, start_cpu = time.perf_counter(), time.process_time()
    *_, last = run.execute(pool, workers)
    taken, here = time.perf_counter() - start, time.process_time() - start_cpu
    if last.images != len(config.dataset):
        raise BoxscopeError(f"{len(last.skipped)} images were skipped", "bench engines")
    spent, cpu = (sum(counts[name] for counts in run.timed) for name in ("spent", "cpu"))
    beside = here - cpu if isinstance(pool, SerialExecutor) else here
    return taken, spent, beside / cpu


class TimedRun(ExportRun):
    """An export that notes in `timed` what each of its shards took."""

    def __init__(self, config: ExportConfig, folder: ExportFolder) -> None:
        super().__init__(config, folder)
        self.timed: list[dict[str, Any]] = []

    def stage(self) -> Stage[ShardTask, dict[str, Any]]:
        """Return the tasks that write the shards, with a clock at each."""
        return TimedStage(**{**vars(super().stage()), "work": timed_shard}, timed=self.timed)


@dataclass(frozen=True)
class TimedStage(Stage[ShardTask, dict[str, Any]]):
    """The tasks of an export, each result of which goes into `timed` as well."""

    timed: list[dict[str, Any]] = field(default_factory=list)

    def run(self, executor: Executor, workers: int, done: Collection[int]) -> Iterator[dict[str, Any]]:
        """Do the tasks and yield their counts."""
        for counts in super().run(executor, workers, done):
            self.timed.append(counts)
            yield counts


def timed_shard(task: ShardTask) -> dict[str, Any]:
    """Write a shard, and say how long that took."""
    start, cpu = time.perf_counter(), time.thread_time()
    counts = write_shard(task)
    return {**counts, "spent": time.perf_counter() - start, "cpu": time.thread_time() - cpu}
