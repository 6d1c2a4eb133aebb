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
        # A file's name may be any bytes; as standard error has it.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = main()
    # Python itself is ending: an interrupt here would print a traceback of its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code == INTERRUPTED:
        # A second interrupt may have ended what ended the workers; a thread of their pool waits for them, and
        # Python would wait for that thread.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()
