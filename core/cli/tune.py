"""The command ``tune``: the settings of a proposer that fit a data set."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core import parameters, wording
from core.cli import options, results_files
from core.cli.counter import Counter
from core.cli.other_formats import say_converted
from core.cli.terminal import print_images, print_message, print_result
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.bootstrap import Interval
from core.evaluation.comparison import difference_text
from core.executors import engine
from core.files import as_local_path, as_path
from core.tuning.config import IMAGES, TuneConfig
from core.tuning.folder import TuneFolder
from core.tuning.front import OBJECTIVES
from core.tuning.progress import TuneProgress
from core.tuning.rounds import presets
from core.tuning.run import Limits, tune
from core.tuning.space import space

MINUTES = 5.0

_NARROWED = "NAME=LOW..HIGH or NAME=CHOICE,CHOICE"

_EXAMPLE = (
    "boxscope tune train/annotations.json --valid valid/annotations.json --proposer adaptive-threshold "
    "--out tuned --minutes 4"
)


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "tune",
        help="find the settings of a proposer that fit a data set",
        description="Search the parameters of a proposer, its order and its filters for those with the "
        "highest average recall at a number of proposals, and for the front: the settings that no other ones "
        "beat in recall and in the number of proposals at once. Trials are measured on a sample of the "
        "training split; what they find is measured on --valid, which the search never sees, beside the "
        "defaults and boxes that do not look at the picture, with 95 percent intervals and in words. Each "
        "trial is kept in --out as it ends: a search that was interrupted or killed goes on with the same "
        "command, and the same seed and data give the same trials, whatever ended it and with any number of "
        "workers.",
        epilog=f"Example: {_EXAMPLE}",
    )
    options.add_dataset(parser)
    help = "the valid split, which the search does not see (none: nothing is said of other images)"
    parser.add_argument("--valid", type=as_path, metavar="ANNOTATIONS", help=help)
    help = "folder of that file's pictures (searched for as with --images)"
    parser.add_argument("--valid-images", type=as_path, metavar="DIR", help=help)
    help = "folder for the search, of its own; that of an earlier run of the same search goes on"
    parser.add_argument("--out", type=as_local_path, required=True, metavar="DIR", help=help)
    options.add_setup(parser, labels=False)
    _add_search(parser)
    options.add_workers(parser)
    parser.set_defaults(command=_tune)
    return parser


def _add_search(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "search",
        "All parameters of the proposer that have a range are searched, and --order, --nms and --min-side; "
        "those that are given a value, by --param or their option, keep it.",
    )
    help = (
        "search a parameter between two values, or among choices joined by commas (of lists by semicolons); "
    )
    help += "of a list NAME.low, NAME.high and NAME.count, of a kernel NAME.width and NAME.height. Examples: "
    help += "window=21..101, order=area,consensus, offsets.count=1..3, 'kernel=5,5;9,9'"
    group.add_argument("--search", action="append", default=[], metavar="NAME=LOW..HIGH", help=help)
    help = f"end after so many minutes, those of earlier runs included ({MINUTES:g}); the report comes after"
    group.add_argument("--minutes", type=_minutes, metavar="M", help=help)
    help = "end after so many trials, those of earlier runs included; with --minutes, by what comes first"
    group.add_argument("--trials", type=int, metavar="N", help=help)
    help = "proposals an image that count for the recall (100)"
    group.add_argument("--budget", type=int, default=100, metavar="N", help=help)
    help = f"measure on a sample of N images at most ({IMAGES})"
    group.add_argument("--limit", type=int, default=IMAGES, metavar="N", help=help)
    group.add_argument("--seed", type=int, default=0, metavar="S", help="of the sample and the trials (0)")
    help = "what decides the front, recall first (recall,proposals). With time, seconds an image in the "
    help += "proposer, a search can be repeated only as far as times can"
    group.add_argument("--objectives", type=_objectives, default=OBJECTIVES[:2], metavar="NAMES", help=help)


def _minutes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e6:
        raise BoxscopeError(f"got {text}, expected a number of minutes above 0", "--minutes")
    return value


def _objectives(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not set(names) <= set(OBJECTIVES) or "recall" not in names:
        expected = f"expected recall, and any of {', '.join(OBJECTIVES[1:])}"
        raise BoxscopeError(f"got {text}, {expected}", "--objectives")
    return tuple(name for name in OBJECTIVES if name in names)


def _tune(args: argparse.Namespace) -> dict[str, Any]:
    _expect_numbers(args)
    _expect_other_split(args)
    args.out = args.out.absolute()
    args = options.with_absolute_paths(args)
    fixed, narrowed = _fixed(args), _narrowed(args.search)
    setup = replace(options.setup(args), top=0).with_order_named()
    dataset, valid = options.dataset(args), _valid(args)
    (setup,) = results_files.prepared(args, dataset, [setup])
    found = space(setup, fixed, narrowed)
    values = {name: value for name, value in parameters.values(setup).items() if name in fixed}
    config = TuneConfig(
        dataset, found, args.objectives, args.budget, args.limit, args.seed, presets(setup, values)
    )
    minutes = MINUTES if args.minutes is None and args.trials is None else args.minutes
    progress, folder = _run(args, config, Limits(minutes, args.trials), valid)
    report = folder.report()
    if report is None:
        raise BoxscopeError("was removed while it was written", folder.report_path)
    print_images(progress.skipped, "not measured")
    if not args.json:
        _print_table(report)
    for remark in report["remarks"]:
        print_message(remark)
    print_message(
        f"{folder.path}: {wording.count(progress.trials, 'trial')}, {progress.pruned:,} of them ended early, "
        f"in {wording.duration(progress.elapsed)}; {progress.cpu_seconds:.0f} s of CPU"
    )
    return {"out": str(folder.path), **report}


def _run(
    args: argparse.Namespace, config: TuneConfig, limits: Limits, valid: CocoDataset | None
) -> tuple[TuneProgress, TuneFolder]:
    folder, progress = TuneFolder(args.out), TuneProgress(0)
    try:
        with (
            engine(args.workers, args.scheduler) as (pool, workers),
            Counter("trials" if limits.minutes is None else "s", sys.stderr) as counter,
            Counter("images of the report", sys.stderr) as reported,
        ):
            for progress in tune(config, folder, limits, pool, workers, valid):
                if progress.to_measure:
                    reported(progress.measured, progress.to_measure)
                elif limits.minutes is None:
                    counter(progress.trials, limits.trials or 0, _pace(progress, config.budget))
                else:
                    done = min(int(progress.elapsed), round(60 * limits.minutes))
                    counter(done, round(60 * limits.minutes), _pace(progress, config.budget))
    except KeyboardInterrupt:
        print_message(
            f"{wording.count(progress.trials, 'trial')} done and kept in {folder.path}: run the same command "
            "to go on"
        )
        raise
    return progress, folder


def _pace(progress: TuneProgress, budget: int) -> str:
    """Return in one line how far a search is: ``64 trials, best AR@100 0.523, front of 9, 2 min left``."""
    parts = [wording.count(progress.trials, "trial")]
    if progress.best is not None:
        parts += [f"best AR@{budget} {progress.best:.3f}", f"front of {progress.front}"]
    left = progress.seconds_left
    return ", ".join([*parts, *([f"{wording.duration(left)} left"] if left else [])])


def _valid(args: argparse.Namespace) -> CocoDataset | None:
    if args.valid is None:
        return None
    opened = CocoDataset.open(args.valid, args.valid_images, args.levels, args.follow_links)
    say_converted(opened)
    return opened


def _expect_other_split(args: argparse.Namespace) -> None:
    """Raise if the valid split is the training split, or its pictures are named without it."""
    if args.valid is None and args.valid_images is not None:
        raise BoxscopeError("got no --valid, whose pictures are to be there", "--valid-images")
    if args.valid == args.annotations:
        raise BoxscopeError("it is the training split itself, which the search sees", "--valid")


def _fixed(args: argparse.Namespace) -> set[str]:
    """Return the names of the parameters that were given a value."""
    if args.top is not None:
        raise BoxscopeError("all proposals are measured: --budget says how many count", "--top")
    return {*options.parameter_texts(args), *options.texts_of(args, options.SHARED)}


def _narrowed(texts: Sequence[str]) -> Mapping[str, str]:
    found = options.pairs(texts, "--search", _NARROWED)
    for name, value in found.items():
        if not value:
            raise BoxscopeError(f"got {name + '='!r}, expected {_NARROWED}", "--search")
    return found


def _expect_numbers(args: argparse.Namespace) -> None:
    for name, least in (("trials", 1), ("budget", 1), ("limit", 2), ("seed", 0)):
        value = getattr(args, name)
        if value is not None and value < least:
            raise BoxscopeError(f"got {value}, expected at least {least}", f"--{name}")


def _print_table(report: dict[str, Any]) -> None:
    """Write the front and what it is compared with, a line each."""
    budget = str(report["budget"])
    print_result(f"{'':>14} {'train':>6} {'valid':>6} {'':<15} {'proposals':>9} {'ms':>7}  settings")
    for row in report["front"]:
        print_result(_line(f"trial {row['trial']}", row, budget))
    for row in report["others"]:
        print_result(_line(row["name"], row, budget))
    if report["worth"]:
        print_result(
            f"What each setting of the best is worth, in AR@{budget} on {report['worth_images']} images:"
        )
    for row in report["worth"]:
        print_result(_worth(row))


def _line(name: str, row: dict[str, Any], budget: str) -> str:
    valid, figures = row["valid"], row["valid"] or row
    values = [_recall(row["train"], budget), _recall(valid, budget)]
    interval = (
        f"{valid['interval'][0]:.3f} to {valid['interval'][1]:.3f}" if valid and valid["interval"] else ""
    )
    settings = " ".join(v if k == "proposer" else f"{k}={v}" for k, v in row["setup"].items())
    number, seconds = figures["proposals_per_image"], figures["seconds_per_image"]
    columns = f"{number:>9.1f} {1e3 * seconds:>7.1f}" if number is not None else f"{'':>17}"
    return f"{name:>14} {values[0]:>6} {values[1]:>6} {interval:<15} {columns}  {settings}"


def _worth(row: dict[str, Any]) -> str:
    setting = f"{row['name']}={row['value']}"
    if row["interval"] is None:
        return f"{setting}: nothing to measure"
    gain = difference_text(Interval(row["difference"], *row["interval"]))
    return f"{gain:>25}  {setting} (default {row['default'] or 'none'})"


def _recall(figures: dict[str, Any] | None, budget: str) -> str:
    value = None if figures is None else figures["average_recall"][budget]
    return "–" if value is None else f"{value:.3f}"
