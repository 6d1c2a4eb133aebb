"""The command ``sample``: a synthetic data set."""

import argparse
import sys
from typing import Any

from core.cli.counter import Counter
from core.cli.terminal import print_message
from core.datasets import make_sample
from core.files import as_local_path


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "sample", help="create a synthetic data set of cracks in concrete"
    )
    parser.add_argument("out", type=as_local_path, metavar="OUT", help="folder for train/ and valid/")
    parser.add_argument(
        "--images", type=int, default=32, help="number of images, a quarter of them in valid (32)"
    )
    parser.add_argument("--width", type=int, default=640, help="width of an image, px (640)")
    parser.add_argument("--height", type=int, default=480, help="height of an image, px (480)")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other pictures (0)")
    parser.set_defaults(command=_sample)
    return parser


def _sample(args: argparse.Namespace) -> dict[str, Any]:
    with Counter("images", sys.stderr) as counter:
        counts = make_sample(args.out, args.images, args.width, args.height, args.seed, progress=counter)
    print_message(f"{args.out}: {counts}")
    return {"out": str(args.out), **counts}
