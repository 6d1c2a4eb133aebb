"""Where shards are done: in this process, or in worker processes. All are concurrent.futures.Executor."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

import cv2

from core.errors import BoxscopeError
from core.proposers.selective_search import use_threads

T = TypeVar("T")
R = TypeVar("R")


class SerialExecutor(Executor):
    """Does each task at once, in this process: no start-up time, plain tracebacks."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Do the task; the future is finished when it comes back."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def local(workers: int) -> Iterator[Executor]:
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
    before = set(multiprocessing.active_children())
    # OpenCV does not survive a fork, so not the default of Linux.
    context = multiprocessing.get_context("forkserver")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker)
    try:
        yield pool
    except BaseException:
        for worker in set(multiprocessing.active_children()) - before:
            worker.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def completed(executor: Executor, task: Callable[[T], R], items: Iterable[T], window: int) -> Iterator[R]:
    """Do tasks and yield their results as they finish, in any order.

    Parameters
    ----------
    executor : Executor
    task : callable
        Picklable, as are the items and results.
    items : iterable
        Taken lazily: no more than `window` are under way, so memory does not grow with their number.
    window : int

    Raises
    ------
    BoxscopeError
        A worker process ended in the middle of a task.
    """
    remaining = iter(items)
    try:
        running = {executor.submit(task, item) for item in islice(remaining, window)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
            running |= {executor.submit(task, item) for item in islice(remaining, len(done))}
    except BrokenExecutor:
        raise BoxscopeError(
            "a worker process was ended from outside, perhaps for want of memory: run again to go on"
        ) from None


def _start_worker() -> None:
    # Ctrl-C reaches the whole group; the parent decides what becomes of the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    use_threads(1)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    # A worker waits for its next task on a pipe that it holds open itself: without this it would
    # wait for ever after a kill -9 of the parent.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
