"""The command ``export``: the labelled crops of a data set."""

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Any

from core.cli import options, results_files
from core.cli.counter import Counter
from core.cli.numbers import whole_number
from core.cli.spelling import as_typed
from core.cli.terminal import print_images, print_message
from core.datasets import Problem
from core.datasets.table import image_problems
from core.errors import BoxscopeError
from core.evaluation import tile_cuts
from core.executors import engine
from core.export import (
    DEFAULT_FORMAT,
    FORMATS,
    DatasetKind,
    Estimate,
    ExportConfig,
    ExportFolder,
    Progress,
    estimate,
    run,
)
from core.export.config import SHARD_IMAGES
from core.export.hard_negatives import parts_of_objects
from core.export.incomplete import without_masks
from core.export.refusals import refusal
from core.export.without_crops import refuse_without_images, why_no_crops
from core.files import as_path

Report = Callable[[Iterable[Problem]], None]


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command that writes an export."""
    help = "write the labelled crops of a data set's proposals"
    parser: argparse.ArgumentParser = commands.add_parser("export", help=help)
    options.add_dataset(parser)
    parser.add_argument("--out", type=as_path, required=True, help="the export is written to OUT/SPLIT")
    parser.add_argument("--split", choices=[str(kind) for kind in DatasetKind], required=True)
    options.add_setup(parser)
    options.add_sampling(parser)
    summaries = "; ".join(f"{name}: {form.summary}" for name, form in FORMATS.items())
    parser.add_argument(
        "--format", choices=list(FORMATS), default=DEFAULT_FORMAT, help=f"{summaries} ({DEFAULT_FORMAT})"
    )
    help = f"images that are processed and resumed together, and make one shard ({SHARD_IMAGES})"
    images = whole_number("--shard-images")
    parser.add_argument("--shard-images", type=images, default=SHARD_IMAGES, metavar="N", help=help)
    options.add_workers(parser)
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="write nothing; estimate crops, bytes and time from some images",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an export with other settings")
    help = "export what is certain even of a data set that is refused as a whole"
    parser.add_argument("--anyway", action="store_true", help=help)
    options.add_report(parser)
    parser.set_defaults(command=_export)
    return parser


def _export(args: argparse.Namespace) -> dict[str, Any]:
    if args.dry_run and args.scheduler is not None:
        raise BoxscopeError(
            "a dry run looks at a few images in this process: leave it out, and say by --workers what "
            "the cluster does at once",
            "--scheduler",
        )
    args = options.with_absolute_paths(args)
    write_report = options.report(args)
    dataset = options.dataset(args)
    (setup,) = results_files.prepared(args, dataset, [options.setup(args).with_all_proposals()])
    config = ExportConfig(
        dataset,
        DatasetKind(args.split),
        setup,
        options.sampling(args),
        args.format,
        args.shard_images,
    )
    if config.lost.text():
        command = ["-m", "core", "check", str(args.annotations)]
        command += [] if args.images_dir is None else ["--images", str(args.images_dir)]
        command += ["--follow-links"] if args.follow_links else []
        print_message(f"{config.lost.text()} of the annotations cannot be used: see {as_typed(command)}")
    if remark := without_masks(config.dataset, config.setup.rule):
        print_message(remark)
    if remark := tile_cuts.of_dataset(config.setup.proposer, config.dataset):
        print_message(f"{remark}: their proposals are those of joined boxes")
    if args.dry_run:
        return _dry_run(config, args, write_report)
    return _run(config, args, write_report)


def _run(config: ExportConfig, args: argparse.Namespace, write_report: Report) -> dict[str, Any]:
    progress = Progress(len(config.dataset))
    try:
        with (
            engine(args.workers, args.scheduler) as (pool, workers),
            Counter("images", sys.stderr) as counter,
        ):
            for progress in run(config, args.out, pool, workers, args.overwrite, args.anyway):
                done = progress.counted if progress.counting else max(progress.done, progress.resumed_at)
                counter(done, progress.total, progress.pace)
    except BoxscopeError:
        write_report(_problems(config, progress))  # tells why there is nothing to write
        raise
    write_report(_problems(config, progress))
    _print_images(progress)
    if remark := FORMATS[args.format].remark(args.out / args.split, config.classes):
        print_message(remark)
    if remark := parts_of_objects(config, ExportFolder(args.out / args.split)):
        print_message(remark)
    print_message(
        f"{args.out / args.split}: {progress.crops} crops ({progress.positives} positive, "
        f"{progress.negatives} negative) of {progress.images} images in {progress.seconds:.1f} s"
    )
    return {
        **progress.result(),
        "lost": config.lost.counts,
        "seconds": progress.seconds,
        "out": str(args.out / args.split),
    }


def _dry_run(config: ExportConfig, args: argparse.Namespace, write_report: Report) -> dict[str, Any]:
    refuse_without_images(config.dataset)
    folder = ExportFolder(args.out / args.split)
    with engine(args.workers) as (pool, workers):
        refused = refusal(config, folder, anyway=args.anyway, overwrite=args.overwrite, executor=pool)
    if refused:
        print_message(f"the export itself would be refused: {refused}")
    guess = estimate(config, folder=folder).with_workers(workers)
    write_report(_problems(config, guess))
    if not guess.crops:
        _refuse_without_crops(config, guess)
    _print_images(guess)
    sample = f"{guess.looked_at} of {guess.images} images"
    if guess.skipped:
        sample += f", of which {len(guess.skipped)} cannot be used"
    print_message(f"{guess.text()} on {workers} workers; from {sample}; nothing written")
    return {
        **guess.as_dict(),
        "classes": config.classes.summary(),
        "lost": config.lost.counts,
        "refused": refused,
        "dry_run": True,
    }


def _refuse_without_crops(config: ExportConfig, guess: Estimate) -> None:
    """Raise if the export would have no crop, or say that the images looked at give none."""
    why = why_no_crops(config, guess.skipped, guess.looked_at - len(guess.skipped))
    if guess.exact or guess.counted:
        raise BoxscopeError(why)
    print_message(f"no crop in the images looked at: {why}")


def _print_images(result: Progress | Estimate) -> None:
    print_images(result.skipped, "skipped")
    print_images(result.no_negatives, "no negatives from")


def _problems(config: ExportConfig, result: Progress | Estimate) -> list[Problem]:
    """Return what the annotations lost and the images that are not used or not wholly, for the table."""
    return [
        *config.dataset.problems,
        *image_problems(result.skipped, "skipped"),
        *image_problems(result.no_negatives, "no-negatives", lost=False),
    ]
