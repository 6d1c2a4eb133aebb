"""The register of the exports that were started from the page, a small file each.

The files are in ``jobs/`` of the folder that ``BOXSCOPE_STATE`` names, by default the user's folder for the
state of programs. A file holds where an export is and how it was started; its status is read from its folder.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.files.replacing import replace_file
from core.files.user_state import state_folder

# Jobs in the register; beyond these the oldest are removed from it, not what they wrote.
MOST = 500


@dataclass(frozen=True)
class Job:
    """An export that was started from the page.

    Attributes
    ----------
    folder : Path
        OUT/SPLIT.
    arguments : tuple of str
        The arguments of Python.
    working_folder : Path
        The folder in which it was started: paths in `arguments` are relative to it.
    started : float
        When it was started or resumed last, seconds since 1970.
    """

    folder: Path
    arguments: tuple[str, ...]
    working_folder: Path
    started: float

    @property
    def token(self) -> str:
        """The name of the job in a page: a hash of its folder, since a folder holds one export."""
        return _token(self.folder)

    @property
    def annotations(self) -> Path | None:
        """The annotations that it reads, None where the arguments do not name them."""
        named = "export" in self.arguments
        following = self.arguments[self.arguments.index("export") + 1 :] if named else ()
        return (self.working_folder / following[0]).resolve() if following else None

    def option(self, name: str) -> str | None:
        """Return the value of an option, None where it is not among the arguments."""
        at = self.arguments.index(name) + 1 if name in self.arguments else len(self.arguments)
        return self.arguments[at] if at < len(self.arguments) else None


def _token(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]


def register_folder() -> Path:
    """Return the folder of the register."""
    return state_folder() / "jobs"


def write(folder: Path, arguments: list[str], working_folder: Path, started: float) -> Job:
    """Write a job into the register, replacing one of the same folder; see :class:`Job`.

    Raises
    ------
    OSError
        The register cannot be written.
    """
    job = Job(folder.resolve(), tuple(arguments), working_folder.resolve(), started)
    replace_file(_path(job), json.dumps(_as_dict(job)).encode())
    for old in listed()[MOST:]:
        forget(old)
    return job


def _as_dict(job: Job) -> dict[str, Any]:
    return {
        "folder": str(job.folder),
        "words": job.arguments,
        "where": str(job.working_folder),
        "started": job.started,
    }


def log_of(folder: Path) -> Path:
    """Return the path of what a run in OUT/SPLIT says: in the register, never among the user's files."""
    return register_folder() / f"{_token(folder)}.log"


def forget(job: Job) -> None:
    """Remove a job and its log from the register; its folder stays as it is."""
    for path in (_path(job), log_of(job.folder)):
        with suppress(OSError):
            path.unlink()


def listed() -> list[Job]:
    """Return the jobs, those started last first."""
    return sorted(_read(), key=lambda job: -job.started)


def find(folder: Path) -> Job | None:
    """Return the job of a folder, None where none is known."""
    resolved = folder.resolve()
    return next((job for job in _read() if job.folder == resolved), None)


def _path(job: Job) -> Path:
    return register_folder() / f"{job.token}.json"


def _read() -> Iterator[Job]:
    for path in register_folder().glob("*.json"):
        # Another server may have removed the file, or a user edited it.
        with suppress(OSError, ValueError, KeyError, TypeError):
            item = json.loads(path.read_bytes())
            arguments = tuple(map(str, item["words"]))
            yield Job(Path(item["folder"]), arguments, Path(item["where"]), float(item["started"]))
