"""Searches that run in processes of their own: started, ended, and where they are."""

import hashlib
import os
import signal
import subprocess
from pathlib import Path
from threading import Thread

from core.errors import BoxscopeError
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
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)  # written through a link, another file would be emptied
        with log.open("x") as file:
            running = process.launched(arguments, Path.cwd(), file)
    except OSError as error:
        reason = f"cannot be written ({error.strerror}): BOXSCOPE_STATE names another folder for it"
        raise BoxscopeError(reason, log.parent) from error
    # Waited for, or it would stay a zombie for as long as the server runs.
    Thread(target=running.wait, name="boxscope search", daemon=True).start()
    for _ in range(300):
        if folder.state == "running":
            return
        try:
            code = running.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        if code:
            raise BoxscopeError(process.last_line_of(log) or f"the search ended with code {code}")
        return


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
