"""Measures of how well proposals cover the ground truth."""

from core.evaluation.coverage import Coverage, coverage, worst_first
from core.evaluation.overlap import BestOverlap, Records, best_overlap, records

__all__ = ["BestOverlap", "Coverage", "Records", "best_overlap", "coverage", "records", "worst_first"]
