"""What ``convert`` does with a folder in another format."""

import argparse
import sys
from typing import Any

from core.cli import options
from core.cli.counter import Counter
from core.cli.terminal import print_message
from core.datasets import kinds
from core.datasets.formats.conversion import convert_folder, images_option
from core.datasets.formats.recognising import find
from core.datasets.inside import follows_links


def convert_other(args: argparse.Namespace) -> dict[str, Any]:
    """Write the folder of the options as COCO, and say what was found and noted."""
    write_report = options.report(args)
    follow = follows_links(args.follow_links)
    settings = options.pairs(args.param)
    source = find(args.annotations, args.format or "", args.split or "", settings, follow)
    print_message(source.recognition.text())
    with Counter("images", sys.stderr) as counter:
        done = convert_folder(
            source,
            args.out,
            overwrite=args.overwrite,
            follow_links=follow,
            progress=counter,
        )
    write_report(done.notes)
    for line in kinds.problem_lines(done.notes):
        print_message(line)
    for line in kinds.summary_lines(done.notes):
        print_message(line)
    left_out = done.found - done.images
    rest = f", {left_out:,} of {done.found:,} left out" if left_out else ""
    print_message(f"{done.out}: {done.text()}{rest}")
    if option := images_option(done):
        print_message(f"open it with {option}")
    return done.as_dict()
