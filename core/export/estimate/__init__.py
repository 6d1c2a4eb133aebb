"""The dry run: what an export would write, estimated from some of its images.

:func:`estimate` processes a few images in one call; :class:`DryRun` processes images in the background and
returns the estimate so far.
"""

from core.export.estimate.progressive import DryRun, DryRunState
from core.export.estimate.result import Estimate, Figures
from core.export.estimate.single_pass import estimate
from core.export.estimate.totals import extrapolate

__all__ = ["DryRun", "DryRunState", "Estimate", "Figures", "estimate", "extrapolate"]
