"""``python -m core COMMAND``, and ``boxscope COMMAND``, which is the same."""

import io
import os
import signal
import sys
from typing import NoReturn

from core.cli import INTERRUPTED, main


def run() -> NoReturn:
    """Run the command that the process was started with, and end the process with its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name may be any bytes, which UTF-8 cannot encode; standard error escapes them by default.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = main()
    # Python is shutting down: an interrupt now would print a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code == INTERRUPTED:
        # A second interrupt may have stopped the shutdown of the worker pool: one of its threads still waits
        # for the workers, and Python would wait for that thread.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()
