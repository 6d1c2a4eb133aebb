"""PyTorch data sets of an export, batches by class, targets of box regression, and classifiers of crops.

The only package here that imports torch.
"""

import torch

from core import threads
from core.export.names import NameParts, parse_name
from core.training.batches import ClassBatches
from core.training.classifier import Classifier
from core.training.datasets import ProposalDataset, ProposalStream, decode
from core.training.fixed_proposals import FixedProposals
from core.training.score import Scored
from core.training.targets import apply_targets, box_targets

threads.register(torch.set_num_threads)

__all__ = [
    "ClassBatches",
    "Classifier",
    "FixedProposals",
    "NameParts",
    "ProposalDataset",
    "ProposalStream",
    "Scored",
    "apply_targets",
    "box_targets",
    "decode",
    "parse_name",
]
