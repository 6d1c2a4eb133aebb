"""What an export asks of the place where its shards are done, and the window it hands them over by."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any, TypeVar

from core.errors import BoxscopeError
from core.files import AnyPath

T = TypeVar("T")
R = TypeVar("R")

# How often a task is begun before a lost worker is its own fault.
TRIES = 3

# Seconds without a result after which the engine is asked whether there can be one.
PATIENCE = 5.0


class Engine(Executor):
    """An executor that can be told to end what is under way, as an interrupted export must.

    Attributes
    ----------
    lost : tuple of exception types
        What the future of a task raises that lost its worker `TRIES` times.
    gone : str
        Why a future was cancelled, though nobody here cancelled it.
    """

    lost: tuple[type[BaseException], ...] = (BrokenExecutor,)
    gone: str = "the workers were ended: run again to go on"

    def meet_at(self, *paths: AnyPath) -> None:
        """Say which files and folders all workers must see; one that does not refuses its tasks."""

    def check(self) -> None:
        """Say whether there can still be results.

        Raises
        ------
        BoxscopeError
            Not without help.
        """

    def stop(self) -> None:
        """End all tasks. When this returns, none of them writes any more."""


class SerialExecutor(Engine):
    """Does each task at once, in this process: no start-up time, plain tracebacks."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Do the task; the future is finished when it comes back."""
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
    """Do tasks and yield their results as they finish, in any order.

    When this is left before its end, by an error, an interrupt or because nobody takes the next result, no
    task is under way any more.

    Parameters
    ----------
    executor : Executor
    task : callable
        Picklable, as are the items and results.
    items : iterable
        Taken lazily: no more than `window` are under way, so memory does not grow with their number.
    window : int
    name : callable
        What an item is called in an error.

    Raises
    ------
    BoxscopeError
        A task lost its worker again and again, or all workers are gone.
    """
    remaining = iter(items)
    running: dict[Future[R], T] = {}

    def fill(count: int) -> None:
        for item in islice(remaining, count):
            running[executor.submit(task, item)] = item

    try:
        fill(window)
        while running:
            done, _ = wait(running, timeout=PATIENCE, return_when=FIRST_COMPLETED)
            if not done and isinstance(executor, Engine):
                executor.check()
            for future in done:
                item = running.pop(future)
                yield _result(executor, future, item, name)
                fill(1)
    except BaseException:
        _end(executor, running)
        raise


def _result(executor: Executor, future: "Future[R]", item: T, name: Callable[[T], str]) -> R:
    lost = executor.lost if isinstance(executor, Engine) else Engine.lost
    try:
        return future.result()
    except lost:
        raise BoxscopeError(
            "one worker after another was ended from outside in the middle of it, perhaps for want of "
            "memory: run again to go on",
            name(item),
        ) from None
    except CancelledError:
        raise BoxscopeError(getattr(executor, "gone", Engine.gone)) from None


def _end(executor: Executor, running: "Iterable[Future[R]]") -> None:
    if isinstance(executor, Engine):
        executor.stop()
        return
    for future in running:
        future.cancel()
    wait(running)


class Unwanted(Exception):
    """Nobody waits for the task's result any more."""


_wanted: ContextVar[Callable[[], bool]] = ContextVar("wanted")


@contextmanager
def wanted_while(wanted: Callable[[], bool]) -> Iterator[None]:
    """Let :func:`checkpoint` ask this, for the task that the block does."""
    before = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(before)


def checkpoint() -> None:
    """End a task that is not wanted any more; it calls this before whatever it writes.

    A cluster's worker cannot be ended from here as a process of our own can.

    Raises
    ------
    Unwanted
    """
    if not _wanted.get(lambda: True)():
        raise Unwanted
