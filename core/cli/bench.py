"""The command ``bench``: benchmarks that live beside the core and compare it with others."""

import argparse
import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

from core.cli.terminal import print_result

BENCHES = ("selective-search", "viewer", "export", "plan", "engines", "export-memory")


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command; each benchmark takes of its options those that its ``run`` knows."""
    parser: argparse.ArgumentParser = commands.add_parser("bench", help="measure speed, side by side")
    parser.add_argument("name", choices=BENCHES, metavar="NAME", help=f"one of {', '.join(BENCHES)}")
    one = parser.add_argument_group("selective-search")
    one.add_argument("--mode", choices=("single", "fast", "quality"), default="fast", help="(fast)")
    one.add_argument("--limit", type=int, default=6, metavar="N", help="pictures of each source (6)")
    one.add_argument("--no-curve", action="store_false", dest="curve", help="no growth up to 12 megapixels")
    one.add_argument("--opencv-up-to", type=float, default=1.0, metavar="MP", help="of that growth (1)")
    two = parser.add_argument_group("viewer", "Drives a Chromium; needs Playwright.")
    two.add_argument("--repeats", type=int, default=20, metavar="N", help="turns of each measurement (20)")
    two.add_argument("--changes", type=int, default=1000, metavar="N", help="image changes for memory (1000)")
    two.add_argument("--requests", type=int, default=1000, metavar="N", help="of pictures, for memory (1000)")
    three = parser.add_argument_group("engines, export-memory")
    three.add_argument("--turns", type=int, default=3, metavar="N", help="of each engine (3)")
    three.add_argument("--few", type=int, default=100, metavar="N", help="images of the small set (100)")
    three.add_argument("--many", type=int, default=2000, metavar="N", help="images of the large set (2000)")
    parser.set_defaults(command=_bench)
    return parser


def _bench(given: argparse.Namespace) -> dict[str, Any]:
    # The core knows them by name alone; bench/ is no installed package, and `boxscope` runs in any folder.
    sys.path.append(str(Path(__file__).parents[2]))
    bench = importlib.import_module(f"bench.{given.name.replace('-', '_')}")
    wanted = inspect.signature(bench.run).parameters
    result: dict[str, Any] = bench.run(
        **{name: value for name, value in vars(given).items() if name in wanted}
    )
    if not given.json:
        print_result(bench.text(result))
    return result
