"""Worker processes on this machine. A lost one is replaced, and its task alone is run again.

The pools of concurrent.futures and loky (both tried) fail all running tasks when a worker is lost and do not
report which task it had, so that one faulty shard would be blamed on its neighbours.
"""

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from core import memory, threads
from core.executors.base import TRIES, Engine, SerialExecutor

R = TypeVar("R")

_MEMORY_REMEDY = f"that each worker has: take fewer workers, or set {memory.VARIABLE} for all together"


@contextmanager
def local(workers: int) -> Iterator[Engine]:
    """Start worker processes on this machine and yield their executor; one worker is this process itself.

    An exception in the block, an interrupt included, ends the workers at once. They also end when this
    process is killed.

    Parameters
    ----------
    workers : int
    """
    if workers == 1:
        yield SerialExecutor()
        return
    pool = LocalExecutor(workers)
    try:
        yield pool
        pool.shutdown()
    finally:
        pool.stop()


class LocalExecutor(Engine):
    """An executor of worker processes, started when they are first needed.

    Parameters
    ----------
    workers : int
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool = _Pool(workers)

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Submit a task to the next idle worker."""
        return self._pool.threads.submit(self._pool.run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more tasks, and wait for the running ones."""
        self._pool.threads.shutdown(wait, cancel_futures=cancel_futures)

    def memory_limit(self) -> int | None:
        """See :class:`Engine`."""
        return memory.share(self.workers)

    def stop(self) -> None:
        """End the workers and their running tasks; the next task starts new ones."""
        self._pool.terminate()  # first: after a second interrupt here, stop() is called again
        self._pool = _Pool(self.workers)


class _Worker:
    """A process that runs one task after another."""

    def __init__(self, memory_limit: int | None) -> None:
        # Not fork, the default on Linux: OpenCV does not survive it.
        context = multiprocessing.get_context("forkserver")
        self._pipe, child_pipe = context.Pipe()
        self._process = context.Process(target=_worker_main, args=(child_pipe, memory_limit), daemon=True)
        self._process.start()
        child_pipe.close()

    def run(self, call: bytes) -> bytes:
        """Run a pickled task; return, pickled, whether it succeeded, and its result or error.

        Raises
        ------
        EOFError, OSError
            The worker is lost.
        """
        self._pipe.send_bytes(call)
        return self._pipe.recv_bytes()

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return not self._process.is_alive()

    def terminate(self) -> None:
        """End the process, whatever it is doing, and wait for it."""
        self._process.terminate()
        self._process.join()


class _Pool:
    """Workers, and for each a thread of this process that waits for its results."""

    def __init__(self, size: int) -> None:
        self.threads = ThreadPoolExecutor(size, thread_name_prefix="worker")
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._terminated = False
        self._memory_limit = memory.share(size)

    def run(self, fn: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        """Return the result of a task, run again by another worker if the first is lost."""
        call = pickle.dumps((fn, args, kwargs))
        for _ in range(TRIES):
            worker = self._take_worker()
            try:
                answer = worker.run(call)
            except (EOFError, OSError):
                self._discard(worker)
                continue
            self._idle.append(worker)
            succeeded, result = pickle.loads(answer)
            if succeeded:
                return result
            raise result
        raise BrokenExecutor(f"{TRIES} workers were lost")

    def terminate(self) -> None:
        """End all workers."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._terminated = True
        for worker in self._workers:
            worker.terminate()
        self.threads.shutdown()

    def _take_worker(self) -> _Worker:
        with self._lock:
            if self._terminated:
                raise CancelledError
            while self._idle:
                if not (idle := self._idle.pop()).has_ended:
                    return idle
                self._workers.remove(idle)
            worker = _Worker(self._memory_limit)
            self._workers.add(worker)
            return worker

    def _discard(self, worker: _Worker) -> None:
        with self._lock:
            if not self._terminated:
                worker.terminate()
                self._workers.remove(worker)


def _worker_main(pipe: Connection, memory_limit: int | None) -> None:
    # Ctrl-C and a closed terminal reach the whole process group; the parent alone decides when workers end.
    for name in {"SIGINT", "SIGHUP"} & set(dir(signal)):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    memory.limit_to(memory_limit, _MEMORY_REMEDY)
    threads.limit_all(1)  # one thread a worker: the other cores are for the other workers
    while True:
        try:
            call = pipe.recv_bytes()
        except EOFError:
            return
        pipe.send_bytes(_run_pickled(call))


def _run_pickled(call: bytes) -> bytes:
    try:
        fn, args, kwargs = pickle.loads(call)
        return pickle.dumps((True, fn(*args, **kwargs)))
    except Exception as error:
        error.add_note(traceback.format_exc())
        try:
            return pickle.dumps((False, error))
        except Exception:
            return pickle.dumps((False, RuntimeError(traceback.format_exc())))


def _exit_with_parent() -> None:
    # While a task runs, a worker would not notice otherwise that its parent was killed.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
