"""Data sets in COCO format: reading, checking and comparing them, and a synthetic sample set."""

from core.datasets.dataset import CocoDataset
from core.datasets.health import Health, check
from core.datasets.levels import read_as_set
from core.datasets.locating.annotation_files import annotation_files, other_annotation_files
from core.datasets.overlap import Comparison, SharedPicture, compare
from core.datasets.problems import Problem
from core.datasets.sample import make_sample

__all__ = [
    "CocoDataset",
    "Comparison",
    "Health",
    "Problem",
    "SharedPicture",
    "annotation_files",
    "check",
    "compare",
    "make_sample",
    "other_annotation_files",
    "read_as_set",
]
