"""The origin of the crops of an export: the data set, and the view of Explore with the same proposals."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from core import parameters
from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
from core.datasets.levels import AUTO
from core.errors import BoxscopeError
from core.files import hashing
from core.labelling import LabelRule
from core.pipeline import Setup
from core.sampling import Sampling
from pages.ui.jobs import register
from pages.ui.state import cached
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
    folder: str
    name: str
    annotations: Path


def origin(export: Path, summary: dict[str, Any], chosen: Choice, opened: list[str]) -> Origin:
    """Return the origin of an export: a data set that is open, or the one of its job.

    Parameters
    ----------
    export : Path
        OUT/SPLIT.
    summary : dict
        Contents of its ``export.json``.
    chosen : Choice
    opened : list of str
        Folders of open data sets.
    """
    settings = summary["settings"]
    job = register.find(export)
    splits = [*_chosen_first(chosen, opened), *([] if job is None else _split_of(job.annotations))]
    for split in splits:
        # The name first: hashing all open annotation files would take seconds.
        if split.annotations.name != settings.get("annotations") or not allowed(split.annotations):
            continue
        if sha256(split.annotations) == settings.get("annotations_sha256"):
            return _origin(split, summary)
    if job and any(split.annotations == job.annotations for split in splits):
        return Origin(None, None, f"{short(splits[-1].annotations)} has changed since the export was made")
    name = settings.get("annotations", "unknown")
    return Origin(None, None, f"The data set of this export (its annotations are {name}) is not open")


def _origin(split: _Split, summary: dict[str, Any]) -> Origin:
    try:
        # "auto: …" names the levels that were decided too.
        grey = summary["settings"].get("grey_levels", AUTO).partition(":")[0]
        shown = Choice(dataset=split.folder, split=split.name, grey=grey, setup=_setup(summary))
        view = Choices((shown, ExportPlan(sampling=_sampling(summary))))
        return Origin(cached.dataset(split.annotations, grey), view)
    except BoxscopeError as error:
        return Origin(None, None, f"Explore cannot show what this export was made with: {error}")


def _setup(summary: dict[str, Any]) -> Setup:
    """Return the setup of an export, with the rule of its present labels."""
    setup = Setup.parse(summary["settings"]["setup"])
    if "relabelled" in summary:
        rule = parameters.build(LabelRule, summary["relabelled"], owner="label rule")
        setup = dataclasses.replace(setup, rule=rule)
    return dataclasses.replace(setup, top=setup.top or TOP)


def _sampling(summary: dict[str, Any]) -> Sampling:
    return parameters.build(Sampling, summary["settings"]["sampling"], owner="sampling")


def _chosen_first(chosen: Choice, opened: list[str]) -> Iterator[_Split]:
    for folder in dict.fromkeys([chosen.dataset, *opened]):
        splits = list(_splits(folder))
        yield from sorted(splits, key=lambda split: folder != chosen.dataset or split.name != chosen.split)


def _split_of(annotations: Path | None) -> list[_Split]:
    """Return the split of a data set that an annotation file is, none or one."""
    if annotations is None:
        return []
    # A split has its own folder, or is a file beside those of the others.
    folders = [annotations.parent.parent, annotations.parent]
    splits = [
        split for folder in folders for split in _splits(str(folder)) if split.annotations == annotations
    ]
    return sorted(splits, key=lambda split: not any(word in split.name for word in ("train", "val", "test")))[
        :1
    ]


def _splits(folder: str) -> Iterator[_Split]:
    try:
        path = resolve(folder)
        for split, annotations in cached.splits(str(path)).items():
            yield _Split(short(path), split, annotations.resolve())
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
