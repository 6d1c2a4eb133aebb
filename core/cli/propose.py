"""The command ``propose``: the proposals of some pictures, without labels and crops."""

import argparse
from typing import Any

from core import images, pipeline
from core.cli import options
from core.cli.terminal import print_message, print_result
from core.datasets import read_as_set
from core.files import as_path
from core.proposers import ImageRef


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "propose", help="print the proposals of some pictures"
    )
    parser.add_argument("images", type=as_path, nargs="+", metavar="IMAGE")
    options.add_levels(parser)
    options.add_setup(parser, labels=False)
    parser.set_defaults(command=_propose)
    return parser


def _propose(args: argparse.Namespace) -> dict[str, Any]:
    setup, pictures, reading = options.setup(args), [], read_as_set(args.images, args.levels)
    for path in args.images:
        image = images.read(path, reading=reading)
        height, width = image.shape[:2]
        ref = ImageRef(None, path.as_posix(), width, height)
        found, seconds = pipeline.propose(setup, image, str(path), ref)
        boxes = found.boxes
        if remark := setup.proposer.remark(width, height):
            print_message(f"{path}: {remark}")
        pictures.append(
            {"file": str(path), "width": width, "height": height, "boxes": boxes.tolist(), "seconds": seconds}
        )
        if not args.json:
            print_result(f"{path}: {len(boxes)} proposals in {seconds * 1000:.0f} ms")
            for x0, y0, x1, y1 in boxes.tolist():
                print_result(f"  {x0:g} {y0:g} {x1:g} {y1:g}")
    return {"images": pictures}
