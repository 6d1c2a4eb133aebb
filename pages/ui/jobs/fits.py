"""Fits of orders that run in processes of their own: started, and asked how far they are.

Messages go to a log in ``fits/`` of the folder for the user's state, beside a file that names the process.
"""

import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import NamedTuple

from core.errors import BoxscopeError
from core.files.replacing import replace_file
from core.files.user_state import state_folder
from pages.ui.jobs import process

_COUNTED = re.compile(r"(\d+)/(\d+) (images|fits)")
# Share of the time that collecting the images takes, about.
_IMAGES = 0.5


class Fit(NamedTuple):
    """A fit that was started from the page.

    Attributes
    ----------
    state : str
        ``none``, ``running``, ``done`` or ``failed``.
    text : str
        How far it is, or why it failed.
    share : float
        That is done, 0 to 1.
    """

    state: str
    text: str = ""
    share: float = 0.0


def start(arguments: list[str], out: Path) -> None:
    """Start a fit in a process that outlives this server.

    Parameters
    ----------
    arguments : list of str
        The arguments of Python, see :func:`core.cli.spelling.fit_command`.
    out : Path
        The file that it writes.

    Raises
    ------
    BoxscopeError
        The folder for the log cannot be written.
    """
    started = time.time()
    running = process.launched(arguments, _log(out))
    try:
        replace_file(_named(out), json.dumps({"pid": running.pid, "started": started}).encode())
    except OSError as error:
        reason = f"cannot be written ({error.strerror}): BOXSCOPE_STATE names another folder for it"
        raise BoxscopeError(reason, _log(out).parent) from error


def fit_of(out: Path) -> Fit:
    """Return how far the fit that writes a file is."""
    try:
        named = json.loads(_named(out).read_bytes())
        pid, started = int(named["pid"]), float(named["started"])
    except (OSError, ValueError, KeyError, TypeError):
        return Fit("none")
    runs = process.runs(pid, "fit")  # asked before the log is read: the last line of an ended fit is there
    lines = process.last_lines_of(_log(out))
    text = lines[-1] if lines else ""
    if runs:
        return _running(lines)
    # A second less: some file systems keep whole seconds.
    done = out.is_file() and out.stat().st_mtime >= started - 1
    return Fit("done") if done else Fit("failed", text or "the fit was ended from outside")


def _running(lines: list[str]) -> Fit:
    """Return how far a fit is that has written some lines: counts, and between them what takes its time."""
    counts = [counted for line in lines if (counted := _COUNTED.match(line))]
    if not counts:
        return Fit("running", lines[-1] if lines else "starting …")
    done, total, unit = int(counts[-1][1]), int(counts[-1][2]), counts[-1][3]
    share = done / max(total, 1)
    share = share * _IMAGES if unit == "images" else _IMAGES + share * (1 - _IMAGES)
    what = "images described" if unit == "images" else "fits done, four of them to judge it"
    text = f"{done:,} of {total:,} {what}" if _COUNTED.match(lines[-1]) else lines[-1]
    return Fit("running", text, share)


def _log(out: Path) -> Path:
    name = hashlib.sha256(os.fsencode(out)).hexdigest()[:16]
    return state_folder() / "fits" / f"{name}.log"


def _named(out: Path) -> Path:
    return _log(out).with_suffix(".json")
