"""What commands say of setups that read results files, and refuse, before they run one."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from core import parameters
from core.cli.terminal import print_message
from core.datasets import CocoDataset
from core.pipeline import Setup, expect_scores
from core.proposals.results_fit import remarks


def prepared(args: argparse.Namespace, dataset: CocoDataset, setups: Sequence[Setup]) -> list[Setup]:
    """Return setups as a command runs them, after a line for each results file on how it fits the data set.

    On a cluster, whose workers have another working directory, paths of files are made absolute.

    Raises
    ------
    BoxscopeError
        A results file cannot be read, or proposals are to be ranked by a score that they do not have.
    """
    found = [_with_absolute_files(setup) if args.scheduler else setup for setup in setups]
    lines = (line for setup in found for line in remarks(dataset, setup.proposer))
    for line in dict.fromkeys(lines):
        print_message(line)
    for setup in found:
        expect_scores(setup)
    return found


def _with_absolute_files(setup: Setup) -> Setup:
    values = parameters.values(setup)
    files = [spec.name for spec in parameters.parameters(setup) if spec.path and values[spec.name]]
    return parameters.replace(setup, {name: str(Path(values[name]).absolute()) for name in files})
