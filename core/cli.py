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

from core import benches, images, options, pipeline
from core.counter import Counter
from core.dataset import CocoDataset
from core.errors import BoxscopeError
from core.executors import engine
from core.export import EVERY_FORMAT, DatasetKind, ExportConfig, ExportFolder, estimate, relabel, run
from core.export.plan import SHARD_IMAGES
from core.export.refusals import refusal
from core.export.relabel import exports_in
from core.export.results import write_results
from core.health import check
from core.labelling import LabelRule
from core.places import Unreachable, place, remote
from core.sample import make_sample
from core.splits import shared_pictures

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


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


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
        _add_export,
        _add_relabel,
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


def _say_skipped(skipped: Sequence[dict[str, str]]) -> None:
    for image in sorted(skipped, key=lambda image: image["file"]):
        _say(f"skipped {image['file']}: {image['reason']}")


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
    parser.add_argument(
        "--shard-images", type=_shard_images, default=SHARD_IMAGES, metavar="N", help=f"images {words}"
    )
    options.add_workers(parser)
    parser.add_argument("--dry-run", action="store_true", help="write nothing: estimate from a few images")
    parser.add_argument("--overwrite", action="store_true", help="replace an export with other settings")
    parser.set_defaults(command=_export)
    return parser


def _shard_images(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BoxscopeError(f"--shard-images: got {text}, expected at least 1")
    return int(text)


def _export(given: argparse.Namespace) -> dict[str, Any]:
    if given.dry_run and given.scheduler is not None:
        raise BoxscopeError(
            "--scheduler: a dry run looks at a few images in this process: leave it out, and say by "
            "--workers what the cluster does at once"
        )
    given = options.seen_from_afar(given)
    config = ExportConfig(
        options.dataset(given),
        DatasetKind(given.split),
        options.setup(given),
        options.sampling(given),
        given.format,
        given.shard_images,
    )
    if config.lost.words:
        words = ["-m", "core", "check", str(given.annotations)]
        words += [] if given.images_dir is None else ["--images", str(given.images_dir)]
        _say(f"{config.lost.words} of the annotations cannot be used: see {options.as_typed(words)}")
    if given.dry_run:
        return _dry_run(config, given)
    with engine(given.workers, given.scheduler) as (pool, workers), Counter("images", sys.stderr) as counter:
        for progress in run(config, given.out, pool, workers, given.overwrite):
            counter(progress.counted if progress.counting else progress.done, progress.total, progress.pace)
    _say_skipped(progress.skipped)
    _say(
        f"{given.out / given.split}: {progress.crops} crops ({progress.positives} positive, "
        f"{progress.negatives} negative) of {progress.images} images in {progress.seconds:.1f} s"
    )
    return {
        **progress.result(),
        "lost": config.lost.counts,
        "seconds": progress.seconds,
        "out": str(given.out / given.split),
    }


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
    rule, done = _threshold(given), {}
    for folder in exports_in(given.out):
        with Counter("crops", sys.stderr) as counter:
            counts = done[_name(folder.path)] = relabel(folder, rule, counter)
        _say(
            f"{folder.path}: {counts['changed']} of {counts['crops']} labels changed, "
            f"{counts['positives']} positive, {counts['negatives']} negative"
        )
    return done


def _threshold(given: argparse.Namespace) -> LabelRule:
    try:
        return options.label_rule(given.positive, given.inclusive)
    except BoxscopeError as error:
        raise BoxscopeError(f"--positive{str(error).removeprefix('iou')}") from error


def _name(folder: Path) -> str:
    # The name of Path(".") is empty.
    return folder.name if remote(folder) is not None else os.path.basename(os.path.abspath(folder))


def _add_bench(commands: Any) -> argparse.ArgumentParser:
    parser = benches.add(commands)
    parser.set_defaults(command=_bench)
    return parser


def _bench(given: argparse.Namespace) -> dict[str, Any]:
    result, words = benches.measure(given)
    if not given.json:
        print(words)
    return result


def _dry_run(config: ExportConfig, given: argparse.Namespace) -> dict[str, Any]:
    folder, workers = ExportFolder(given.out / given.split), given.workers or os.cpu_count() or 1
    refused = "" if given.overwrite else refusal(config, folder)
    if refused:
        _say(f"the export itself would be refused: {refused}")
    guess = estimate(config, folder=folder).on(workers)
    _say_skipped(guess.skipped)
    looked_at = f"{guess.looked_at} of {guess.images} images"
    if guess.skipped:
        looked_at += f", of which {len(guess.skipped)} cannot be used"
    _say(f"{guess.words} on {workers} workers; from {looked_at}; nothing written")
    return {**guess.as_dict(), "lost": config.lost.counts, "refused": refused, "dry_run": True}
