"""Measures of how well proposals cover the ground truth."""

from core.evaluation.coverage import Coverage, SetCoverage, coverage, set_coverage, worst_first
from core.evaluation.overlap import BestOverlap, Records, best_overlap, records
from core.evaluation.recall import RecallRule

__all__ = [
    "BestOverlap",
    "Coverage",
    "RecallRule",
    "Records",
    "SetCoverage",
    "best_overlap",
    "coverage",
    "records",
    "set_coverage",
    "worst_first",
]
