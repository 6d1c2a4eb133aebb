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
)

_BROWSER = "Drives a Chromium; needs Playwright."


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command; each benchmark is passed the options that are parameters of its ``run``."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "bench", help="run a benchmark that compares the core with other software"
    )
    parser.add_argument("name", choices=BENCHES, metavar="NAME", help=f"one of {', '.join(BENCHES)}")
    _add_proposers(parser.add_argument_group("proposers"))
    _add_selective_search(parser.add_argument_group("selective-search"))
    viewer = parser.add_argument_group("viewer", _BROWSER)
    _count(viewer, "--repeats", 20, "repeats of each measurement")
    _count(viewer, "--changes", 1000, "image changes while memory is measured")
    _count(viewer, "--requests", 1000, "requests for pictures while memory is measured")
    runs = parser.add_argument_group("engines, export-memory, big")
    _count(runs, "--turns", 3, "runs of each engine")
    _count(runs, "--few", 100, "images of the small set")
    _count(runs, "--many", 2000, "images of the large set")
    masks = parser.add_argument_group("masks")
    _count(masks, "--masks", 11_000, "pictures of the large folder; the small one has a tenth")
    sessions = parser.add_argument_group("sessions", _BROWSER)
    _count(sessions, "--sessions", 10, "clients at once")
    help = "seconds for which they send requests (120)"
    sessions.add_argument("--seconds", type=float, default=120, metavar="S", help=help)
    help = "keep the drawn set there for the next time"
    parser.add_argument_group("big").add_argument("--keep", default="", metavar="DIR", help=help)
    parser.set_defaults(command=_bench)
    return parser


def _count(group: Any, name: str, default: int, help: str) -> None:
    group.add_argument(name, type=int, default=default, metavar="N", help=f"{help} ({default})")


def _add_proposers(group: Any) -> None:
    help = "COCO detection JSON of the data set that the proposers are measured on"
    group.add_argument("annotations", type=as_path, nargs="?", metavar="ANNOTATIONS", help=help)
    help = "COCO file of its training split, to which learned-boxes is fitted (it is left out)"
    group.add_argument("--train", type=as_path, metavar="ANNOTATIONS", help=help)
    help = "measure the first N images alone (all of them)"
    group.add_argument("--first", type=int, default=0, metavar="N", help=help)
    help = "leave out images with TEXT in their file name"
    group.add_argument("--leave-out", default="", metavar="TEXT", help=help)


def _add_selective_search(group: Any) -> None:
    modes = ("single", "fast", "quality")
    group.add_argument("--mode", choices=modes, default="fast", help="mode of the search (fast)")
    _count(group, "--limit", 6, "pictures of each source")
    help = "skip the pictures up to 12 megapixels"
    group.add_argument("--no-curve", action="store_false", dest="curve", help=help)
    help = "largest picture given to OpenCV, megapixels (1)"
    group.add_argument("--opencv-up-to", type=float, default=1.0, metavar="MP", help=help)


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
