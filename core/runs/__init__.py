"""Resumable runs over a data set: finished tasks are kept, however a run ends.

A subclass of :class:`Run` defines the settings, the tasks, what a task does in a worker, and how the parts
are joined at the end.
"""

from core.runs.folder import RunFolder
from core.runs.parts import Parts, Stage, write_part
from core.runs.progress import Progress, ProgressFile
from core.runs.run import Run
from core.runs.skipped import expect_its_fault, skipped
from core.runs.ticks import tick, ticked

__all__ = [
    "Parts",
    "Progress",
    "ProgressFile",
    "Run",
    "RunFolder",
    "Stage",
    "expect_its_fault",
    "skipped",
    "tick",
    "ticked",
    "write_part",
]
