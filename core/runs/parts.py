"""Tasks that leave a file each: its presence means that the task is done."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from core.executors import checkpoint, completed
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
        What the names begin and end with.
    digits : int
        Of the number in a name, at least.
    """

    work: AnyPath
    prefix: str = "part"
    suffix: str = ".json"
    digits: int = 6

    def path(self, number: int) -> AnyPath:
        """Return the path of the file that a task leaves."""
        return self.work / f"{self.prefix}-{number:0{self.digits}d}{self.suffix}"

    @property
    def _pattern(self) -> str:
        return f"{self.prefix}-*{self.suffix}"

    def done(self) -> set[int]:
        """Return the numbers of the tasks that are done."""
        numbers = (path.stem.rpartition("-")[2] for path in self.work.glob(self._pattern))
        return {int(number) for number in numbers if number.isdecimal()}

    def read(self, numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
        """Return what :func:`write_part` wrote for these tasks, in their order.

        Raises
        ------
        FileNotFoundError
            One of them is not done.
        """
        return files_at(self.work).map(_read, map(self.path, numbers))

    def remove(self) -> None:
        """Remove the files of all tasks, so that these are done again."""
        files_at(self.work).remove_matching(self._pattern)


def _read(path: AnyPath) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def write_part(path: AnyPath, value: dict[str, Any]) -> None:
    """Write the file of a task as JSON, complete or not at all; a worker ends its task with this."""
    checkpoint()
    write_json(path, value, path.parent)


@dataclass(frozen=True)
class Stage(Generic[T, R]):
    """The tasks of one stage of a run.

    Attributes
    ----------
    parts : Parts
        The files that they leave.
    numbers : range
        Of all tasks. They must mean the same tasks in every run with the same settings.
    tasks : callable
        Takes the numbers of the tasks to do, in ascending order, and returns the tasks. Each is picklable
        and made when it is handed over, so that memory does not grow with their number.
    work : callable
        Does a task in a worker: writes its part, last of all, and returns a picklable value. A function
        of a module.
    name : callable
        Returns what a task is called in an error.
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
        """Do all other tasks and yield what they return as they finish, in any order.

        Parameters
        ----------
        executor : Executor
        workers : int
            Twice as many tasks are under way at most, so that no worker waits.
        done : collection of int
            The numbers of the tasks that are done.

        Raises
        ------
        BoxscopeError
            See :func:`core.executors.completed`.
        """
        finished = set(done)
        missing = [number for number in self.numbers if number not in finished]
        return completed(executor, self.work, self.tasks(missing), 2 * workers, self.name)
