"""``python -m core COMMAND``."""

import signal
import sys

from core.cli import main

if __name__ == "__main__":
    code = main()
    # Python itself is ending: an interrupt now would print a traceback of its own.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)
