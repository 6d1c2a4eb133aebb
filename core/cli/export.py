"""The command ``export``: the labelled crops of a data set."""

import argparse
import os
import sys
from typing import Any

from core.cli import options
from core.cli.counter import Counter
from core.cli.spelling import as_typed
from core.cli.terminal import print_message, print_skipped
from core.errors import BoxscopeError
from core.executors import engine
from core.export import DEFAULT_FORMAT, FORMATS, DatasetKind, ExportConfig, ExportFolder, estimate, run
from core.export.config import SHARD_IMAGES
from core.export.refusals import refusal
from core.files import as_path


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
    parser.add_argument("--shard-images", type=_shard_images, default=SHARD_IMAGES, metavar="N", help=help)
    options.add_workers(parser)
    parser.add_argument("--dry-run", action="store_true", help="write nothing: estimate from a few images")
    parser.add_argument("--overwrite", action="store_true", help="replace an export with other settings")
    help = "export what is certain even where the annotations as a whole are not, which is refused otherwise"
    parser.add_argument("--anyway", action="store_true", help=help)
    parser.set_defaults(command=_export)
    return parser


def _shard_images(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BoxscopeError(f"got {text}, expected at least 1", "--shard-images")
    return int(text)


def _export(args: argparse.Namespace) -> dict[str, Any]:
    if args.dry_run and args.scheduler is not None:
        raise BoxscopeError(
            "a dry run looks at a few images in this process: leave it out, and say by --workers what "
            "the cluster does at once",
            "--scheduler",
        )
    args = options.with_absolute_paths(args)
    config = ExportConfig(
        options.dataset(args),
        DatasetKind(args.split),
        options.setup(args),
        options.sampling(args),
        args.format,
        args.shard_images,
    )
    if config.lost.text():
        command = ["-m", "core", "check", str(args.annotations)]
        command += [] if args.images_dir is None else ["--images", str(args.images_dir)]
        print_message(f"{config.lost.text()} of the annotations cannot be used: see {as_typed(command)}")
    if args.dry_run:
        return _dry_run(config, args)
    with engine(args.workers, args.scheduler) as (pool, workers), Counter("images", sys.stderr) as counter:
        for progress in run(config, args.out, pool, workers, args.overwrite, args.anyway):
            counter(progress.counted if progress.counting else progress.done, progress.total, progress.pace)
    print_skipped(progress.skipped)
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


def _dry_run(config: ExportConfig, args: argparse.Namespace) -> dict[str, Any]:
    folder, workers = ExportFolder(args.out / args.split), args.workers or os.cpu_count() or 1
    refused = refusal(config, folder, anyway=args.anyway, overwrite=args.overwrite)
    if refused:
        print_message(f"the export itself would be refused: {refused}")
    guess = estimate(config, folder=folder).with_workers(workers)
    print_skipped(guess.skipped)
    sample = f"{guess.looked_at} of {guess.images} images"
    if guess.skipped:
        sample += f", of which {len(guess.skipped)} cannot be used"
    print_message(f"{guess.text()} on {workers} workers; from {sample}; nothing written")
    return {**guess.as_dict(), "lost": config.lost.counts, "refused": refused, "dry_run": True}
