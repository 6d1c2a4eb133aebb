"""The command ``score``: proposals with the scores of a trained crop classifier."""

import argparse
from typing import Any

from core.cli import proposals
from core.errors import BoxscopeError
from core.files import as_local_path
from core.pipeline import Setup


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "score",
        help="write the proposals of a data set with the scores of a crop classifier trained on an export",
        description="Write the proposals of a data set, those that the same options give the command "
        "proposals, with the probability that each shows an object, the highest first. Each is cut as the "
        "export cut the crops that the classifier learned from. With classes by category a box has the "
        "category that is likeliest. The file is read back by --proposer from-file: evaluate it with --nms "
        "0.3 --order score, export its false positives with --negatives score. Needs torch and torchvision.",
    )
    help = "the classifier: a file that core.training.Classifier.save writes, as docs/train.py --save does. "
    help += "It holds weights and plain values, read by torch with weights_only, so that it can run no code"
    parser.add_argument("--model", type=as_local_path, required=True, metavar="FILE", help=help)
    proposals.add_options(parser)
    parser.set_defaults(command=_score)
    return parser


def _score(args: argparse.Namespace) -> dict[str, Any]:
    try:
        from core.training import Scored  # importing torch takes seconds
    except ImportError as error:
        text = f"needs torch and torchvision ({error}): pip install -e '.[train]'"
        raise BoxscopeError(text, "score") from error

    def scored(setup: Setup) -> Setup:
        proposer = Scored(setup, args.model)
        proposer.prepare()  # raises what is wrong with the file before any picture is read
        return Setup(proposer)

    return proposals.write(args, scored)
