"""Worker processes on this machine. One that is lost is replaced, and its task alone is done again.

The pools of concurrent.futures and loky (tried) give up all tasks under way when a worker is lost and do not
say whose it was, so that the fault of one shard would be laid on its neighbours.
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

from core import threads
from core.executors.base import TRIES, Engine, SerialExecutor

R = TypeVar("R")


@contextmanager
def local(workers: int) -> Iterator[Engine]:
    """Give an executor of worker processes on this machine; one worker is this process itself.

    Leaving the block by an exception, an interrupt too, ends the workers at once. They also end when
    this process is killed.

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
    """So many worker processes, started when they are first needed.

    Parameters
    ----------
    workers : int
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._crew = _Crew(workers)

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Hand a task to the next idle worker."""
        return self._crew.threads.submit(self._crew.do, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks and wait for the last."""
        self._crew.threads.shutdown(wait, cancel_futures=cancel_futures)

    def stop(self) -> None:
        """End the workers in the middle of what they do; new ones come with the next task."""
        self._crew.dismiss()  # first: a second interrupt may come here, and then this is called again
        self._crew = _Crew(self.workers)


class _Worker:
    """A process that does one task after another."""

    def __init__(self) -> None:
        # OpenCV does not survive a fork, so not the default of Linux.
        context = multiprocessing.get_context("forkserver")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def do(self, call: bytes) -> bytes:
        """Do a pickled task; gives, pickled, whether it went well, and its result or error.

        Raises
        ------
        EOFError, OSError
            The worker is lost.
        """
        self._pipe.send_bytes(call)
        return self._pipe.recv_bytes()

    @property
    def lost(self) -> bool:
        """Say whether the process has ended."""
        return not self._process.is_alive()

    def end(self) -> None:
        """End the process, whatever it does, and wait until it is gone."""
        self._process.terminate()
        self._process.join()


class _Crew:
    """Workers, and for each a thread of this process that waits for it."""

    def __init__(self, size: int) -> None:
        self.threads = ThreadPoolExecutor(size, thread_name_prefix="worker")
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._dismissed = False

    def do(self, fn: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
        """Have a task done, by another worker if the first is lost."""
        call = pickle.dumps((fn, args, kwargs))
        for _ in range(TRIES):
            worker = self._hire()
            try:
                answer = worker.do(call)
            except (EOFError, OSError):
                self._bury(worker)
                continue
            self._idle.append(worker)
            well, result = pickle.loads(answer)
            if well:
                return result
            raise result
        raise BrokenExecutor(f"{TRIES} workers were lost")

    def dismiss(self) -> None:
        """End all workers."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._dismissed = True
        for worker in self._workers:
            worker.end()
        self.threads.shutdown()

    def _hire(self) -> _Worker:
        with self._lock:
            if self._dismissed:
                raise CancelledError
            while self._idle:
                if not (idle := self._idle.pop()).lost:
                    return idle
                self._workers.remove(idle)
            worker = _Worker()
            self._workers.add(worker)
            return worker

    def _bury(self, worker: _Worker) -> None:
        with self._lock:
            if not self._dismissed:
                worker.end()
                self._workers.remove(worker)


def _serve(pipe: Connection) -> None:
    # Ctrl-C reaches the whole group; the parent decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    threads.limit_all(1)  # the other workers have theirs
    while True:
        try:
            call = pipe.recv_bytes()
        except EOFError:
            return
        pipe.send_bytes(_answer(call))


def _answer(call: bytes) -> bytes:
    try:
        fn, args, kwargs = pickle.loads(call)
        return pickle.dumps((True, fn(*args, **kwargs)))
    except Exception as error:
        error.add_note(traceback.format_exc())
        try:
            return pickle.dumps((False, error))
        except Exception:
            return pickle.dumps((False, RuntimeError(traceback.format_exc())))


def _die_with_parent() -> None:
    # In the middle of a task nothing else tells a worker that its parent was killed.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
