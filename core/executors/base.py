"""The interface of a run's executor, and the bounded window in which a run submits tasks."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any, TypeVar

from core import memory
from core.errors import BoxscopeError
from core.files import AnyPath

T = TypeVar("T")
R = TypeVar("R")

# Attempts at a task whose worker is lost, before the task itself is taken to be the cause.
TRIES = 3

# Seconds without a result after which the engine is checked for workers.
CHECK_INTERVAL = 5.0


class Engine(Executor):
    """An executor whose running tasks can be ended, as an interrupted run needs.

    Attributes
    ----------
    lost_errors : tuple of exception types
        Raised by the future of a task that lost its worker `TRIES` times.
    gone_reason : str
        Error message for a future that was cancelled from outside this process.
    """

    lost_errors: tuple[type[BaseException], ...] = (BrokenExecutor,)
    gone_reason: str = "the workers were ended: run again to go on"

    def require_paths(self, *paths: AnyPath) -> None:
        """Require that all workers see these files and folders; one that does not refuses its tasks."""

    def memory_limit(self) -> int | None:
        """Return the limit of each worker, see :func:`core.memory.limit`; 0 where it alone knows."""
        return memory.limit()

    def check(self) -> None:
        """Raise unless results can still come.

        Raises
        ------
        BoxscopeError
            The workers are gone, and none can come without help.
        """

    def stop(self) -> None:
        """End all tasks; when this returns, none of them writes any more."""


class SerialExecutor(Engine):
    """An executor that runs each task in this process, at once: no start-up time, plain tracebacks."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Run the task; return a finished future."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def completed(
    executor: Executor,
    task: Callable[[T], R],
    items: Iterable[T],
    window: int,
    name: Callable[[T], str] = str,
) -> Iterator[R]:
    """Run tasks and yield their results as they finish, in any order.

    When the generator is closed before its end, by an error, an interrupt or because its caller stops
    iterating, all tasks are ended.

    Parameters
    ----------
    executor : Executor
    task : callable
        Picklable, as are the items and results.
    items : iterable
        Consumed lazily: no more than `window` are submitted at a time, so memory does not grow with their
        number.
    window : int
    name : callable
        Returns the name of an item, for error messages.

    Raises
    ------
    BoxscopeError
        A task lost its worker `TRIES` times, or all workers are gone.
    """
    remaining = iter(items)
    running: dict[Future[R], T] = {}

    def fill(count: int) -> None:
        for item in islice(remaining, count):
            running[executor.submit(task, item)] = item

    try:
        fill(window)
        while running:
            done, _ = wait(running, timeout=CHECK_INTERVAL, return_when=FIRST_COMPLETED)
            if not done and isinstance(executor, Engine):
                executor.check()
            for future in done:
                item = running.pop(future)
                yield _result(executor, future, item, name)
                fill(1)
    except BaseException:
        _end(executor, running)
        raise


def in_order(
    executor: Executor,
    task: Callable[[T], R],
    items: Iterable[T],
    window: int,
    name: Callable[[T], str] = str,
) -> Iterator[R]:
    """Run tasks and yield their results in the order of the items, otherwise as :func:`completed`.

    No more than `window` results wait for one that takes longer.
    """
    remaining = iter(items)
    running: deque[tuple[Future[R], T]] = deque()

    def fill(count: int) -> None:
        for item in islice(remaining, count):
            running.append((executor.submit(task, item), item))

    try:
        fill(window)
        while running:
            future, item = running[0]
            done, _ = wait([future], timeout=CHECK_INTERVAL)
            if not done and isinstance(executor, Engine):
                executor.check()
            if done:
                running.popleft()
                yield _result(executor, future, item, name)
                fill(1)
    except BaseException:
        _end(executor, [future for future, _ in running])
        raise


def _result(executor: Executor, future: "Future[R]", item: T, name: Callable[[T], str]) -> R:
    lost_errors = executor.lost_errors if isinstance(executor, Engine) else Engine.lost_errors
    try:
        return future.result()
    except lost_errors:
        raise BoxscopeError(
            "one worker after another was ended from outside in the middle of it, perhaps for want of "
            "memory: run again to go on",
            name(item),
        ) from None
    except CancelledError:
        raise BoxscopeError(getattr(executor, "gone_reason", Engine.gone_reason)) from None


def _end(executor: Executor, running: "Iterable[Future[R]]") -> None:
    if isinstance(executor, Engine):
        executor.stop()
        return
    for future in running:
        future.cancel()
    wait(running)


class TaskCancelled(Exception):
    """The run that a task belongs to has ended; its result is not needed."""


_still_wanted: ContextVar[Callable[[], bool]] = ContextVar("still_wanted")


@contextmanager
def cancel_unless(still_wanted: Callable[[], bool]) -> Iterator[None]:
    """Have :func:`checkpoint` cancel the task that runs in the block once this returns False."""
    before = _still_wanted.set(still_wanted)
    try:
        yield
    finally:
        _still_wanted.reset(before)


def checkpoint() -> None:
    """Raise if the current task is cancelled; tasks call this before they write anything.

    A worker of a cluster cannot be killed from here, as a process of this machine can.

    Raises
    ------
    TaskCancelled
        The run that the task belongs to has ended.
    """
    if not _still_wanted.get(lambda: True)():
        raise TaskCancelled
