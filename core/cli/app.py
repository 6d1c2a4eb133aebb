"""The command ``app``: the pages in a browser, on one data set; ``boxscope FOLDER`` is short for it."""

import argparse
import importlib.util
import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NoReturn

from core.cli.counter import Counter
from core.cli.terminal import flush, print_message
from core.datasets import annotation_files, make_sample
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
    parser.add_argument("--port", type=int, help="port on 127.0.0.1 (8501)")
    parser.set_defaults(command=_app)
    return parser


def with_command(words: Sequence[str], commands: Collection[str]) -> list[str]:
    """Return the words of a call with ``app`` before a folder or before nothing at all.

    Parameters
    ----------
    words : sequence of str
        As typed behind the name of the program.
    commands : collection of str
        A folder named as one of these is given as ``./NAME``.

    Raises
    ------
    BoxscopeError
        The first word is neither a command, nor an option, nor a folder.
    """
    first = words[0] if words else ""
    if first in commands or first in ("-h", "--help"):
        return [*words]
    if words and not first.startswith("-") and not (first and Path(first).is_dir()):
        raise BoxscopeError(
            f"got {first!r}, expected a folder or one of the commands {', '.join(commands)} (see --help)"
        )
    return ["app", *words]


def _app(given: argparse.Namespace) -> NoReturn:
    if not (PROJECT / "app.py").is_file():
        raise BoxscopeError("no app.py there: install Boxscope with pip install -e", PROJECT)
    if importlib.util.find_spec("streamlit") is None:
        raise BoxscopeError(f"is not installed: {sys.executable} -m pip install -e {PROJECT}", "streamlit")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")])),
    }
    if given.folder is None:
        os.chdir(PROJECT)
        _make_sample(Path("sample"))
    else:
        annotation_files(given.folder)  # without any, this says so before a server starts
        environment["BOXSCOPE_DATASET"] = str(given.folder.resolve())
    # Streamlit also reads the settings in .streamlit/ beside the script: 127.0.0.1 is one of them.
    words = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py")]
    words += [] if given.port is None else ["--server.port", str(given.port)]
    flush()
    os.execve(sys.executable, words, environment)


def _make_sample(folder: Path) -> None:
    """Make the sample data set unless both splits are there: one that was cut short is made again."""
    if all((folder / split / "annotations.json").exists() for split in ("train", "valid")):
        return
    print_message(f"Making the sample data set in {folder.resolve()}")
    with Counter("images", sys.stderr) as counter:
        make_sample(folder, progress=counter)
