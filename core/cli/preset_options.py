"""The option ``--preset``: a whole setup by the name of a preset, or by its file."""

import argparse
from typing import Any

from core import presets
from core.errors import BoxscopeError
from core.pipeline import Setup
from core.sampling import ARTICLE_URL


def add(group: Any, what: str, **several: Any) -> None:
    """Add ``--preset``, whose texts :func:`of` reads.

    Parameters
    ----------
    group : argument group
    what : str
        What a preset is for the command, for the help.
    **several
        Further arguments of the option, such as its action.
    """
    own = "; ".join(f"{name}: {text}" for name, (_, text) in presets.BUILT_IN.items())
    help = f"{what}: the name of a preset beside the data set ({presets.FOLDER}/NAME.toml), in the user's "
    help += "folder or of Boxscope's own, or the path of a file; options go before it. "
    help += f"{own} ({ARTICLE_URL})"
    group.add_argument("--preset", metavar="NAME_OR_FILE.toml", help=help.replace("%", "%%"), **several)


def of(args: argparse.Namespace, text: str) -> Setup:
    """Return the setup of a preset that ``--preset`` names.

    Raises
    ------
    BoxscopeError
        There is no such preset, or its file is none.
    """
    annotations = getattr(args, "annotations", None)
    try:
        return presets.find(text, [] if annotations is None else presets.dataset_folders(annotations))
    except BoxscopeError as error:
        raise error if error.item != "preset" else BoxscopeError(error.reason, "--preset") from None
