"""Cached twins of core functions: keyed by path, change time and parameters, never by pixels; bounded."""

import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from core import pipeline
from core.caching.memory import MemoryCache, nbytes
from core.datasets import CocoDataset, Health, annotation_files
from core.datasets import check as core_check
from core.evaluation import Records
from core.export.names import crop_stems
from core.files import files_at
from core.images import Image
from core.pipeline import Proposals, Setup
from core.proposers import Stage
from core.proposers.stages import stages_nbytes
from core.store import ProposalStore
from core.store import image_key as image_key

# Bytes. A box with its overlaps and origin takes 35: the proposals of 1,000 images, 4,000 each, fit, which
# are those that a dry run takes; and three pictures of 24 megapixels, or hundreds of small ones.
_PROPOSALS = 150_000_000
_PICTURES = 220_000_000
_STAGES = 150_000_000


def changed(path: Path) -> int:
    """Return the time of a file's last change in nanoseconds, 0 where it is missing."""
    return files_at(path).modified()


def splits(folder: str) -> dict[str, Path]:
    """See :func:`core.datasets.annotation_files`; looked up again after a few seconds."""
    return _splits(folder, int(time.time() / 10))


@st.cache_resource(max_entries=16, show_spinner=False)
def _splits(folder: str, now: int) -> dict[str, Path]:
    return annotation_files(folder)


def forget_splits() -> None:
    """Look the annotation files up again: one has just been written."""
    _splits.clear()


def dataset(annotations: Path) -> CocoDataset:
    """See :meth:`core.datasets.CocoDataset.open`."""
    return _dataset(str(annotations), changed(annotations))


@st.cache_resource(max_entries=4, show_spinner="Opening the data set …")
def _dataset(annotations: str, changed: int) -> CocoDataset:
    return CocoDataset.open(annotations)


class ImageResult(NamedTuple):
    """What a setup gives for an image, and what follows from it.

    Attributes
    ----------
    proposals : Proposals
        All of them, whatever `top` says: the top ones are the head of the same list.
    records : Records
    width, height : int
        Of the picture.
    """

    proposals: Proposals
    records: Records
    width: int
    height: int


def result(opened: CocoDataset, index: int, setup: Setup) -> ImageResult:
    """See :meth:`core.store.ProposalStore.get`; the page and the routes share what it returns."""
    found = store.get(opened, index, setup, partial(image, opened))
    return ImageResult(found.labelled(setup.rule), found.records, found.width, found.height)


def proposals(opened: CocoDataset, index: int, setup: Setup) -> Proposals:
    """Return the proposals of :func:`result`, cut to the setup's `top`."""
    found = result(opened, index, setup).proposals
    return found.first(setup.top) if setup.top else found


def image(opened: CocoDataset, index: int) -> Image:
    """See :meth:`core.datasets.CocoDataset.read`."""
    return _images.get(image_key(opened, index), lambda: opened.read(index))


def stages(opened: CocoDataset, index: int, setup: Setup) -> list[Stage]:
    """See :func:`core.pipeline.stages`."""
    key = (*image_key(opened, index), repr(setup.proposer))
    return _stages.get(key, lambda: _made_stages(opened, index, setup))


def _made_stages(opened: CocoDataset, index: int, setup: Setup) -> list[Stage]:
    return pipeline.stages(setup, image(opened, index), str(opened.path(index)))


def _stages_bytes(made: list[Stage]) -> int:
    return stages_nbytes(made) + 1000


store = ProposalStore(_PROPOSALS)
_images = MemoryCache[Image](_PICTURES, nbytes)
_stages = MemoryCache[list[Stage]](_STAGES, _stages_bytes)


def stems(opened: CocoDataset) -> list[str]:
    """See :func:`core.export.names.crop_stems`."""
    return _stems(opened, str(opened.annotations), changed(opened.annotations))


@st.cache_resource(max_entries=4, show_spinner=False)
def _stems(_opened: CocoDataset, annotations: str, changed: int) -> list[str]:
    return crop_stems(_opened.file_names, _opened.image_ids)


def health(opened: CocoDataset, decode: bool) -> Health:
    """See :func:`core.datasets.check`."""
    return _health(opened, str(opened.annotations), changed(opened.annotations), decode)


@st.cache_resource(max_entries=8, show_spinner="Looking at every picture …")
def _health(_opened: CocoDataset, annotations: str, changed: int, decode: bool) -> Health:
    return core_check(_opened, decode=decode)
