"""The command line: ``python -m core COMMAND``.

Results go to standard output, words and progress to standard error. Exit codes: 0 done, 2 a mistake
that the user can put right, 1 a fault of ours, 130 interrupted.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

from core import benches, checking, exporting, options, proposing
from core.counter import Counter
from core.datasets import make_sample
from core.errors import BoxscopeError, Unreachable
from core.files.paths import place, remote
from core.terminal import flush, show
from core.terminal import say as _say

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, or None
        None takes those of the process.

    Returns
    -------
    int
        The exit code.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        try:
            given = _parser().parse_args(arguments)
            result = given.command(given)
            if given.json:
                show(json.dumps(result, allow_nan=False))
            return 0
        finally:
            flush()
    except (BoxscopeError, Unreachable) as error:
        _say(f"boxscope: {' '.join(str(error).split())}")
        return 2
    except BrokenPipeError:
        return 0  # who read us has left, as `head` does
    except KeyboardInterrupt:
        _say("boxscope: interrupted")
        return INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    for again in (signal.SIGTERM, signal.SIGINT):
        signal.signal(again, _leave)
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    # Whoever asks twice does not wait until all is put away: no worse than kill -9, which loses nothing.
    os._exit(INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = options.OneLineParser(
        prog="python -m core", description="Boxscope: region proposals over ground truth, and their crops."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_sample,
        checking.add,
        proposing.add,
        proposing.add_set,
        exporting.add,
        exporting.add_relabel,
        _add_bench,
    ):
        command = add(commands)
        command.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    return parser


def _add_sample(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("sample", help="make a synthetic data set of cracks in concrete")
    parser.add_argument("out", type=place, metavar="OUT", help="folder for train/ and valid/")
    parser.add_argument(
        "--images", type=int, default=32, help="of both splits together, a quarter valid (32)"
    )
    parser.add_argument("--width", type=int, default=640, help="pixels (640)")
    parser.add_argument("--height", type=int, default=480, help="pixels (480)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other pictures (0)")
    parser.set_defaults(command=_sample)
    return parser


def _sample(given: argparse.Namespace) -> dict[str, Any]:
    if remote(given.out) is not None:
        raise BoxscopeError(f"{given.out}: got a URL, expected a folder of this machine")
    with Counter("images", sys.stderr) as counter:
        counts = make_sample(given.out, given.images, given.width, given.height, given.seed, progress=counter)
    _say(f"{given.out}: {counts}")
    return {"out": str(given.out), **counts}


def _add_bench(commands: Any) -> argparse.ArgumentParser:
    parser = benches.add(commands)
    parser.set_defaults(command=_bench)
    return parser


def _bench(given: argparse.Namespace) -> dict[str, Any]:
    result, words = benches.measure(given)
    if not given.json:
        show(words)
    return result
