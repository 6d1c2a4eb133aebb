"""The command line: ``python -m core COMMAND``.

Results go to standard output, words and progress to standard error. Exit codes: 0 done, 2 a mistake
that the user can put right, 1 a fault of ours, 130 interrupted.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from core import benches, exporting, images, options, pipeline
from core.counter import Counter
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from core.executors import engine
from core.export.results import write_results
from core.health import check
from core.places import Unreachable, place
from core.sample import make_sample
from core.splits import shared_pictures
from core.terminal import say as _say
from core.terminal import say_skipped as _say_skipped

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, or None
        None takes those of the process.

    Returns
    -------
    int
        The exit code.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        given = _parser().parse_args(arguments)
        result = given.command(given)
        if given.json:
            print(json.dumps(result))
        return 0
    except (BoxscopeError, Unreachable) as error:
        _say(f"boxscope: {' '.join(str(error).split())}")
        return 2
    except BrokenPipeError:
        # Who read us has left, as `head` does; what is still to be flushed has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        _say("boxscope: interrupted")
        return INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    for again in (signal.SIGTERM, signal.SIGINT):
        signal.signal(again, _leave)
    raise KeyboardInterrupt


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    # Whoever asks twice does not wait until all is put away: no worse than kill -9, which loses nothing.
    os._exit(INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = options.OneLineParser(
        prog="python -m core", description="Boxscope: region proposals over ground truth, and their crops."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_sample,
        _add_check,
        _add_propose,
        _add_proposals,
        exporting.add,
        exporting.add_relabel,
        _add_bench,
    ):
        command = add(commands)
        command.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    return parser


def _add_sample(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("sample", help="make a synthetic data set of cracks in concrete")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for train/ and valid/")
    parser.add_argument(
        "--images", type=int, default=32, help="of both splits together, a quarter valid (32)"
    )
    parser.add_argument("--width", type=int, default=640, help="pixels (640)")
    parser.add_argument("--height", type=int, default=480, help="pixels (480)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other pictures (0)")
    parser.set_defaults(command=_sample)
    return parser


def _sample(given: argparse.Namespace) -> dict[str, Any]:
    with Counter("images", sys.stderr) as counter:
        counts = make_sample(given.out, given.images, given.width, given.height, given.seed, progress=counter)
    _say(f"{given.out}: {counts}")
    return {"out": str(given.out), **counts}


def _add_check(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("check", help="say what is wrong with a data set, image by image")
    options.add_dataset(parser)
    parser.add_argument("--headers", action="store_true", help="read only the headers of pictures: faster")
    options.add_other(parser)
    parser.set_defaults(command=_check)
    return parser


def _check(given: argparse.Namespace) -> dict[str, Any]:
    dataset = options.dataset(given)
    health = check(dataset, decode=not given.headers)
    if not given.json:
        print(health.words)
    result = health.as_dict()
    return result if given.against is None else {**result, "shared": _shared(dataset, given.against)}


def _shared(dataset: CocoDataset, other: Path) -> list[dict[str, str]]:
    with Counter("pictures compared", sys.stderr) as counter:
        shared = shared_pictures(dataset, CocoDataset.open(other), progress=counter)
    for found in shared:
        _say(f"{found.first}: also in {other}, by its {found.same}, as {found.second}")
    _say(f"{len(shared)} pictures are in {other} too")
    return [asdict(found) for found in shared]


def _add_propose(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("propose", help="print the proposals of some pictures")
    parser.add_argument("images", type=place, nargs="+", metavar="IMAGE")
    options.add_setup(parser)
    parser.set_defaults(command=_propose)
    return parser


def _propose(given: argparse.Namespace) -> dict[str, Any]:
    setup, found = options.setup(given), []
    for path in given.images:
        image = images.read(path)
        boxes, seconds = pipeline.propose(setup, image, str(path))
        height, width = image.shape[:2]
        found.append(
            {"file": str(path), "width": width, "height": height, "boxes": boxes.tolist(), "seconds": seconds}
        )
        if not given.json:
            print(f"{path}: {len(boxes)} proposals in {seconds * 1000:.0f} ms")
            for x0, y0, x1, y1 in boxes.tolist():
                print(f"  {x0:g} {y0:g} {x1:g} {y1:g}")
    return {"images": found}


def _add_proposals(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "proposals",
        help="write the proposals of a data set as COCO results",
        description="Write the proposals of a data set, without labels and crops, as COCO results: a JSON "
        "list that pycocotools (loadRes) and FiftyOne read. The score is 1 / (1 + rank); the category is the "
        "data set's first, so compare without categories. A run that was broken off is gone on from.",
    )
    options.add_dataset(parser)
    parser.add_argument("--out", type=place, required=True, metavar="FILE", help="the JSON file to write")
    options.add_setup(parser)
    options.add_workers(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace a file of that name")
    parser.set_defaults(command=_proposals)
    return parser


def _proposals(given: argparse.Namespace) -> dict[str, Any]:
    given = options.seen_from_afar(given)
    dataset, setup = options.dataset(given), options.setup(given)
    with engine(given.workers, given.scheduler) as (pool, workers), Counter("images", sys.stderr) as counter:
        for progress in write_results(dataset, setup, given.out, pool, workers, given.overwrite):
            counter(progress.done, progress.total)
    skipped = sorted(progress.skipped, key=lambda image: image["file"])
    _say_skipped(skipped)
    _say(f"{given.out}: {progress.proposals} proposals of {progress.images} images")
    return {**asdict(progress), "skipped": skipped, "out": str(given.out)}


def _add_bench(commands: Any) -> argparse.ArgumentParser:
    parser = benches.add(commands)
    parser.set_defaults(command=_bench)
    return parser


def _bench(given: argparse.Namespace) -> dict[str, Any]:
    result, words = benches.measure(given)
    if not given.json:
        print(words)
    return result
