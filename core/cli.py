"""The command line: ``python -m core COMMAND``.

Results go to standard output, words and progress to standard error. Exit codes: 0 done, 2 a mistake
that the user can put right, 1 a fault of ours, 130 interrupted.
"""

import argparse
import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from core import executors, images, options, pipeline
from core.errors import BoxscopeError
from core.export import FORMATS, DatasetKind, ExportConfig, Progress, estimate, run
from core.health import Health, check
from core.sample import make_sample

BENCHES = ("selective-search",)


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
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        given = _parser().parse_args(arguments)
        result = given.command(given)
        if given.json:
            print(json.dumps(result))
        return 0
    except BoxscopeError as error:
        _say(f"boxscope: {' '.join(str(error).split())}")
        return 2
    except BrokenPipeError:
        # Who read us has left, as `head` does; what is still to be flushed has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        _say("boxscope: interrupted")
        return 130


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = options.OneLineParser(
        prog="python -m core", description="Boxscope: region proposals over ground truth, and their crops."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_sample, _add_check, _add_propose, _add_export, _add_bench):
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
    with _Counter("images") as counter:
        counts = make_sample(given.out, given.images, given.width, given.height, given.seed, progress=counter)
    _say(f"{given.out}: {counts}")
    return {"out": str(given.out), **counts}


def _add_check(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("check", help="say what is wrong with a data set, image by image")
    options.add_dataset(parser)
    parser.add_argument("--headers", action="store_true", help="read only the headers of pictures: faster")
    parser.set_defaults(command=_check)
    return parser


def _check(given: argparse.Namespace) -> dict[str, Any]:
    health = check(options.dataset(given), decode=not given.headers)
    if not given.json:
        _print_health(health)
    return health.as_dict()


def _print_health(health: Health) -> None:
    print(f"{health.annotations}: {health.images} images in {health.images_dir}")
    names = ", ".join(f"{name} {count}" for name, count in health.categories.items())
    print(f"{health.objects} objects ({names}), {health.images_without_objects} images without any")
    for problem in health.problems:
        print(f"{'LOST' if problem.lost else 'note'}  {problem.kind}  {problem.item}  {problem.detail}")
    print("nothing is lost" if health.usable else "some images or objects cannot be used")


def _add_propose(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("propose", help="print the proposals of pictures")
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
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


def _add_export(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("export", help="write the labelled crops of a data set's proposals")
    options.add_dataset(parser)
    parser.add_argument("--out", type=Path, required=True, help="the export is written to OUT/SPLIT")
    parser.add_argument("--split", choices=[str(kind) for kind in DatasetKind], required=True)
    options.add_setup(parser)
    options.add_sampling(parser)
    parser.add_argument(
        "--format", choices=FORMATS, default="files", help="files side by side, or a folder a class (files)"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (one a core)")
    parser.add_argument("--dry-run", action="store_true", help="write nothing: estimate from a few images")
    parser.add_argument("--overwrite", action="store_true", help="replace an export with other settings")
    parser.set_defaults(command=_export)
    return parser


def _export(given: argparse.Namespace) -> dict[str, Any]:
    if given.workers < 1:
        raise BoxscopeError(f"--workers: got {given.workers}, expected at least 1")
    config = ExportConfig(
        options.dataset(given),
        DatasetKind(given.split),
        options.setup(given),
        options.sampling(given),
        given.format,
    )
    if given.dry_run:
        return _dry_run(config, given.workers)
    with executors.local(given.workers) as executor, _Counter("images") as counter:
        for progress in run(config, given.out, executor, given.workers, given.overwrite):
            counter.show(progress.done, progress.total, _pace(progress))
    for skipped in progress.skipped:
        _say(f"skipped {skipped['file']}: {skipped['reason']}")
    _say(
        f"{given.out / given.split}: {progress.crops} crops ({progress.positives} positive, "
        f"{progress.negatives} negative) of {progress.images} images in {progress.seconds:.1f} s"
    )
    return {**progress.result(), "seconds": progress.seconds, "out": str(given.out / given.split)}


def _add_bench(commands: Any) -> argparse.ArgumentParser:
    parser = commands.add_parser("bench", help="measure speed, side by side, in one process")
    parser.add_argument("name", choices=BENCHES, metavar="NAME", help=f"one of {', '.join(BENCHES)}")
    parser.add_argument("--mode", choices=("single", "fast", "quality"), default="fast", help="(fast)")
    parser.add_argument("--limit", type=int, default=6, metavar="N", help="pictures of each source (6)")
    parser.add_argument("--no-curve", action="store_true", help="leave out the growth up to 12 megapixels")
    parser.set_defaults(command=_bench)
    return parser


def _bench(given: argparse.Namespace) -> dict[str, Any]:
    # Benchmarks live beside the core and compare it with others: it knows them by name alone.
    bench = importlib.import_module(f"bench.{given.name.replace('-', '_')}")
    result: dict[str, Any] = bench.run(given.limit, given.mode, not given.no_curve)
    if not given.json:
        print(bench.words(result))
    return result


def _dry_run(config: ExportConfig, workers: int) -> dict[str, Any]:
    guess = estimate(config)
    seconds = guess.seconds / workers
    _say(
        f"{'exactly' if guess.exact else 'about'} {guess.crops} crops ({guess.positives} positive, "
        f"{guess.negatives} negative), {guess.bytes / 1e6:.1f} MB, {seconds:.0f} s on {workers} workers; "
        f"from {guess.looked_at} of {guess.images} images, nothing written"
    )
    return {**guess.as_dict(), "seconds": seconds, "dry_run": True}


def _pace(progress: Progress) -> str:
    left = progress.seconds_left
    pace = f"{progress.images_per_second:.1f} images/s, {progress.crops_per_second:.0f} crops/s"
    return pace if left is None else f"{pace}, {left:.0f} s left"


class _Counter:
    """One line of progress on standard error: rewritten on a terminal, now and then elsewhere."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.live = sys.stderr.isatty()
        self.shown = -1.0

    def __enter__(self) -> "_Counter":
        return self

    def __exit__(self, *error: object) -> None:
        if self.live and self.shown >= 0:
            print(file=sys.stderr)

    def __call__(self, done: int, total: int) -> None:
        self.show(done, total, "")

    def show(self, done: int, total: int, words: str) -> None:
        text = f"{done}/{total} {self.unit}  {words}"
        if self.live:
            print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)
        elif done == total or done / max(total, 1) - self.shown >= 0.05:
            _say(text)
        else:
            return
        self.shown = done / max(total, 1)
