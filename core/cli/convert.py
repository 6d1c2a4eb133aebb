"""The command ``convert``: annotations written again as right COCO, or a folder in another format as COCO."""

import argparse
from pathlib import Path
from typing import Any

from core import parameters
from core.cli import options
from core.cli.folder_conversion import convert_other
from core.cli.spelling import option_name
from core.cli.terminal import print_images, print_message
from core.datasets.convert.boxes import AUTO, SEGMENTATION
from core.datasets.convert.conversion import convert
from core.datasets.formats.kept import is_other
from core.datasets.formats.table import FORMATS
from core.datasets.units.unit import AS_COCO, UNITS
from core.errors import BoxscopeError
from core.files import as_path


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    titles = ", ".join(form.title for form in FORMATS.values())
    parser: argparse.ArgumentParser = commands.add_parser(
        "convert",
        help="write annotations as right COCO: from another format, or with boxes and sizes put right",
        description=f"Write a folder in another format ({titles}) as a COCO file; or write a COCO file again "
        "with what is wrong in it put right: `check` says what that is, and all else in the file stays as it "
        "is. Nothing is written where a conversion is not certain, and what is read stays as it is.",
    )
    help = "a folder in another format; or COCO detection JSON, a path or a URL"
    parser.add_argument("annotations", type=as_path, metavar="IN", help=help)
    parser.add_argument("out", type=as_path, metavar="OUT.json", help="the file to write")
    _add_for_folders(parser.add_argument_group("a folder in another format"))
    _add_for_coco(parser.add_argument_group("a COCO file"))
    options.add_follow_links(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace OUT.json if it exists")
    parser.set_defaults(command=_convert)
    return parser


def _add_for_folders(group: Any) -> None:
    add = group.add_argument
    help = "the format, where a folder looks like several (the one that it looks like)"
    add("--format", choices=list(FORMATS), help=help)
    add("--split", metavar="NAME", help="the split to read, of several; all for all of them as one")
    told = "; ".join(filter(None, map(_settings_text, FORMATS)))
    help = f"a setting of the format; can be given several times. {told}".replace("%", "%%")
    add("--param", action="append", default=[], metavar="NAME=VALUE", help=help)
    options.add_report(group)


def _settings_text(name: str) -> str:
    specs = parameters.parameters(FORMATS[name])
    told = ", ".join(f"{spec.name}={spec.spell(spec.default)}" for spec in specs)
    return told and f"{name}: {told}"


def _add_for_coco(group: Any) -> None:
    add = group.add_argument
    help = f"unit and order of the boxes' numbers. {_units_text()}"
    add("--boxes", metavar="UNIT", help=help)
    help = "take width and height from the pictures; boxes of a picture of another size are scaled to it"
    add("--sizes", action="store_true", help=help)
    help = "leave out the annotations of images that are not listed, as in a subset of a data set"
    add("--drop-unlisted", action="store_true", help=help)
    help = "folder of the pictures, for --sizes (beside the annotations, or images/ there)"
    add("--images", type=as_path, dest="images_dir", metavar="DIR", help=help)


def _units_text() -> str:
    others = "; ".join(f"{unit.name}: {unit.text}" for unit in UNITS)
    return (
        f"{AUTO}: each box in the unit in which it fits its own segmentation or area, refused where that is "
        f"not certain; {SEGMENTATION}: boxes that disagree are taken from their segmentations; "
        f"{AS_COCO.name}: they are right, and areas and segmentations that disagree are not; {others}. Boxes "
        "whose numbers are all up to 1 are in 0-1 in any order; yolo is normalised-cxcywh, voc is xyxy"
    )


def _convert(args: argparse.Namespace) -> dict[str, Any]:
    if isinstance(args.annotations, Path) and is_other(args.annotations):
        _refuse(args, ("boxes", "sizes", "drop_unlisted", "images_dir"), "is for a COCO file, IN is a folder")
        return convert_other(args)
    _refuse(args, ("format", "split", "param", "report"), "is for a folder in another format, IN is a file")
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


def _refuse(args: argparse.Namespace, names: tuple[str, ...], reason: str) -> None:
    for name in names:
        if getattr(args, name):
            raise BoxscopeError(reason, option_name(name.removesuffix("_dir")))
