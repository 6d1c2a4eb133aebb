"""The command ``convert``: annotations written again as right COCO."""

import argparse
from typing import Any

from core.cli import options
from core.cli.terminal import print_images, print_message
from core.datasets.convert.boxes import AUTO, SEGMENTATION
from core.datasets.convert.conversion import convert
from core.datasets.units.unit import AS_COCO, UNITS
from core.errors import BoxscopeError
from core.files import as_path


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "convert",
        help="write corrected annotations: boxes in COCO's units, the right image sizes, listed images only",
        description="Write a COCO file again with what is wrong in it put right: `check` says what that is. "
        "All else in the file stays as it is. Nothing is written where a conversion is not certain.",
    )
    parser.add_argument(
        "annotations", type=as_path, metavar="IN", help="COCO detection JSON, a path or a URL"
    )
    parser.add_argument("out", type=as_path, metavar="OUT.json", help="the file to write")
    parser.add_argument(
        "--boxes", metavar="UNIT", help=f"unit and order of the boxes' numbers. {_units_text()}"
    )
    help = "take width and height from the pictures; boxes of a picture of another size are scaled to it"
    parser.add_argument("--sizes", action="store_true", help=help)
    help = "leave out the annotations of images that are not listed, as in a subset of a data set"
    parser.add_argument("--drop-unlisted", action="store_true", help=help)
    help = "folder of the pictures, for --sizes (beside the annotations, or images/ there)"
    parser.add_argument("--images", type=as_path, dest="images_dir", metavar="DIR", help=help)
    options.add_follow_links(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace OUT.json if it exists")
    parser.set_defaults(command=_convert)
    return parser


def _units_text() -> str:
    others = "; ".join(f"{unit.name}: {unit.text}" for unit in UNITS)
    return (
        f"{AUTO}: each box in the unit in which it fits its own segmentation or area, refused where that is "
        f"not certain; {SEGMENTATION}: boxes that disagree are taken from their segmentations; "
        f"{AS_COCO.name}: they are right, and areas and segmentations that disagree are not; {others}. Boxes "
        "whose numbers are all up to 1 are in 0-1 in any order; yolo is normalised-cxcywh, voc is xyxy"
    )


def _convert(args: argparse.Namespace) -> dict[str, Any]:
    if not (args.boxes or args.sizes or args.drop_unlisted):
        raise BoxscopeError(
            "got no --boxes UNIT, --sizes or --drop-unlisted: nothing to put right", "convert"
        )
    done = convert(
        args.annotations,
        args.out,
        boxes=args.boxes or "",
        sizes=args.sizes,
        drop_unlisted=args.drop_unlisted,
        images_dir=args.images_dir,
        overwrite=args.overwrite,
        follow_links=args.follow_links,
    )
    print_images(done.left, "left as it is:")
    print_message(f"{done.out}: {done.text()}")
    return done.as_dict()
