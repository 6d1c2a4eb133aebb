"""The run that writes the proposals of a data set, resumed where it was interrupted."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from core import parameters, pipeline
from core.boxes import as_boxes
from core.datasets import CocoDataset
from core.datasets.search import find_absent
from core.errors import BoxscopeError
from core.export.results.base import ImageResults, falling_scores
from core.export.results.formats import DEFAULT_RESULTS, RESULTS
from core.export.results.pickles import key
from core.export.without_crops import refuse_without_images
from core.files import AnyPath, os_reason
from core.files.atomic import write_atomically
from core.pipeline import Setup
from core.proposers import Found
from core.runs import Parts, Progress, Run, RunFolder, Stage, skipped, write_part

# Images of a task, as in a shard of crops.
TASK_IMAGES = 8


@dataclass(frozen=True)
class ProposalsProgress(Progress):
    """How far a file of results is.

    Attributes
    ----------
    proposals : int
        Of the images done so far.
    """

    proposals: int = 0

    sums: ClassVar[tuple[str, ...]] = ("images", "proposals")


@dataclass(frozen=True, eq=False)
class _Task:
    """What a worker needs to write a part of the file."""

    part: AnyPath
    images: CocoDataset
    setup: Setup
    category: int
    format: str


def write_results(
    dataset: CocoDataset,
    setup: Setup,
    path: AnyPath,
    executor: Executor,
    workers: int = 1,
    overwrite: bool = False,
    format: str = DEFAULT_RESULTS,
) -> Iterator[ProposalsProgress]:
    """Write the proposals of a data set; the last progress yielded has the state ``done``.

    An entry of COCO results is ``image_id``, ``category_id``, ``bbox`` (x, y, width, height in pixels) and
    ``score``. The score is the proposer's where that falls with the rank, else 1 / (1 + rank): strictly
    falling, and equal for equal ranks of all images. The category is the proposer's, or the first of the data
    set where it knows none: compare without categories then. For the other formats see their modules. An
    image whose id is not a whole number is skipped: its results could not be matched to the annotations. One
    that the file lists under several ids has entries for each.

    The file appears when it is complete. Until then a hidden folder beside it holds what the next run with
    the same settings resumes from; the label rule is not one of these settings. The bytes do not depend on
    the executor or on interruptions.

    Parameters
    ----------
    dataset : CocoDataset
    setup : Setup
    path : Path or RemotePath
        Of the file.
    executor : Executor
        See :mod:`core.executors`.
    workers : int
        How many tasks may be under way, twice over.
    overwrite : bool
        Replace a file of that name.
    format : str
        A name in ``RESULTS``.

    Raises
    ------
    BoxscopeError
        There is a file or a folder of that name; another run writes it; it cannot be written; not one image
        can be used, or the proposer finds no box in any; the format cannot name its pictures.
    """
    refuse_without_images(dataset)
    if reason := RESULTS[format].refusal(dataset):
        raise BoxscopeError(reason, f"--format {format}")
    if path.is_dir():
        raise BoxscopeError("is a folder, expected the name of a file", path)
    if path.exists() and not overwrite:
        raise BoxscopeError("there is a file of that name: choose another, or overwrite it", path)
    yield from ProposalsRun(dataset, setup, path, format).execute(executor, workers)


class ProposalsRun(Run[ProposalsProgress]):
    """Proposals of a data set; a task is a few images, its part what the format keeps of them.

    Parameters
    ----------
    dataset : CocoDataset
    setup : Setup
    path : Path
        Of the file.
    format : str
        A name in ``RESULTS``.
    """

    def __init__(
        self, dataset: CocoDataset, setup: Setup, path: AnyPath, format: str = DEFAULT_RESULTS
    ) -> None:
        labels = parameters.spell(setup.rule)
        texts = setup.with_order_named().spell()
        spelled = {name: text for name, text in texts.items() if name not in labels}
        settings = {**dataset.fingerprint, "setup": spelled, **setup.proposer.settings_of_files}
        if format != DEFAULT_RESULTS:
            settings["format"] = format
        folder = RunFolder(path.parent / f".{path.name}")
        super().__init__(dataset, folder, path, settings, ProposalsProgress(len(dataset)))
        self.setup, self.format = setup, format

    def stage(self) -> Stage[_Task, dict[str, Any]]:
        """Return the tasks, numbered by the index of their first image."""
        numbers = range(0, len(self.dataset), TASK_IMAGES)
        return Stage(Parts(self.folder.work, digits=9), numbers, self._tasks, _propose, _name)

    def _tasks(self, numbers: list[int]) -> Iterator[_Task]:
        category, parts = min(self.dataset.categories, default=1), self.stage().parts
        absent = find_absent(self.dataset)
        for start in numbers:
            images = self.dataset.subset(slice(start, start + TASK_IMAGES), absent)
            yield _Task(parts.path(start), images, self.setup, category, self.format)

    def is_empty(self, progress: ProposalsProgress) -> bool:
        """Return whether there is no proposal: pycocotools cannot read an empty list."""
        return not progress.proposals

    def refuse_empty(self, progress: ProposalsProgress) -> None:
        """Raise, since there is no proposal, after removing what the run wrote.

        Raises
        ------
        BoxscopeError
        """
        if not progress.images:
            super().refuse_empty(progress)
        self.folder.remove_work()
        raise BoxscopeError(
            f"no proposal in any of {progress.images} images, nothing is written: try other parameters of "
            f"{self.setup.proposer.name}, or filters that keep more",
            self.dataset.annotations,
        )

    def join(self, progress: ProposalsProgress) -> None:
        """Write the file from all parts."""
        write_atomically(self.output, self._write, self.folder.work)

    def _write(self, path: Path) -> None:
        stage = self.stage()
        RESULTS[self.format].write(path, lambda: stage.parts.read(stage.numbers))

    def disk_error(self, error: OSError) -> str:
        """Return why the file cannot be written, in one line."""
        return f"cannot be written ({os_reason(error)})"


def _name(task: _Task) -> str:
    return f"{task.images.file_names[0]} to {task.images.file_names[-1]}"


def _propose(task: _Task) -> dict[str, Any]:
    """Write what a part keeps of some images, and return its counts."""
    results: list[ImageResults] = []
    counts: dict[str, Any] = {"images": 0, "proposals": 0, "skipped": []}
    for index in range(len(task.images)):
        found = Found(as_boxes([]))
        try:
            if task.images.renumbered[index]:
                raise BoxscopeError("its id is no whole number, and results go by image id")
            _, found, _ = pipeline.propose_image(task.setup, task.images, index)
        except BoxscopeError as error:
            counts["skipped"].append(skipped(task.images, index, error))
            results.append(_results(task.images, index, found, used=False))
            continue
        counts["images"] += 1
        results.append(_results(task.images, index, found))
        counts["proposals"] += len(found.boxes) * len(results[-1].ids)
    part = RESULTS[task.format].part(results, task.category)
    write_part(task.part, {"counts": counts, **part})
    return counts


def _results(images: CocoDataset, index: int, found: Found, used: bool = True) -> ImageResults:
    ids, name, path = images.ids_of(index), images.file_names[index], key(images, index)
    return ImageResults(ids, name, path, found.boxes, falling_scores(found), found.categories, used)
