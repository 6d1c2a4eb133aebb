"""Code that runs in the worker processes of a Dask cluster: checks, tasks, and the end of a run.

Tasks of other runs, also of killed ones, may run in the same process.
"""

import asyncio
import ctypes
import platform
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import core
from core import memory, threads
from core.errors import BoxscopeError
from core.executors.base import cancel_unless
from core.files import AnyPath
from core.files.hashing import joined_sha256
from core.versions import WORKERS
from core.versions import versions as installed

R = TypeVar("R")

# Seconds that running tasks get to see that they are cancelled. One that is still computing after that sees
# it before it writes.
STOP_TIMEOUT = 10.0

_MEMORY_REMEDY = "that this worker has: start it with a higher --memory-limit, of which this is four fifths"

# Values of M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


@dataclass(frozen=True)
class RunSpec:
    """The common part of a run's tasks: its name, and the versions and paths that a worker must have."""

    run: str
    versions: tuple[tuple[str, str], ...]
    paths: tuple[AnyPath, ...] = ()


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return the names and versions of what this process runs; Boxscope's own sources by their hash."""
    folder = Path(core.__file__).parent
    sources = joined_sha256(sorted(folder.rglob("*.py")))
    python = ".".join(platform.python_version_tuple()[:2])
    packages = installed(WORKERS).items()
    return (("Boxscope of sources", sources[:8]), ("Python", python), *packages)


_running: Counter[str] = Counter()
_ended: set[str] = set()
_lock = threading.Lock()


def run_task(spec: RunSpec, fn: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
    """Return the result of a task of a run; it is cancelled when the run ends."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def still_wanted() -> bool:
        """Return whether the run goes on: it may have ended, or have been killed, which releases the key."""
        task = worker.state.tasks.get(key)
        return spec.run not in _ended and task is not None and task.state == "executing"

    prepare_worker(spec, worker.address, worker.memory_manager.memory_limit)
    with _counted(spec.run), cancel_unless(still_wanted):
        return fn(*args, **kwargs)


@contextmanager
def _counted(run: str) -> Iterator[None]:
    with _lock:
        _running[run] += 1
    try:
        yield
    finally:
        with _lock:
            _running[run] -= 1


def check_worker(spec: RunSpec, dask_worker: Any) -> None:
    """Raise unless this worker can run tasks of the run; Dask fills `dask_worker` by its name."""
    prepare_worker(spec, dask_worker.address, dask_worker.memory_manager.memory_limit)


@lru_cache(maxsize=16)
def prepare_worker(spec: RunSpec, address: str, memory_limit: int | None) -> None:
    """Check and prepare this worker for a run, once; a cluster gets new workers at any time.

    Its proposers may take what Dask gives the worker, all its threads together, see :mod:`core.memory`.
    """
    name = f"worker {address}"
    for (package, installed_version), (_, expected) in zip(versions(), spec.versions, strict=True):
        if installed_version != expected:
            raise BoxscopeError(
                f"has {package} {installed_version}, expected {expected}, which this command has", name
            )
    for path in spec.paths:
        if not path.exists():
            raise BoxscopeError(f"does not see {path}, expected a path that all workers see", name)
    memory.limit_within(memory_limit, _MEMORY_REMEDY)
    threads.limit_all(1)
    _reuse_freed_memory()


def _reuse_freed_memory() -> None:
    """Have the C library keep freed memory for reuse.

    Dask's nanny has it returned to the system from 64 kB on, so that each array of a picture is made of fresh
    pages: adaptive-threshold takes 8.5 ms instead of 5.5.
    """
    with suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 32 << 20)
        library.mallopt(_TRIM_THRESHOLD, 64 << 20)


async def end_run(run: str) -> None:
    """Cancel all tasks of the run, and wait until the running ones have seen it."""
    _ended.add(run)
    end = time.monotonic() + STOP_TIMEOUT
    while _running[run] and time.monotonic() < end:
        await asyncio.sleep(0.01)
