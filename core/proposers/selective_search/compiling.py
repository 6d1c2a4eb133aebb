"""Compiling the kernels of selective search, once on a machine, and loading them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import kernels

if TYPE_CHECKING:
    from core.proposers.selective_search.hierarchy import Settings


@kernels.register("selective search")
@kernels.once
def warm() -> None:
    """Load the kernels; compile them, with a message, where this machine has not yet."""
    from core.proposers.selective_search import grouping, hierarchy  # importing numba takes 0.5 s

    message = "compiling selective search; this happens once and takes some 10 seconds"
    with kernels.no_collection():
        kernels.ensure_compiled(grouping.group, Path(__file__).parent, _compile, message)
        hierarchy.groupings(np.zeros((16, 16, 3), np.uint8), _settings(rotated=False))


def _compile() -> None:
    """Compile all kernels; those of the grouping, half of the time, in a second process."""
    from core.proposers.selective_search import hierarchy

    with _compiling_the_grouping():
        for rotated, channels in product((False, True), (3, 1)):
            image, settings = np.zeros((16, 16, channels), np.uint8), _settings(rotated)
            for _ in hierarchy.describe_regions(image, hierarchy.initial_regions(image, settings), settings):
                pass


def _settings(rotated: bool) -> "Settings":
    from core.proposers.selective_search import grouping
    from core.proposers.selective_search.hierarchy import Settings

    return Settings((150.0, 300.0), 0.8, 100, rotated, (grouping.COLOUR_FILL_TEXTURE_SIZE,))


@contextmanager
def _compiling_the_grouping() -> Iterator[None]:
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    code = "from core.proposers.selective_search.compiling import compile_grouping; compile_grouping()"
    try:
        other = subprocess.Popen([sys.executable, "-c", code], env=environment)
    except OSError:
        compile_grouping()
        yield
        return
    with other:  # waits for the process; if it fails, the first grouping compiles
        yield


def compile_grouping() -> None:
    """Compile the grouping, by grouping two neighbouring regions."""
    from core.proposers.selective_search.grouping import FILL, group

    with kernels.no_collection():
        sizes, pairs = np.ones(2, np.int32), np.array([[0, 1]], np.int32)
        boxes = np.array([[0, 0, 1, 1], [1, 0, 2, 1]], np.int32)
        histograms = np.ones((2, 25), np.float32), np.ones((2, 80), np.float32)
        group(sizes, boxes, *histograms, pairs, 2, np.array(FILL, np.float32))
