"""Every proposer in every order on a data set: its recall with intervals, and what it takes.

The baselines are among them. What proposers return is kept on disk, so that a second run, or one that was
interrupted, runs only what is missing; CPU times are those of the images that `TIMED` says, measured anew.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from bench.timing import processor
from core import threads
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.report import summary
from core.evaluation.whole_set import Plan, SetEvaluation
from core.executors import SerialExecutor
from core.files import AnyPath
from core.pipeline import Setup, image_ref, run_proposer
from core.presets import BUILT_IN
from core.proposals import boxes_fit
from core.proposers import PROPOSERS, LearnedBoxes, Proposer
from core.proposers.learned_boxes.file import encoded

# Images whose time is measured, spread over the set.
TIMED = 10

# Orders beside that of the proposer itself, each with its NMS; for proposers that rank their boxes.
ORDERS = (
    ("own", 1.0),
    ("own", 0.8),
    ("area", 1.0),
    ("small", 1.0),
    ("consensus", 0.8),
    ("own+consensus", 0.8),
)

_BASELINES = ("grid", "full-image", "learned-boxes")


def run(
    annotations: AnyPath | None = None, train: AnyPath | None = None, first: int = 0, leave_out: str = ""
) -> dict[str, Any]:
    """Measure all proposers that need no file of their own, and with `train` the boxes fitted to it.

    Parameters
    ----------
    annotations, train : path
        COCO files; `train` is the training split to which ``learned-boxes`` is fitted.
    first : int
        Images, the first of the file; 0 for all.
    leave_out : str
        Images with this in their file name are left out.

    Raises
    ------
    BoxscopeError
        No annotations are named, or not one image can be measured.
    """
    if annotations is None:
        raise BoxscopeError("expected the annotations of a data set: bench proposers ANNOTATIONS", "bench")
    threads.limit_all(1)
    dataset = CocoDataset.open(annotations)
    indices = [n for n, name in enumerate(dataset.file_names) if not leave_out or leave_out not in name]
    indices = indices[: first or None]
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(dataset, indices, setups(_fitted(train, Path(folder), leave_out)))
    return {"processor": processor(), "annotations": str(annotations), "images": len(indices), "rows": rows}


def setups(fitted: Proposer | None = None) -> dict[str, Setup]:
    """Return what is measured by name: proposers by their defaults and presets, each in several orders."""
    named: dict[str, Setup] = {}
    proposers = [kind() for kind in PROPOSERS.values() if kind().is_ready]
    for proposer in [*proposers, *([fitted] if fitted is not None else [])]:
        orders = [(proposer.default_order, 1.0)]
        orders += [] if proposer.name in _BASELINES or proposer.default_order == "area" else ORDERS
        for order, nms in dict.fromkeys(orders):
            named[_name(proposer.name, order, nms)] = Setup(proposer, order, nms=nms)
        for preset, (setup, _) in BUILT_IN.items():
            if type(setup.proposer) is type(proposer) and setup.proposer != proposer:
                named[f"{proposer.name}, preset {preset}"] = setup
    return named


def measured(dataset: CocoDataset, indices: Sequence[int], named: dict[str, Setup]) -> list[dict[str, Any]]:
    """Return a row of figures for each setup: those of the report, its proposer, order, NMS and CPU time."""
    evaluation = SetEvaluation(dataset, Plan(tuple(named.values())), indices)
    for progress in evaluation.run(SerialExecutor()):
        print(f"\r{dataset.annotations}: {progress.done}/{progress.total} images", end="", file=sys.stderr)
    print(file=sys.stderr)
    proposers = dict.fromkeys(setup.proposer for setup in named.values())
    taken = {proposer: cpu_ms(dataset, indices, proposer) for proposer in proposers}
    results = zip(named.items(), evaluation.evaluations(), evaluation.reasons(), strict=True)
    return [
        {
            "name": name,
            "proposer": setup.proposer.name,
            "order": setup.ranked_by,
            "nms": setup.nms,
            "cpu_ms": taken[setup.proposer],
            **summary(one, reasons, dataset.categories),
        }
        for (name, setup), one, reasons in results
    ]


def cpu_ms(dataset: CocoDataset, indices: Sequence[int], proposer: Proposer) -> float:
    """Return the milliseconds of CPU that a proposer takes on one image, mean of some that can be read."""
    times: list[float] = []
    for index in indices[:: max(len(indices) // TIMED, 1)]:
        try:
            image = dataset.read(index)
        except BoxscopeError:
            continue  # the evaluation leaves it out too
        ref = image_ref(dataset, index, image)
        if not times:
            run_proposer(proposer, image, ref=ref)  # the first call of all loads kernels and tables
        start = time.process_time()
        run_proposer(proposer, image, ref=ref)
        times.append(1000 * (time.process_time() - start))
    return mean(times) if times else 0.0


def text(result: dict[str, Any]) -> str:
    """The result as a person reads it: a line a setup, each figure with its 95 % interval."""
    lines = [[*HEAD], *(cells(row) for row in result["rows"])]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    head = f"{result['processor']}; {result['annotations']}, {result['images']:,} images"
    return "\n".join([head, "", *(line.rstrip() for line in table)])


HEAD = (
    "proposer, order",
    "boxes",
    "CPU ms",
    "AR@10",
    "AR@100",
    "AR@1000",
    "recall@.5 of 100",
    "recall@.7 of 100",
)
"""The columns of a table."""


def cells(row: dict[str, Any]) -> list[str]:
    """Return a row of a table, see :data:`HEAD`."""
    bounds = row["intervals"]
    return [
        row["name"],
        f"{row['proposals_per_image']:,.0f}",
        f"{row['cpu_ms']:.1f}",
        *(_figure(row["average_recall"][k], bounds["average_recall"][k]) for k in ("10", "100", "1000")),
        *(_figure(row["recall"][t]["100"], bounds["recall"][t]["100"]) for t in ("0.5", "0.7")),
    ]


def _figure(value: float | None, interval: Sequence[float]) -> str:
    if value is None:
        return "-"  # no object was measured
    return f"{value:.3f} ({interval[0]:.2f}-{interval[1]:.2f})"


def _name(proposer: str, order: str, nms: float) -> str:
    return f"{proposer}, {order}{f', NMS {nms:g}' if nms < 1 else ''}"


def _fitted(train: AnyPath | None, folder: Path, leave_out: str) -> Proposer | None:
    if train is None:
        return None
    path = folder / "boxes.json"
    path.write_bytes(encoded(*boxes_fit.fitted(CocoDataset.open(train), leave_out=leave_out)))
    return LearnedBoxes(model=str(path))
