"""The exports that were started from the page, a small file each: a restart of the server forgets none.

They lie in ``jobs/`` of the folder that ``BOXSCOPE_STATE`` names, by default the user's folder for the
state of programs. A file says where an export is and how it was started; how it is doing only the
export's own folder says.
"""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

# Beyond these the oldest are forgotten; what they wrote stays.
MOST = 500


@dataclass(frozen=True)
class Job:
    """An export that was started from the page.

    Attributes
    ----------
    folder : Path
        OUT/SPLIT.
    words : tuple of str
        The command behind the name of Python.
    where : Path
        The folder in which it was started: paths in `words` start there.
    started : float
        When it was started or resumed last, seconds since 1970.
    """

    folder: Path
    words: tuple[str, ...]
    where: Path
    started: float

    @property
    def word(self) -> str:
        """What names the job in a page: a hash of its folder, since a folder holds one export."""
        return hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]

    @property
    def annotations(self) -> Path | None:
        """The annotations that it reads, None where the words do not say."""
        after = self.words[self.words.index("export") + 1 :] if "export" in self.words else ()
        return (self.where / after[0]).resolve() if after else None

    def option(self, name: str) -> str | None:
        """Return what the words say behind an option, None where it is not among them."""
        at = self.words.index(name) + 1 if name in self.words else len(self.words)
        return self.words[at] if at < len(self.words) else None


def register_folder() -> Path:
    """Return the folder of the register."""
    if named := os.environ.get("BOXSCOPE_STATE"):
        return Path(named).expanduser() / "jobs"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/boxscope/jobs"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "boxscope/jobs"


def note(folder: Path, words: list[str], where: Path, started: float) -> Job:
    """Write a job down, in place of an earlier one in the same folder; see :class:`Job`.

    Raises
    ------
    OSError
        The register cannot be written.
    """
    job = Job(folder.resolve(), tuple(words), where.resolve(), started)
    path = _path(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two servers may share the register: a file is whole or not there.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".part", delete=False) as file:
        json.dump({**asdict(job), "folder": str(job.folder), "where": str(job.where)}, file)
    os.replace(file.name, path)
    for old in listed()[MOST:]:
        forget(old)
    return job


def forget(job: Job) -> None:
    """Take a job off the register; its folder stays as it is."""
    with suppress(OSError):
        _path(job).unlink()


def listed() -> list[Job]:
    """List the jobs, those started last first."""
    return sorted(_read(), key=lambda job: -job.started)


def find(folder: Path) -> Job | None:
    """Return the job of a folder, None where none is known."""
    resolved = folder.resolve()
    return next((job for job in _read() if job.folder == resolved), None)


def _path(job: Job) -> Path:
    return register_folder() / f"{job.word}.json"


def _read() -> Iterator[Job]:
    for path in register_folder().glob("*.json"):
        # Another server may have taken it away, or a hand written nonsense into it.
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(path.read_bytes())
            words = tuple(map(str, found["words"]))
            yield Job(Path(found["folder"]), words, Path(found["where"]), float(found["started"]))
