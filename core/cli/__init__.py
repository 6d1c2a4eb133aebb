"""The command line: ``boxscope COMMAND``, which is ``python -m core COMMAND``, and ``boxscope FOLDER``.

Results go to standard output, messages and progress to standard error. Exit codes: 0 done, 2 a mistake
that the user can correct, 1 a bug, 130 interrupted.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from core.cli import (
    app,
    bench,
    check,
    convert,
    evaluate,
    export,
    fit,
    proposals,
    propose,
    relabel,
    sample,
    score,
    tune,
    warm,
)
from core.cli.parser import OneLineParser
from core.cli.terminal import flush, print_message, print_result
from core.errors import BoxscopeError, Unreachable

INTERRUPTED = 130

# What ends a command in order, unless it was started to ignore it. SIGHUP comes where a terminal is closed or
# a connection ends, nohup ignores it, and Windows has none.
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))

# A command has the name of its module.
COMMANDS = (
    app,
    sample,
    check,
    convert,
    propose,
    proposals,
    evaluate,
    tune,
    fit,
    export,
    relabel,
    score,
    bench,
    warm,
)
_NAMES = [module.__name__.rpartition(".")[2] for module in COMMANDS]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, or None
        None uses those of the process.

    Returns
    -------
    int
        The exit code.
    """
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        try:
            arguments = sys.argv[1:] if arguments is None else arguments
            args = _parser().parse_args(app.with_command(arguments, _NAMES))
            result = args.command(args)
            if args.json:
                print_result(json.dumps(result, allow_nan=False))
            return 0
        finally:
            flush()
    except (BoxscopeError, Unreachable) as error:
        print_message(f"boxscope: {' '.join(line.strip() for line in str(error).splitlines())}")
        return 2
    except BrokenPipeError:
        return 0  # the reader of standard output has closed it, as `head` does
    except KeyboardInterrupt:
        print_message("boxscope: interrupted")
        return INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    for second in _SIGNALS:
        signal.signal(second, _exit)
    raise KeyboardInterrupt


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    # A second interrupt skips the clean-up. No finished work is lost: a run survives even kill -9.
    os._exit(INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    name = "boxscope" if Path(sys.argv[0]).stem == "boxscope" else "python -m core"
    parser = OneLineParser(
        prog=name,
        usage=f"{name} [FOLDER] [--port PORT]\n       {name} COMMAND ...",
        description="Boxscope: region proposals over ground truth, and their crops. "
        "With a folder it starts the app on that data set, with nothing at all on the sample data set.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", prog=name)
    for command in COMMANDS:
        added = command.add(commands)
        if command is not app:
            added.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    return parser
