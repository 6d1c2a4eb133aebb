"""Searches that run in processes of their own: started, ended, and where they are."""

import hashlib
import os
import signal
from pathlib import Path

from core.files.user_state import state_folder
from core.tuning.folder import TuneFolder
from pages.ui.jobs import process


def parent() -> Path:
    """Return the folder of the searches that pages start."""
    return state_folder() / "searches"


def folder_of(*settings: object) -> TuneFolder:
    """Return the folder of a search with some settings: the same ones go on where they were."""
    name = hashlib.sha256(repr(settings).encode()).hexdigest()[:16]
    return TuneFolder(parent() / name)


def start(arguments: list[str], folder: TuneFolder) -> None:
    """Start a search in a process that outlives this server, and wait until it has begun.

    Parameters
    ----------
    arguments : list of str
        The arguments of Python, see :func:`core.cli.spelling.tune_command`.
    folder : TuneFolder

    Raises
    ------
    BoxscopeError
        It failed at once, or the folder for its log cannot be written.
    """
    log = _log(folder)
    process.wait_for_start(process.launched(arguments, log), folder, log)


def cancel(folder: TuneFolder) -> None:
    """Send a search the signal to stop; the trials that have ended are kept."""
    progress = folder.read_progress()
    if folder.state == "running" and progress and process.runs(progress["pid"], "tune"):
        os.kill(progress["pid"], signal.SIGTERM)


def last_line(folder: TuneFolder) -> str:
    """Return the last line of the log of a search, empty where there is none."""
    return process.last_line_of(_log(folder))


def _log(folder: TuneFolder) -> Path:
    return Path(folder.path).with_suffix(".log")
