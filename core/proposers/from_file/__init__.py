"""Boxes from a results file: those of a detector, an RPN or masks, or of the command ``proposals``."""

from core.proposers.from_file.opening import opened
from core.proposers.from_file.proposer import FromFile
from core.proposers.from_file.table import Dropped, Table

__all__ = ["Dropped", "FromFile", "Table", "opened"]
