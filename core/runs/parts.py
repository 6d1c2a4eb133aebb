"""Tasks that leave one file each, whose presence means that the task is done."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.executors import SerialExecutor, checkpoint, completed
from core.files import AnyPath, files_at
from core.files.atomic import write_json

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Parts:
    """The files of a stage in the work folder of a run: ``part-000000.json`` and so on.

    Attributes
    ----------
    work : Path or RemotePath
        The work folder.
    prefix, suffix : str
        First and last part of the names.
    digits : int
        Least number of digits of the number in a name.
    """

    work: AnyPath
    prefix: str = "part"
    suffix: str = ".json"
    digits: int = 6

    def path(self, number: int) -> AnyPath:
        """Return the path of a task's file."""
        return self.work / f"{self.prefix}-{number:0{self.digits}d}{self.suffix}"

    @property
    def _pattern(self) -> str:
        return f"{self.prefix}-*{self.suffix}"

    def done(self) -> set[int]:
        """Return the numbers of the tasks that are done."""
        numbers = (path.stem.rpartition("-")[2] for path in self.work.glob(self._pattern))
        return {int(number) for number in numbers if number.isdecimal()}

    def read(self, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
        """Yield what :func:`write_part` wrote for each of these tasks, in their order.

        Raises
        ------
        FileNotFoundError
            One of them is not done.
        """
        return files_at(self.work).map(_read, map(self.path, numbers))

    def remove(self) -> None:
        """Remove the files of all tasks, so that the next run does them again."""
        files_at(self.work).remove_matching(self._pattern)


def _read(path: AnyPath) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def write_part(path: AnyPath, value: dict[str, Any]) -> None:
    """Write the file of a task as JSON, complete or not at all; it is the last step of a task."""
    checkpoint()
    write_json(path, value, path.parent)


@dataclass(frozen=True)
class Stage(Generic[T, R]):
    """The tasks of one stage of a run.

    Attributes
    ----------
    parts : Parts
        The files of the tasks.
    numbers : range
        Of all tasks. A number must stand for the same task in every run with the same settings.
    tasks : callable
        Takes the numbers of the tasks to do, in ascending order, and yields the tasks. Each is picklable
        and made when it is submitted, so that memory does not grow with their number.
    work : callable
        Does a task in a worker, writes its part as the last step, and returns a picklable value. A
        module-level function, so that it can be pickled.
    name : callable
        Returns the name of a task, for errors.
    """

    parts: Parts
    numbers: range
    tasks: Callable[[list[int]], Iterable[T]]
    work: Callable[[T], R]
    name: Callable[[T], str] = str

    def done(self) -> list[int]:
        """Return the numbers of the tasks that are done, in ascending order."""
        return sorted(self.parts.done().intersection(self.numbers))

    def run(self, executor: Executor, workers: int, done: Collection[int]) -> Iterator[R]:
        """Run all other tasks and yield what they return as they finish, in any order.

        Parameters
        ----------
        executor : Executor
        workers : int
            At most twice as many tasks are submitted at a time, so that no worker waits.
        done : collection of int
            The numbers of the tasks that are done.

        Raises
        ------
        BoxscopeError
            See :func:`core.executors.completed`.
        """
        finished = set(done)
        remaining = [number for number in self.numbers if number not in finished]
        # In this process a task is done when it is submitted, and its result would wait for those after it.
        window = 1 if isinstance(executor, SerialExecutor) else 2 * workers
        return completed(executor, self.work, self.tasks(remaining), window, self.name)
