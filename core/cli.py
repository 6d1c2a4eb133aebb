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
from types import FrameType
from typing import Any, NoReturn

from core import benches, checking, options, proposing
from core.counter import Counter
from core.errors import BoxscopeError
from core.executors import engine
from core.export import EVERY_FORMAT, DatasetKind, ExportConfig, ExportFolder, estimate, relabel, run
from core.export.plan import SHARD_IMAGES
from core.export.relabel import exports_in
from core.places import Unreachable, place, remote
from core.sample import make_sample
from core.terminal import flush, show
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
        try:
            given = _parser().parse_args(arguments)
            result = given.command(given)
            if given.json:
                show(json.dumps(result))
            return 0
        finally:
            flush()
    except (BoxscopeError, Unreachable) as error:
        _say(f"boxscope: {' '.join(str(error).split())}")
        return 2
    except BrokenPipeError:
        return 0  # who read us has left, as `head` does
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
        checking.add,
        proposing.add,
        proposing.add_set,
        _add_export,
        _add_relabel,
        _add_bench,
    ):
        command = add(commands)
        command.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    return parser


def _add_sample(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("sample", help="make a synthetic data set of cracks in concrete")
    parser.add_argument("out", type=place, metavar="OUT", help="folder for train/ and valid/")
    parser.add_argument(
        "--images", type=int, default=32, help="of both splits together, a quarter valid (32)"
    )
    parser.add_argument("--width", type=int, default=640, help="pixels (640)")
    parser.add_argument("--height", type=int, default=480, help="pixels (480)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other pictures (0)")
    parser.set_defaults(command=_sample)
    return parser


def _sample(given: argparse.Namespace) -> dict[str, Any]:
    if remote(given.out) is not None:
        raise BoxscopeError(f"{given.out}: got a URL, expected a folder of this machine")
    with Counter("images", sys.stderr) as counter:
        counts = make_sample(given.out, given.images, given.width, given.height, given.seed, progress=counter)
    _say(f"{given.out}: {counts}")
    return {"out": str(given.out), **counts}


def _add_export(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("export", help="write the labelled crops of a data set's proposals")
    options.add_dataset(parser)
    parser.add_argument("--out", type=place, required=True, help="the export is written to OUT/SPLIT")
    parser.add_argument("--split", choices=[str(kind) for kind in DatasetKind], required=True)
    options.add_setup(parser)
    options.add_sampling(parser)
    words = "; ".join(f"{name}: {form.summary}" for name, form in EVERY_FORMAT.items())
    parser.add_argument("--format", choices=list(EVERY_FORMAT), default="files", help=f"{words} (files)")
    words = f"that are done and resumed together, and make one shard ({SHARD_IMAGES})"
    parser.add_argument("--shard-images", type=int, default=SHARD_IMAGES, metavar="N", help=f"images {words}")
    options.add_workers(parser)
    parser.add_argument("--dry-run", action="store_true", help="write nothing: estimate from a few images")
    parser.add_argument("--overwrite", action="store_true", help="replace an export with other settings")
    parser.set_defaults(command=_export)
    return parser


def _export(given: argparse.Namespace) -> dict[str, Any]:
    given = options.seen_from_afar(given)
    config = ExportConfig(
        options.dataset(given),
        DatasetKind(given.split),
        options.setup(given),
        options.sampling(given),
        given.format,
        given.shard_images,
    )
    if given.dry_run:
        return _dry_run(config, ExportFolder(given.out / given.split), given.workers or os.cpu_count() or 1)
    with engine(given.workers, given.scheduler) as (pool, workers), Counter("images", sys.stderr) as counter:
        for progress in run(config, given.out, pool, workers, given.overwrite):
            counter(progress.counted if progress.counting else progress.done, progress.total, progress.pace)
    _say_skipped(progress.skipped)
    _say(
        f"{given.out / given.split}: {progress.crops} crops ({progress.positives} positive, "
        f"{progress.negatives} negative) of {progress.images} images in {progress.seconds:.1f} s"
    )
    return {**progress.result(), "seconds": progress.seconds, "out": str(given.out / given.split)}


def _add_relabel(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "relabel",
        help="write the labels of an export anew, without cutting again",
        description="Write the labels and names of a finished export anew from the IoU it holds. Which crops "
        "there are stays. A run that was broken off leaves an export that says so: relabel it again.",
    )
    parser.add_argument("out", type=place, metavar="OUT", help="an export's folder, or one with its splits")
    parser.add_argument("--positive", required=True, metavar="IOU", help="a crop is positive above this IoU")
    parser.add_argument("--inclusive", action="store_true", help="count that IoU itself as positive")
    parser.set_defaults(command=_relabel)
    return parser


def _relabel(given: argparse.Namespace) -> dict[str, Any]:
    rule, done = options.label_rule(given.positive, given.inclusive), {}
    for folder in exports_in(given.out):
        with Counter("crops", sys.stderr) as counter:
            counts = done[folder.path.name] = relabel(folder, rule, counter)
        _say(
            f"{folder.path}: {counts['changed']} of {counts['crops']} labels changed, "
            f"{counts['positives']} positive, {counts['negatives']} negative"
        )
    return done


def _add_bench(commands: Any) -> argparse.ArgumentParser:
    parser = benches.add(commands)
    parser.set_defaults(command=_bench)
    return parser


def _bench(given: argparse.Namespace) -> dict[str, Any]:
    result, words = benches.measure(given)
    if not given.json:
        show(words)
    return result


def _dry_run(config: ExportConfig, folder: ExportFolder, workers: int) -> dict[str, Any]:
    guess = estimate(config, folder=folder).on(workers)
    looked_at = f"{guess.looked_at} of {guess.images} images"
    _say(f"{guess.words} on {workers} workers; from {looked_at}, nothing written")
    return {**guess.as_dict(), "dry_run": True}
