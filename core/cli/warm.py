"""The command ``warm``: what is compiled at its first use, compiled ahead."""

import argparse
import time
from typing import Any

from core import kernels
from core.cli.terminal import print_message


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "warm",
        help="compile what would be compiled at its first use",
        description="Compile what would be compiled at its first use, so that nobody waits for it then. What "
        "is kept of an earlier time, by the same sources, is taken as it is.",
    )
    parser.set_defaults(command=_warm)
    return parser


def _warm(given: argparse.Namespace) -> dict[str, Any]:
    seconds = {}
    for name, load in kernels.registered().items():
        start = time.perf_counter()
        load()
        seconds[name] = time.perf_counter() - start
        print_message(f"{name}: ready after {seconds[name]:.1f} s")
    return {"seconds": seconds}
