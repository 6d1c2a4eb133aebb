"""Cached twins of core functions: keyed by path, change time and parameters, never by pixels; bounded."""

import time
from pathlib import Path

import streamlit as st

from core import pipeline
from core.dataset import CocoDataset, annotation_files
from core.export import Estimate, ExportConfig
from core.export import estimate as core_estimate
from core.export.plan import crop_stems
from core.health import Health
from core.health import check as core_check
from core.images import Image
from core.pipeline import Proposals, Setup
from core.proposers import Stage

# Boxes of an image are some 30 bytes each: 512 images of 5,000 proposals are 80 MB.
_PROPOSALS = 512
_PICTURES = 8


def splits(folder: str) -> dict[str, Path]:
    """See :func:`core.dataset.annotation_files`; looked up again after a few seconds."""
    return _splits(folder, int(time.time() / 10))


@st.cache_resource(max_entries=16, show_spinner=False)
def _splits(folder: str, now: int) -> dict[str, Path]:
    return annotation_files(folder)


def forget_splits() -> None:
    """Look the annotation files up again: one has just been written."""
    _splits.clear()


def dataset(annotations: Path) -> CocoDataset:
    """See :meth:`core.dataset.CocoDataset.open`."""
    return _dataset(str(annotations), _changed(annotations))


@st.cache_resource(max_entries=4, show_spinner="Opening the data set …")
def _dataset(annotations: str, changed: int) -> CocoDataset:
    return CocoDataset.open(annotations)


def proposals(opened: CocoDataset, index: int, setup: Setup) -> Proposals:
    """See :func:`core.pipeline.look`."""
    return _proposals(opened, str(opened.annotations), index, _changes(opened, index), repr(setup), setup)


@st.cache_resource(max_entries=_PROPOSALS, show_spinner=False)
def _proposals(
    _opened: CocoDataset, annotations: str, index: int, changed: tuple[int, int], setup: str, _setup: Setup
) -> Proposals:
    return pipeline.look(_setup, _opened, index)[1]


def image(opened: CocoDataset, index: int) -> Image:
    """See :meth:`core.dataset.CocoDataset.read`."""
    return _image(opened, str(opened.annotations), index, _changes(opened, index))


@st.cache_resource(max_entries=_PICTURES, show_spinner=False)
def _image(_opened: CocoDataset, annotations: str, index: int, changed: tuple[int, int]) -> Image:
    return _opened.read(index)


def stages(opened: CocoDataset, index: int, setup: Setup) -> list[Stage]:
    """See :meth:`core.proposers.Proposer.stages`."""
    return _stages(
        opened, str(opened.annotations), index, _changes(opened, index), repr(setup.proposer), setup
    )


@st.cache_resource(max_entries=_PICTURES, show_spinner="Showing the steps …")
def _stages(
    _opened: CocoDataset, annotations: str, index: int, changed: tuple[int, int], proposer: str, _setup: Setup
) -> list[Stage]:
    return _setup.proposer.stages(image(_opened, index))


def stems(opened: CocoDataset) -> list[str]:
    """See :func:`core.export.plan.crop_stems`."""
    return _stems(opened, str(opened.annotations), _changed(opened.annotations))


@st.cache_resource(max_entries=4, show_spinner=False)
def _stems(_opened: CocoDataset, annotations: str, changed: int) -> list[str]:
    return crop_stems(_opened.file_names, _opened.image_ids)


def health(opened: CocoDataset, decode: bool) -> Health:
    """See :func:`core.health.check`."""
    return _health(opened, str(opened.annotations), _changed(opened.annotations), decode)


@st.cache_resource(max_entries=8, show_spinner="Looking at every picture …")
def _health(_opened: CocoDataset, annotations: str, changed: int, decode: bool) -> Health:
    return core_check(_opened, decode=decode)


def estimate(config: ExportConfig, seconds: float) -> Estimate:
    """See :func:`core.export.estimate`."""
    return _estimate(config, config.digest, str(config.dataset.annotations), seconds)


@st.cache_resource(max_entries=32, show_spinner="Looking at a few images …")
def _estimate(_config: ExportConfig, digest: str, annotations: str, seconds: float) -> Estimate:
    return core_estimate(_config, seconds=seconds)


def _changes(opened: CocoDataset, index: int) -> tuple[int, int]:
    return _changed(opened.annotations), _changed(opened.path(index))


def _changed(path: Path) -> int:
    """Give a file's change time in nanoseconds, 0 where it is missing."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
