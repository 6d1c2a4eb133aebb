"""The dry run: what an export would write, from a few of its images.

:func:`estimate` looks at the images in one go; :class:`DryRun` looks at them in the background and
returns what is known so far.
"""

from core.export.estimate.progressive import DryRun, DryRunState
from core.export.estimate.result import Estimate, Figures
from core.export.estimate.single_pass import estimate
from core.export.estimate.totals import extrapolate

__all__ = ["DryRun", "DryRunState", "Estimate", "Figures", "estimate", "extrapolate"]
