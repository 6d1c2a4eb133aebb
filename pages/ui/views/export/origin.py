"""Where the crops of an export come from: the data set, and the view of Explore with the same proposals."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from core import parameters
from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
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
    """Where crops come from.

    Attributes
    ----------
    dataset : CocoDataset or None
        None where it is not known here.
    view : Choices or None
        What Explore has to show for the same proposals, but for the image.
    words : str
        Why there is no way to Explore, empty where there is one.
    """

    dataset: CocoDataset | None
    view: Choices | None
    words: str = ""


class _Split(NamedTuple):
    folder: str
    name: str
    annotations: Path


def origin(export: Path, summary: dict[str, Any], chosen: Choice, opened: list[str]) -> Origin:
    """Find where an export comes from: a data set that is open, or the one it was started with.

    Parameters
    ----------
    export : Path
        OUT/SPLIT.
    summary : dict
        What its export.json says.
    chosen : Choice
    opened : list of str
        Folders of data sets to look in, as they were opened.
    """
    settings = summary["settings"]
    job = register.find(export)
    splits = [*_chosen_first(chosen, opened), *([] if job is None else _around(job.annotations))]
    for split in splits:
        # The name first: to hash every file of annotations that is open would take seconds.
        if split.annotations.name != settings.get("annotations") or not allowed(split.annotations):
            continue
        if sha256(split.annotations) == settings.get("annotations_sha256"):
            return _found(split, summary)
    if job and any(split.annotations == job.annotations for split in splits):
        return Origin(None, None, f"`{short(splits[-1].annotations)}` has changed since the export was made")
    name = settings.get("annotations", "unknown")
    return Origin(None, None, f"The data set of this export (its annotations are `{name}`) is not open")


def _found(split: _Split, summary: dict[str, Any]) -> Origin:
    try:
        shown = Choice(dataset=split.folder, split=split.name, setup=_setup(summary))
        view = Choices((shown, ExportPlan(sampling=_sampling(summary))))
        return Origin(cached.dataset(split.annotations), view)
    except BoxscopeError as error:
        return Origin(None, None, f"Explore cannot show what this export was made with: {error}")


def _setup(summary: dict[str, Any]) -> Setup:
    """Read the setup of an export, with the rule that its labels follow now."""
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


def _around(annotations: Path | None) -> list[_Split]:
    """Name a file of annotations as the page Data set would: by a folder and a split."""
    if annotations is None:
        return []
    # A split has a folder of its own, or lies beside the others.
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
    """Return the SHA-256 of a file, read once while it does not change; empty where it cannot be read."""
    return _hashes.get((path, cached.changed(path)), lambda: _read_hash(path))


def _read_hash(path: Path) -> str:
    try:
        return hashing.sha256(path)
    except OSError:
        return ""
