"""The problems of a data set as a table: a CSV file with a row for each."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.files import AnyPath, os_reason, printable
from core.files.atomic import write_atomically

COLUMNS = ("kind", "lost", "item", "detail", "of")


def csv_text(problems: Iterable[Problem]) -> str:
    """Return the problems as CSV with the columns ``COLUMNS``; `lost` is ``true`` or ``false``."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for problem in problems:
        lost = "true" if problem.lost else "false"
        writer.writerow([problem.kind, lost, printable(problem.item), printable(problem.detail), problem.of])
    return text.getvalue()


def write_csv(path: AnyPath, problems: Iterable[Problem]) -> None:
    """Write the problems as a CSV file, complete or not at all; a file of that name is replaced.

    Raises
    ------
    BoxscopeError
        The file cannot be written.
    """
    expect_writable(path)
    data = csv_text(problems).encode()
    try:
        write_atomically(path, lambda temporary: temporary.write_bytes(data), path.parent)
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", path) from error


def expect_writable(path: AnyPath) -> None:
    """Raise if a table can certainly not be written there, before hours of work that end with it.

    Raises
    ------
    BoxscopeError
        It is a folder, or its folder is missing.
    """
    if path.is_dir():
        raise BoxscopeError("is a folder, expected the name of a CSV file", path)
    if isinstance(path, Path) and not path.parent.is_dir():
        raise BoxscopeError(f"no such folder {path.parent}", path)


def image_problems(images: Sequence[dict[str, str]], kind: str, lost: bool = True) -> list[Problem]:
    """Return the images that a run lists as problems, sorted by name.

    Parameters
    ----------
    images : sequence of dict
        ``file`` and ``reason`` of each.
    kind : str
    lost : bool
    """
    listed = sorted(images, key=lambda image: image["file"])
    return [Problem(kind, image["file"], image["reason"], lost) for image in listed]
