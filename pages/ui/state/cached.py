"""Cached twins of core functions: keyed by path, change time and parameters, never by pixels; bounded."""

import dataclasses
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from core import pipeline
from core.caching.memory import Once, nbytes
from core.datasets import CocoDataset, Health, annotation_files
from core.datasets import check as core_check
from core.evaluation import Records, records
from core.export import Estimate, ExportConfig
from core.export import estimate as core_estimate
from core.export.names import crop_stems
from core.images import Image
from core.labelling import LabelRule
from core.pipeline import Proposals, Setup
from core.proposers import Stage

# Bytes. A box with its labels and origin takes 35: the proposals of 500 images, 5,000 each, fit; and three
# pictures of 24 megapixels, or hundreds of small ones.
_LOOKS = 80_000_000
_PICTURES = 220_000_000
_STAGES = 150_000_000


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


class Look(NamedTuple):
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


def look(opened: CocoDataset, index: int, setup: Setup) -> Look:
    """See :func:`core.pipeline.look`; the page and the routes share what it gives."""
    whole = dataclasses.replace(setup, top=0)
    key = (*image_key(opened, index), repr(whole))
    return _looks.get(key, lambda: _look(opened, index, whole))


def _look(opened: CocoDataset, index: int, whole: Setup) -> Look:
    plain = dataclasses.replace(whole, rule=LabelRule())
    if plain != whole:  # the same boxes: nobody waits for a proposer because of another threshold
        known = look(opened, index, plain)
        found = pipeline.relabelled(known.proposals, opened.truth(index), whole.rule)
        return known._replace(proposals=found)
    picture, found = pipeline.look(whole, opened, index, partial(image, opened))
    height, width = picture.shape[:2]
    return Look(found, records(found.boxes, opened.truth(index)), width, height)


def _look_bytes(look: Look) -> int:
    labels, origins = look.proposals.labels, look.proposals.origins
    steps = 0 if origins is None else nbytes(origins.step, origins.level)
    return nbytes(look.proposals.boxes, labels.iou, labels.match, labels.kind) + steps + 1000


def proposals(opened: CocoDataset, index: int, setup: Setup) -> Proposals:
    """Give the proposals of :func:`look`, cut to the setup's `top`."""
    found = look(opened, index, setup).proposals
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
    return sum(nbytes(stage.picture, stage.boxes) for stage in made) + 1000


_looks = Once[Look](_LOOKS, _look_bytes)
_images = Once[Image](_PICTURES, nbytes)
_stages = Once[list[Stage]](_STAGES, _stages_bytes)


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


def estimate(config: ExportConfig, seconds: float) -> Estimate:
    """See :func:`core.export.estimate`."""
    return _estimate(config, config.digest, str(config.dataset.annotations), seconds)


@st.cache_resource(max_entries=32, show_spinner="Looking at a few images …")
def _estimate(_config: ExportConfig, digest: str, annotations: str, seconds: float) -> Estimate:
    return core_estimate(_config, seconds=seconds)


def image_key(opened: CocoDataset, index: int) -> tuple[object, ...]:
    """Name an image and its truth as they are now on disk."""
    path = opened.path(index)
    return str(opened.annotations), changed(opened.annotations), index, str(path), changed(path)


def changed(path: Path) -> int:
    """Give a file's change time in nanoseconds, 0 where it is missing."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
