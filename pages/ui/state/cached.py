"""Results of core functions, cached under path, change time and parameters, never under pixels; bounded."""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from core import pipeline
from core.caching.memory import MemoryCache, nbytes
from core.datasets import CocoDataset
from core.datasets.background_check import BackgroundCheck
from core.datasets.formats import kept
from core.datasets.inside import follows_links
from core.datasets.levels import AUTO
from core.datasets.locating.splits import others as core_others
from core.datasets.locating.splits import splits as core_splits
from core.datasets.restricted import restrict
from core.datasets.search import has_pictures as core_has_pictures
from core.evaluation import Records
from core.evaluation.one_image import image_reasons
from core.evaluation.outcome import Outcome
from core.export.names import crop_stems
from core.files import AnyPath, files_at
from core.images import Image, shrink
from core.pipeline import Proposals, Setup
from core.proposals.proposer_cache import ProposerCache
from core.proposals.removed import Removed, removed_of_image
from core.proposals.results_fit import remarks
from core.proposals.store import ProposalStore
from core.proposals.store import image_key as image_key
from core.proposers import Proposer, Stage
from core.proposers.stages import stages_nbytes
from pages.ui.state.roots import allowed

# Bytes. A box with its overlaps and origin takes 35, so the proposals of the 1,000 images of a dry run, 4,000
# each, fit; so do three pictures of 24 megapixels, or hundreds of small ones.
_PROPOSALS = 150_000_000
_PICTURES = 220_000_000
_STAGES = 150_000_000

# Longer side of the picture of a step, pixels.
LAYER_SIDE = 2048


def changed(path: AnyPath) -> int:
    """Return the time of a file's last change in nanoseconds, 0 where it is missing."""
    return files_at(path).modified()


def splits(path: str) -> dict[str, Path]:
    """Return the result of :func:`core.datasets.locating.splits.splits`, cached for at most 10 s."""
    return _splits(path, int(time.time() / 10))


@st.cache_resource(max_entries=16, show_spinner=False)
def _splits(path: str, now: int) -> dict[str, Path]:
    return core_splits(path, allowed)


def other_files(path: str) -> dict[str, str]:
    """Return :func:`core.datasets.locating.splits.others` of a folder or file, cached for at most 10 s."""
    return _other_files(path, int(time.time() / 10))


@st.cache_resource(max_entries=16, show_spinner=False)
def _other_files(path: str, now: int) -> dict[str, str]:
    return core_others(path)


def forget_splits() -> None:
    """Clear the cached annotation files, because one has just been written."""
    _splits.clear()
    _converted.clear()
    _other_files.clear()


def dataset(annotations: AnyPath, images_dir: AnyPath | None = None, levels: str = AUTO) -> CocoDataset:
    """Return the cached data set of a file, without the pictures that the app may not read."""
    images = None if images_dir is None else str(images_dir)
    annotations = coco_file(annotations)
    opened = _dataset(str(annotations), changed(annotations), images)
    return opened if levels == AUTO else _with_levels(opened, dataset_key(opened), levels)


def coco_file(annotations: AnyPath) -> AnyPath:
    """Return a COCO file as it is; of a folder in another format the kept one, looked at every minute.

    Raises
    ------
    BoxscopeError
        See :func:`core.datasets.formats.kept.convert`.
    """
    if isinstance(annotations, Path) and kept.is_other(annotations):
        return _converted(annotations, int(time.time() / 60))
    return annotations


@st.cache_resource(max_entries=16, show_spinner="Reading the annotations …")
def _converted(place: Path, now: int) -> Path:
    return Path(kept.convert(place, follows_links(), allowed).out)


@st.cache_resource(max_entries=4, show_spinner="Opening the data set …")
def _dataset(annotations: str, changed: int, images_dir: str | None) -> CocoDataset:
    return restrict(CocoDataset.open(annotations, images_dir), allowed)


def dataset_key(opened: CocoDataset) -> tuple[str, int, str, str]:
    """Return a cache key of a data set as it is on disk at this moment."""
    annotations = opened.annotations
    return str(annotations), changed(annotations), str(opened.images_dir), opened.levels


@st.cache_resource(max_entries=4, show_spinner=False)
def _with_levels(_opened: CocoDataset, key: tuple[str, int, str, str], levels: str) -> CocoDataset:
    return _opened.with_levels(levels)


class ImageResult(NamedTuple):
    """The proposals of a setup for an image, and the records computed from them.

    Attributes
    ----------
    proposals : Proposals
        All of them, best first, not limited to the setup's `top`.
    records : Records
        Of all of them.
    outcome : Outcome
        What those find of them that a limit lets count.
    width, height : int
        Of the picture.
    seconds : float
        Spent reading the picture and proposing on it.
    remark : str
        What the proposer says of the picture; or empty.
    """

    proposals: Proposals
    records: Records
    outcome: Outcome
    width: int
    height: int
    seconds: float
    remark: str = ""


def result(opened: CocoDataset, index: int, setup: Setup) -> ImageResult:
    """Return the stored result of a setup for an image, shared by the page and the routes.

    See :meth:`core.proposals.store.ProposalStore.get`.
    """
    stored = store.get(opened, index, setup, partial(image, opened))
    seconds = stored.seconds_read + stored.seconds
    truth = opened.truth(index)
    outcome = stored.outcome(truth)
    proposals, size = stored.labelled(setup.rule, truth), (stored.width, stored.height)
    return ImageResult(proposals, stored.records, outcome, *size, seconds, stored.remark)


def proposals(opened: CocoDataset, index: int, setup: Setup) -> Proposals:
    """Return the proposals of :func:`result`, limited to the setup's `top`."""
    best_first = result(opened, index, setup).proposals
    return best_first.first(setup.top) if setup.top else best_first


def removed(opened: CocoDataset, index: int, setup: Setup) -> Removed:
    """Return :func:`core.proposals.removed.removed_of_image` of an image, whose picture is read once."""
    return removed_of_image(proposer_cache, opened, index, setup, partial(image, opened))


def reasons(opened: CocoDataset, index: int, setup: Setup, iou: float, budget: int) -> list[str]:
    """Return :func:`core.evaluation.one_image.image_reasons` of an image, whose picture is read once."""
    return image_reasons(proposer_cache, opened, index, setup, iou, budget, partial(image, opened))


def image(opened: CocoDataset, index: int, background: bool = False) -> Image:
    """Return the cached result of :meth:`core.datasets.CocoDataset.read`; see ``MemoryCache.get``."""
    return _images.get(image_key(opened, index), lambda: opened.read(index), background)


def stages(opened: CocoDataset, index: int, setup: Setup) -> list[Stage]:
    """Return the cached result of :func:`core.pipeline.stages`."""
    key = (*image_key(opened, index), repr(setup.proposer))
    return _stages.get(key, lambda: _compute_stages(opened, index, setup))


def _compute_stages(opened: CocoDataset, index: int, setup: Setup) -> list[Stage]:
    made = pipeline.stages(setup, image(opened, index), str(opened.path(index)))
    # At the size that is shown: those of 24 megapixels take 120 MB a threshold.
    return [
        stage if stage.picture is None else replace(stage, picture=shrink(stage.picture, LAYER_SIDE))
        for stage in made
    ]


def _stages_bytes(stages: list[Stage]) -> int:
    return stages_nbytes(stages) + 1000  # an empty list must count too


proposer_cache = ProposerCache()
store = ProposalStore(_PROPOSALS, proposer_cache)
_images = MemoryCache[Image](_PICTURES, nbytes)
_stages = MemoryCache[list[Stage]](_STAGES, _stages_bytes)


def stems(opened: CocoDataset) -> list[str]:
    """Return the cached result of :func:`core.export.names.crop_stems`."""
    return _stems(opened, dataset_key(opened))


@st.cache_resource(max_entries=4, show_spinner=False)
def _stems(_opened: CocoDataset, key: tuple[str, int, str, str]) -> list[str]:
    return crop_stems(_opened.file_names, _opened.image_ids)


def results_remarks(opened: CocoDataset, proposer: Proposer) -> list[str]:
    """Return the cached result of :func:`core.proposals.results_fit.remarks`."""
    key = (*dataset_key(opened), proposer, proposer.state())
    return _results_remarks.get(key, lambda: remarks(opened, proposer))


_results_remarks = MemoryCache[list[str]](16)


def health_check(opened: CocoDataset) -> BackgroundCheck:
    """Return the cached health check of a data set, which goes on while it is requested."""
    return _health_check(opened, dataset_key(opened))


@st.cache_resource(max_entries=8, show_spinner=False)
def _health_check(_opened: CocoDataset, key: tuple[str, int, str, str]) -> BackgroundCheck:
    return BackgroundCheck(_opened)


def has_pictures(opened: CocoDataset) -> bool:
    """Return the cached result of :func:`core.datasets.search.has_pictures`."""
    return _has_pictures(opened, dataset_key(opened))


@st.cache_resource(max_entries=8, show_spinner=False, ttl=60)  # 118,000 missing files take 1 s
def _has_pictures(_opened: CocoDataset, key: tuple[str, int, str, str]) -> bool:
    return core_has_pictures(_opened)
