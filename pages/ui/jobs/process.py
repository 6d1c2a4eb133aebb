"""An export that runs in a process of its own: its start, its end, and how far it is.

The page only reads what the run writes beside its output, so a reload, a second tab and a restart of
the server see the same run.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

from core.errors import BoxscopeError
from core.export import ExportFolder
from pages.ui.jobs import register
from pages.ui.jobs.register import Job

_PROJECT = Path(__file__).parents[3]
# Bytes from the end of a log in which its last line is looked for.
_TAIL = 4000


def start(words: list[str], folder: ExportFolder, where: Path | None = None) -> None:
    """Start an export in a process that outlives this server, and put it on the list of jobs.

    Parameters
    ----------
    words : list of str
        The command behind the name of Python, see :func:`core.cli.spelling.export_command`.
    folder : ExportFolder
        Where it will write; its words go to a file of its name and ``.log`` beside it.
    where : Path or None
        The folder it is started in; None is the server's own.

    Raises
    ------
    BoxscopeError
        It ended at once, or the list of jobs cannot be written.
    """
    folder.path.mkdir(parents=True, exist_ok=True)
    where = where or Path.cwd()
    log = log_of(folder)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_PROJECT), os.environ.get("PYTHONPATH", "")]),
    }
    started = time.time()
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=where,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            env=environment,
        )
    _wait_for_start(process, folder)
    # Its end is taken note of, or it would stay a zombie for as long as the server runs.
    Thread(target=process.wait, name="boxscope export", daemon=True).start()
    try:
        register.note(folder.path, words, where, started)
    except OSError as error:
        path = register.register_folder()
        raise BoxscopeError(f"the export runs, but {path} cannot be written ({error.strerror})") from error


def _wait_for_start(process: "subprocess.Popen[bytes]", folder: ExportFolder) -> None:
    """Wait until the run holds its folder, so that the page that redraws shows it."""
    for _ in range(100):
        if folder.state == "running":
            return
        try:
            code = process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        if code:
            raise BoxscopeError(last_line(folder) or f"the export ended with code {code}")
        return


def resume(job: Job) -> None:
    """Go on with a job, by the same words; errors as of :func:`start`."""
    # What it has finished would be overwritten too.
    words = [word for word in job.words if word != "--overwrite"]
    start(words, ExportFolder(job.folder), job.where)


def cancel(folder: ExportFolder) -> bool:
    """Ask the run to stop; what it has finished is kept, and the next run goes on from there.

    Returns
    -------
    bool
        Whether it was asked: a run that has just begun has not yet said who it is.
    """
    progress = folder.read_progress()
    if folder.state != "running" or not progress or not _is_export(progress["pid"]):
        return False
    os.kill(progress["pid"], signal.SIGTERM)
    return True


def _is_export(pid: int) -> bool:
    """Return whether a process is a run of ours.

    A run on another machine, or one that has not yet said who it is, may have left the number of a
    process that is somebody else's here.
    """
    if sys.platform.startswith("linux"):  # not every Linux has ps
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
    else:
        asked = ["ps", "-o", "args=", "-p", str(pid)]
        words = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    return {"core", "export"} <= set(words)


def log_of(folder: ExportFolder) -> Path:
    """Return the path of the file that takes what a run says."""
    return folder.path.parent / f"{folder.path.name}.log"


def last_line(folder: ExportFolder) -> str:
    """Return the last line that a run said, empty where there is none."""
    try:
        with log_of(folder).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].removeprefix("boxscope: ") if lines else ""
