"""``python -m core COMMAND``."""

import io
import os
import signal
import sys

from core.cli import INTERRUPTED, main

if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a file's name may be any bytes; as standard error has it
    code = main()
    # Python itself is ending: an interrupt now would print a traceback of its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code == INTERRUPTED:
        # A second interrupt may have ended what ended the workers; a thread of their pool waits for them, and
        # Python would wait for that thread.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
