"""Proposals alone, without labels and crops: for COCO's tools, for trainers, and to be read back."""

from core.export.results.coco import entries
from core.export.results.formats import DEFAULT_RESULTS, RESULTS
from core.export.results.run import ProposalsProgress, ProposalsRun, write_results

__all__ = [
    "DEFAULT_RESULTS",
    "RESULTS",
    "ProposalsProgress",
    "ProposalsRun",
    "entries",
    "write_results",
]
