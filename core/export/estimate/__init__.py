"""What an export would write, from a few of its images."""

from core.export.estimate.dry_run import Estimate, Figures, estimate, spread, summed

__all__ = ["Estimate", "Figures", "estimate", "spread", "summed"]
