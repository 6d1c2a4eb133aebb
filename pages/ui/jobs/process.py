"""Starting, resuming and cancelling an export that runs in a process of its own.

The page only reads what the run writes beside its output, so that a reload, a second tab and a restart of the
server show the same run.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread
from typing import TextIO

from core.errors import BoxscopeError
from core.export import ExportFolder
from core.files import as_local_path
from core.runs import RunFolder
from pages.ui.jobs import register
from pages.ui.jobs.register import Job

_PROJECT = Path(__file__).parents[3]
# Bytes at the end of a log that are searched for its last line.
_TAIL = 4000


def start(arguments: list[str], folder: ExportFolder, working_folder: Path | None = None) -> None:
    """Start an export in a process that outlives this server, and add it to the register of jobs.

    Parameters
    ----------
    arguments : list of str
        The arguments of Python, see :func:`core.cli.spelling.export_command`.
    folder : ExportFolder
        Where it will write; its messages go to a file beside the register of jobs.
    working_folder : Path or None
        The folder in which it is started; None for the server's.

    Raises
    ------
    BoxscopeError
        The run failed at once, or the register of jobs cannot be written.
    """
    working_folder = working_folder or Path.cwd()
    started = time.time()
    wait_for_start(launched(arguments, log_of(folder), working_folder), folder, log_of(folder))
    try:
        register.write(as_local_path(folder.path), arguments, working_folder, started)
    except OSError as error:
        path = register.register_folder()
        raise BoxscopeError(f"the export runs, but {path} cannot be written ({error.strerror})") from error


def launched(
    arguments: list[str], log: Path, working_folder: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start Python with some arguments in a process that outlives this server, and return it.

    Parameters
    ----------
    arguments : list of str
    log : Path
        Its messages, in place of a former file.
    working_folder : Path or None
        None for the server's.

    Raises
    ------
    BoxscopeError
        The log cannot be written.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(_PROJECT), os.environ.get("PYTHONPATH", "")]),
    }
    with _opened(log) as file:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=working_folder or Path.cwd(),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            env=environment,
        )
    # Waited for, or it would stay a zombie for as long as the server runs.
    Thread(target=process.wait, name=f"boxscope {process.pid}", daemon=True).start()
    return process


def _opened(log: Path) -> TextIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)  # written through a link, another file would be emptied
        return log.open("x")
    except OSError as error:
        reason = f"cannot be written ({error.strerror}): BOXSCOPE_STATE names another folder for it"
        raise BoxscopeError(reason, log.parent) from error


def wait_for_start(process: "subprocess.Popen[bytes]", folder: RunFolder, log: Path) -> None:
    """Wait until a run has locked its folder, so that the page shows it when it is redrawn.

    Raises
    ------
    BoxscopeError
        It failed at once.
    """
    for _ in range(300):
        if folder.state == "running":
            return
        try:
            code = process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        if code:
            raise BoxscopeError(last_line_of(log) or f"the run ended with code {code}")
        return


def resume(job: Job) -> None:
    """Resume a job with the same arguments; for errors see :func:`start`."""
    # --overwrite would remove what the job has finished.
    arguments = [argument for argument in job.arguments if argument != "--overwrite"]
    start(arguments, ExportFolder(job.folder), job.working_folder)


def cancel(folder: ExportFolder) -> bool:
    """Send the run a signal to stop; what it has finished is kept, and can be resumed.

    Returns
    -------
    bool
        Whether the signal was sent: a run that has just begun has not yet written its process id.
    """
    progress = folder.read_progress()
    if folder.state != "running" or not progress or not runs(progress["pid"], "export"):
        return False
    os.kill(progress["pid"], signal.SIGTERM)
    return True


def runs(pid: int, command: str) -> bool:
    """Return whether a process runs a command of the core, such as ``export``.

    The process id in a file may be that of another program: the run may be on another machine, or may have
    ended.
    """
    if sys.platform.startswith("linux"):  # not every Linux has ps
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
    else:
        command = ["ps", "-o", "args=", "-p", str(pid)]
        arguments = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
    return {"core", command} <= set(arguments)


def log_of(folder: ExportFolder) -> Path:
    """Return the path of the log of a run."""
    return register.log_of(as_local_path(folder.path))


def last_line(folder: ExportFolder) -> str:
    """Return the last line of the log of a run, empty where there is none."""
    return last_line_of(log_of(folder))


def last_line_of(log: Path) -> str:
    """Return the last line of a log, empty where there is none."""
    lines = last_lines_of(log)
    return lines[-1] if lines else ""


def last_lines_of(log: Path) -> list[str]:
    """Return the last lines of a log, none where there is no log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return []
    return [line.removeprefix("boxscope: ") for line in lines]
