"""The command ``warm``: kernels compiled ahead of their first use."""

import argparse
import time
from typing import Any

from core import kernels
from core.cli.terminal import print_message


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "warm",
        help="compile the kernels that would be compiled at their first use",
        description="Compile the kernels that would be compiled at their first use, so that nobody waits "
        "for it then. Kernels already compiled from the same sources are only loaded.",
    )
    parser.set_defaults(command=_warm)
    return parser


def _warm(args: argparse.Namespace) -> dict[str, Any]:
    seconds = {}
    for name, load in kernels.registered().items():
        start = time.perf_counter()
        load()
        seconds[name] = time.perf_counter() - start
        print_message(f"{name}: ready after {seconds[name]:.1f} s")
    return {"seconds": seconds}
