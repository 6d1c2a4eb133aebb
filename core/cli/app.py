"""The command ``app``: the app in a browser, on one data set; ``boxscope FOLDER`` is short for it."""

import argparse
import importlib.util
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NoReturn

from core.cli import options
from core.cli.counter import Counter
from core.cli.numbers import whole_number
from core.cli.terminal import flush, print_message
from core.datasets import make_sample, other_annotation_files
from core.datasets.inside import VARIABLE
from core.datasets.locating.splits import splits
from core.errors import BoxscopeError

PROJECT = Path(__file__).parents[2]


def add(commands: Any) -> argparse.ArgumentParser:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "app", help="start the app on a data set; the word app may be left out"
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="FOLDER",
        help="folder with COCO annotations, in itself or one folder below (the sample data set)",
    )
    parser.add_argument("--port", type=whole_number("--port", 65_535), help="port on 127.0.0.1 (8501)")
    options.add_follow_links(parser)
    parser.set_defaults(command=_app)
    return parser


def with_command(arguments: Sequence[str], commands: Collection[str]) -> list[str]:
    """Return the arguments of the program with ``app`` inserted if they begin with no command.

    Parameters
    ----------
    arguments : sequence of str
    commands : collection of str
        Names of the commands; a folder of the same name is passed as ``./NAME``.

    Raises
    ------
    BoxscopeError
        The first argument is neither a command, nor an option, nor a folder.
    """
    first = arguments[0] if arguments else ""
    if first in commands or first in ("-h", "--help"):
        return [*arguments]
    if arguments and not first.startswith("-") and not (first and Path(first).is_dir()):
        raise BoxscopeError(
            f"got {first!r}, expected a folder or one of the commands {', '.join(commands)} (see --help)"
        )
    return ["app", *arguments]


def _app(args: argparse.Namespace) -> NoReturn:
    if not (PROJECT / "app.py").is_file():
        raise BoxscopeError("no app.py there: install Boxscope with pip install -e", PROJECT)
    if importlib.util.find_spec("streamlit") is None:
        raise BoxscopeError(f"is not installed: {sys.executable} -m pip install -e {PROJECT}", "streamlit")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
    }
    if args.folder is None:
        os.chdir(PROJECT)
        _make_sample(Path("sample"))
    else:
        splits(args.folder)  # raises before a server starts if there are none
        for name, content in other_annotation_files(args.folder).items():
            print_message(f"{name}: {content}, it is not among the splits")
        environment["BOXSCOPE_DATASET"] = str(args.folder.resolve())
    if args.follow_links:
        environment[VARIABLE] = "1"
    # Streamlit also reads the settings in .streamlit/ beside the script, such as the address 127.0.0.1.
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py")]
    command += [] if args.port is None else ["--server.port", str(args.port)]
    flush()
    os.execve(sys.executable, command, environment)


def _make_sample(folder: Path) -> None:
    """Create the sample data set unless both splits are complete."""
    if all((folder / split / "annotations.json").exists() for split in ("train", "valid")):
        return
    print_message(f"Making the sample data set in {folder.resolve()}")
    with Counter("images", sys.stderr) as counter:
        make_sample(folder, progress=counter)
