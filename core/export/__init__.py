"""Exports: labelled crops of proposals, and a manifest of them.

:func:`run` writes an export, :func:`estimate` estimates it, :class:`Crops` reads it and
:func:`relabel` replaces its labels. :class:`ProposalBuilder` writes one under the names of the article.
"""

from core.export.config import DatasetKind, ExportConfig
from core.export.crops import Crops
from core.export.estimate import DryRun, DryRunState, Estimate, estimate
from core.export.export_run import ExportRun, run
from core.export.folder import ExportFolder
from core.export.formats import DEFAULT_FORMAT, FORMATS
from core.export.names import crop_name
from core.export.progress import Progress
from core.export.proposal_builder import ProposalBuilder
from core.export.relabel import relabel

__all__ = [
    "DEFAULT_FORMAT",
    "FORMATS",
    "Crops",
    "DatasetKind",
    "DryRun",
    "DryRunState",
    "Estimate",
    "ExportConfig",
    "ExportFolder",
    "ExportRun",
    "Progress",
    "ProposalBuilder",
    "crop_name",
    "estimate",
    "relabel",
    "run",
]
