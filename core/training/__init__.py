"""PyTorch data sets of an export, batches by class, and the targets of R-CNN's box regression.

The only package here that imports torch.
"""

import torch

from core import threads
from core.export.names import NameParts, parse_name
from core.training.batches import ClassBatches
from core.training.datasets import ProposalDataset, ProposalStream, decode
from core.training.targets import apply_targets, box_targets

threads.register(torch.set_num_threads)

__all__ = [
    "ClassBatches",
    "NameParts",
    "ProposalDataset",
    "ProposalStream",
    "apply_targets",
    "box_targets",
    "decode",
    "parse_name",
]
