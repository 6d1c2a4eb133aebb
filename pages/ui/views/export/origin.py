"""The origin of the crops of an export: the data set, and the view of Explore with the same proposals."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from core import parameters
from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
from core.datasets.formats import kept
from core.datasets.levels import AUTO
from core.errors import BoxscopeError
from core.files import hashing
from core.labelling import LabelRule
from core.pipeline import Setup
from core.sampling import Sampling
from pages.ui.jobs import register
from pages.ui.jobs.register import Job
from pages.ui.state import cached, opening, setups
from pages.ui.state.choice import TOP, Choice
from pages.ui.state.choices import Choices
from pages.ui.state.roots import allowed, resolve, short
from pages.ui.views.export_plan import ExportPlan

_hashes = MemoryCache[str](1000)


class Origin(NamedTuple):
    """The origin of crops.

    Attributes
    ----------
    dataset : CocoDataset or None
        None where it is not known.
    view : Choices or None
        The choices under which Explore shows the same proposals, apart from the image.
    reason : str
        Why there is no link to Explore, empty where there is one.
    """

    dataset: CocoDataset | None
    view: Choices | None
    reason: str = ""


class _Split(NamedTuple):
    dataset: str
    name: str
    annotations: Path
    images: str


def origin(
    export: Path,
    summary: dict[str, Any],
    chosen: Choice,
    opened: Iterable[str],
    images: Mapping[str, str] | None = None,
) -> Origin:
    """Return the origin of an export: a data set that is open, or the one of its job.

    Parameters
    ----------
    export : Path
        OUT/SPLIT.
    summary : dict
        Contents of its ``export.json``.
    chosen : Choice
    opened : iterable of str
        Open data sets.
    images : mapping of str to str, optional
        The folder that was given for the pictures of an open data set.
    """
    settings = summary["settings"]
    job = register.find(export)
    given = {**(images or {}), chosen.dataset: chosen.images}
    splits = [*_chosen_first(chosen, opened, given), *_split_of(job)]
    for split in splits:
        # The name first: hashing all open annotation files would take seconds.
        if not allowed(split.annotations) or not (file := _named(split.annotations, settings)):
            continue
        if sha256(file) == settings.get("annotations_sha256"):
            return _origin(split, summary)
    if job and any(split.annotations == job.annotations for split in splits):
        return Origin(None, None, f"{short(splits[-1].annotations)} has changed since the export was made")
    name = settings.get("annotations", "unknown")
    return Origin(None, None, f"The data set of this export (its annotations are {name}) is not open")


def _named(annotations: Path, settings: Mapping[str, Any]) -> Path | None:
    """Return the COCO file of a split if an export names it; of another format it is the one that is kept."""
    name = settings.get("annotations")
    try:
        if not kept.is_other(annotations):
            return annotations if annotations.name == name else None
        return (
            Path(str(cached.coco_file(annotations))) if kept.name_of(annotations, allowed) == name else None
        )
    except BoxscopeError:
        return None


def _origin(split: _Split, summary: dict[str, Any]) -> Origin:
    try:
        # "auto: …" names the levels that were decided too.
        grey = summary["settings"].get("grey_levels", AUTO).partition(":")[0]
        setup, images_dir = _setup(summary), opening.images_dir(split.images)
        shown = Choice(split.dataset, split.name, images=split.images, grey=grey, setup=setup)
        view = Choices((shown, ExportPlan(sampling=_sampling(summary))))
        return Origin(cached.dataset(split.annotations, images_dir, grey), view)
    except BoxscopeError as error:
        return Origin(None, None, f"Explore cannot show what this export was made with: {error}")


def _setup(summary: dict[str, Any]) -> Setup:
    """Return the setup of an export, with the rule of its present labels."""
    setup = setups.parse(summary["settings"]["setup"])
    if "relabelled" in summary:
        rule = parameters.build(LabelRule, summary["relabelled"], owner="label rule")
        setup = dataclasses.replace(setup, rule=rule)
    return dataclasses.replace(setup, top=setup.top or TOP)


def _sampling(summary: dict[str, Any]) -> Sampling:
    return parameters.build(Sampling, summary["settings"]["sampling"], owner="sampling")


def _chosen_first(chosen: Choice, opened: Iterable[str], images: Mapping[str, str]) -> Iterator[_Split]:
    for dataset in dict.fromkeys([chosen.dataset, *opened]):
        splits = list(_splits(dataset, images.get(dataset, "")))
        yield from sorted(splits, key=lambda split: dataset != chosen.dataset or split.name != chosen.split)


def _split_of(job: Job | None) -> list[_Split]:
    """Return the split of a data set that a job exports, none or one."""
    if job is None or job.annotations is None:
        return []
    annotations, images = job.annotations, job.option("--images")
    given = "" if images is None else str(job.working_folder / images)
    # A split has its own folder, or is a file beside those of the others.
    folders = [*annotations.parents[:3][::-1], annotations]
    splits = [
        split
        for folder in folders
        for split in _splits(str(folder), given)
        if split.annotations == annotations
    ]
    return sorted(splits, key=lambda split: not any(word in split.name for word in ("train", "val", "test")))[
        :1
    ]


def _splits(dataset: str, images: str) -> Iterator[_Split]:
    try:
        path = resolve(dataset)
        for split, annotations in cached.splits(str(path)).items():
            yield _Split(short(path), split, annotations.resolve(), images)
    except BoxscopeError:
        return


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, cached until it changes; empty where it cannot be read."""
    return _hashes.get((path, cached.changed(path)), lambda: _read_hash(path))


def _read_hash(path: Path) -> str:
    try:
        return hashing.sha256(path)
    except OSError:
        return ""
