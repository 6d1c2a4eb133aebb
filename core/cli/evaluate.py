"""The command ``evaluate``: how well proposers find the objects of a data set."""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from core import wording
from core.cli import options, results_files, setups
from core.cli.counter import Counter
from core.cli.evaluation_text import print_evaluation
from core.cli.numbers import whole_number
from core.cli.terminal import print_images, print_message
from core.datasets import CocoDataset
from core.datasets.table import expect_writable
from core.errors import BoxscopeError
from core.evaluation import report, tables, tile_cuts
from core.evaluation.evaluation import ALL, BUDGETS, MATCHINGS
from core.evaluation.whole_set import Plan, SetEvaluation
from core.executors import engine
from core.files import as_path
from core.pipeline import Setup
from core.proposers.perturbed import perturbed
from core.runs import Progress

_EXAMPLE = (
    'boxscope evaluate annotations.json --proposer selective-search grid --setup "proposer=grid levels=5"'
)


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "evaluate",
        help="measure how well proposers find the objects of a data set",
        description="Run proposers on all images of a data set and compare their boxes with the ground "
        "truth: average recall and recall by COCO's matching at several numbers of proposals, Hosang's "
        "average recall and average best overlap, each with its 95 percent interval over images; recall by "
        "size, aspect, position and class; why objects are missed; of several setups, how they differ. "
        "Proposals are kept in the cache folder (BOXSCOPE_CACHE): a run that was interrupted goes on where "
        "it was, and another order, threshold or number of proposals runs nothing again.",
        epilog=f"Example: {_EXAMPLE}",
    )
    options.add_dataset(parser)
    group = parser.add_argument_group("setups")
    setups.add(group)
    help = "proposals an image that slices, reasons of misses and the text go by, or all (100)"
    parser.add_argument("--budget", type=_budget, default=100, metavar="N", help=help)
    help = "IoU from which an object is found, for slices and reasons of misses (0.5)"
    parser.add_argument("--recall-iou", type=_iou, default=0.5, metavar="IOU", help=help)
    help = "what recall and average recall go by (coco); hosang: one to one; best: any proposal"
    parser.add_argument("--matching", choices=list(MATCHINGS), default="coco", help=help)
    parser.add_argument(
        "--limit",
        type=whole_number("--limit"),
        metavar="N",
        help="measure the first N images alone (all of them)",
    )
    help = "also write a table with a row an image, and one with a row an object as FILE.objects.csv"
    parser.add_argument("--csv", type=as_path, metavar="FILE.csv", help=help)
    help = (
        "also measure on changed pictures: blur, JPEG, brightness, noise, rotation and scale, each at three "
    )
    help += "strengths; takes 18 times as long again"
    parser.add_argument("--robustness", action="store_true", help=help)
    options.add_workers(parser)
    parser.set_defaults(command=_evaluate)
    return parser


def _budget(text: str) -> int:
    return ALL if text == "all" else whole_number("--budget")(text)


def _iou(text: str) -> float:
    try:
        value = round(float(text), 9)
    except ValueError:
        value = 0.0
    if not 0.05 <= value <= 1 or abs(value * 20 - round(value * 20)) > 1e-9:
        raise BoxscopeError(f"got {text}, expected 0.05 to 1 in steps of 0.05", "--recall-iou")
    return value


def _evaluate(args: argparse.Namespace) -> dict[str, Any]:
    args = options.with_absolute_paths(args)
    wanted = setups.setups(args)
    if args.matching == "hosang" and args.budget not in BUDGETS:
        expected = f"expected one of {', '.join(map(str, BUDGETS[:-1]))} or all with --matching hosang"
        raise BoxscopeError(f"got {args.budget}, {expected}", "--budget")
    if args.csv is not None:
        expect_writable(args.csv)
    dataset = options.dataset(args)
    wanted = results_files.prepared(args, dataset, wanted)
    _refuse_changed_pictures(args, wanted)
    indices = range(min(args.limit or len(dataset), len(dataset)))
    measured = SetEvaluation(dataset, Plan(tuple(wanted), args.recall_iou, args.budget), indices)
    with engine(args.workers, args.scheduler) as (pool, workers):
        progress = _run(measured, pool, workers)
        print_images(progress.skipped, "not measured")
        evaluations, reasons = measured.evaluations(), measured.reasons()
        changed = [
            _robustness(dataset, setup, float(evaluation.seconds.sum()), indices, args, pool, workers)
            for setup, evaluation in zip(wanted, evaluations, strict=True)
        ]
    results = [
        {
            "proposer": setup.proposer.name,
            "setup": setup.changes(),
            **report.summary(
                evaluation, missed, dataset.categories, args.budget, args.recall_iou, args.matching
            ),
            **tile_cuts.figures(setup.proposer, evaluation, args.budget, args.recall_iou),
            **precision,
            **robustness,
        }
        for setup, evaluation, missed, precision, robustness in zip(
            wanted, evaluations, reasons, measured.precisions(), changed, strict=True
        )
    ]
    for result, ends in zip(results, measured.precision_intervals(), strict=True):
        result["intervals"] |= ends
    if args.csv is not None:
        evaluated = zip(evaluations, reasons, strict=True)
        of_setups = dict(zip(map(setups.name, wanted), evaluated, strict=True))
        written = tables.write(args.csv, dataset, of_setups, args.recall_iou, args.budget)
        print_message("; ".join(f"{path}: {wording.count(rows, 'row')}" for path, rows in written.items()))
    differences = report.differences(evaluations, args.budget, args.recall_iou, args.matching)
    if not args.json:
        print_evaluation(results, differences)
    skipped = list(progress.skipped)
    if len(results) == 1:
        return {**results[0], "skipped": skipped}
    return {"proposers": results, "differences": differences, "skipped": skipped}


def _refuse_changed_pictures(args: argparse.Namespace, wanted: Sequence[Setup]) -> None:
    """Raise if proposers are to be run on changed pictures that do not look at pictures."""
    for setup in wanted:
        if args.robustness and not setup.proposer.uses_pixels:
            raise BoxscopeError(
                f"{setup.proposer.name} has the boxes of pictures as they are, whatever is done to them",
                "--robustness",
            )


def _robustness(
    dataset: CocoDataset,
    setup: Setup,
    seconds: float,
    indices: Sequence[int],
    args: argparse.Namespace,
    pool: Executor,
    workers: int,
) -> dict[str, Any]:
    """Return what changed pictures do to a setup, where it is asked for.

    `seconds` is what its proposer took for the pictures as they are.
    """
    if not args.robustness:
        return {}
    changes = perturbed(setup.proposer)
    pictures = f"{len(changes)} changes of {wording.count(len(indices), 'image')}"
    about = wording.duration(max(seconds * len(changes) / workers, 1))
    print_message(f"{setups.name(setup)} on {pictures}: about {about}, less what is kept of them")
    all_setups = (setup, *(replace(setup, proposer=change) for change in changes))
    measured = SetEvaluation(dataset, Plan(all_setups, args.recall_iou, args.budget, True), indices)
    _run(measured, pool, workers)
    rows = report.robustness(changes, measured.evaluations(), measured.repeatabilities(), args.budget)
    return {"robustness": rows}


def _run(measured: SetEvaluation, pool: Executor, workers: int) -> Progress:
    progress = Progress(len(measured.indices))
    try:
        with Counter("images", sys.stderr) as counter:
            for progress in measured.run(pool, workers):
                left = progress.seconds_left
                counter(progress.done, progress.total, f"{wording.duration(left)} left" if left else "")
    except KeyboardInterrupt:
        print_message(
            f"{progress.done} of {progress.total} images are measured and kept: run the same command to go on"
        )
        raise
    return progress
