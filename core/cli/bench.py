"""The command ``bench``: the benchmarks of ``bench/``, which compare the core with other software."""

import argparse
import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

from core.cli.terminal import print_result
from core.files import as_path

BENCHES = (
    *(
        "selective-search",
        "evaluation",
        "viewer",
        "export",
        "plan",
        "engines",
        "export-memory",
        "masks",
        "sessions",
        "big",
        "proposers",
    ),
)


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command; each benchmark is passed the options that are parameters of its ``run``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "bench", help="run a benchmark that compares the core with other software"
    )
    parser.add_argument("name", choices=BENCHES, metavar="NAME", help=f"one of {', '.join(BENCHES)}")
    group = parser.add_argument_group("proposers")
    help = "COCO detection JSON of the data set that the proposers are measured on"
    group.add_argument("annotations", type=as_path, nargs="?", metavar="ANNOTATIONS", help=help)
    help = "COCO file of its training split, to which learned-boxes is fitted (it is left out)"
    group.add_argument("--train", type=as_path, metavar="ANNOTATIONS", help=help)
    help = "measure the first N images alone (all of them)"
    group.add_argument("--first", type=int, default=0, metavar="N", help=help)
    help = "leave out images with TEXT in their file name"
    group.add_argument("--leave-out", default="", metavar="TEXT", help=help)
    group = parser.add_argument_group("selective-search")
    group.add_argument(
        "--mode", choices=("single", "fast", "quality"), default="fast", help="mode of the search (fast)"
    )
    group.add_argument("--limit", type=int, default=6, metavar="N", help="pictures of each source (6)")
    group.add_argument(
        "--no-curve",
        action="store_false",
        dest="curve",
        help="skip the pictures up to 12 megapixels",
    )
    group.add_argument(
        "--opencv-up-to",
        type=float,
        default=1.0,
        metavar="MP",
        help="largest picture given to OpenCV, megapixels (1)",
    )
    group = parser.add_argument_group("viewer", "Drives a Chromium; needs Playwright.")
    group.add_argument(
        "--repeats", type=int, default=20, metavar="N", help="repeats of each measurement (20)"
    )
    group.add_argument(
        "--changes", type=int, default=1000, metavar="N", help="image changes while memory is measured (1000)"
    )
    group.add_argument(
        "--requests",
        type=int,
        default=1000,
        metavar="N",
        help="requests for pictures while memory is measured (1000)",
    )
    group = parser.add_argument_group("engines, export-memory, big")
    group.add_argument("--turns", type=int, default=3, metavar="N", help="runs of each engine (3)")
    group.add_argument("--few", type=int, default=100, metavar="N", help="images of the small set (100)")
    group.add_argument("--many", type=int, default=2000, metavar="N", help="images of the large set (2000)")
    group = parser.add_argument_group("masks")
    help = "pictures of the large folder; the small one has a tenth (11000)"
    group.add_argument("--masks", type=int, default=11_000, metavar="N", help=help)
    group = parser.add_argument_group("sessions", "Drives a Chromium; needs Playwright.")
    group.add_argument("--sessions", type=int, default=10, metavar="N", help="clients at once (10)")
    group.add_argument(
        "--seconds", type=float, default=120, metavar="S", help="seconds for which they send requests (120)"
    )
    group = parser.add_argument_group("big")
    group.add_argument("--keep", default="", metavar="DIR", help="keep the drawn set there for the next time")
    parser.set_defaults(command=_bench)
    return parser


def _bench(args: argparse.Namespace) -> dict[str, Any]:
    # Imported by name: bench/ is not part of the installed package, and `boxscope` runs in any folder.
    sys.path.append(str(Path(__file__).parents[2]))
    bench = importlib.import_module(f"bench.{args.name.replace('-', '_')}")
    accepted = inspect.signature(bench.run).parameters
    result: dict[str, Any] = bench.run(
        **{name: value for name, value in vars(args).items() if name in accepted}
    )
    if not args.json:
        print_result(bench.text(result))
    return result
