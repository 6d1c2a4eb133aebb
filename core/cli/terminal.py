"""What a command says: results on standard output, words and progress on standard error."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.errors import BoxscopeError
from core.files import os_reason


def print_message(text: str) -> None:
    """Say a line on standard error."""
    print(text, file=sys.stderr, flush=True)


def print_skipped(skipped: Sequence[dict[str, str]]) -> None:
    """Name the images that could not be used, in the order of their names, with the reason."""
    for image in sorted(skipped, key=lambda image: image["file"]):
        print_message(f"skipped {image['file']}: {image['reason']}")


def print_result(text: str) -> None:
    """Give a result, or a part of it, on standard output.

    Raises
    ------
    BoxscopeError
        It cannot be written: the disk is full.
    BrokenPipeError
        Who read us has left, as `head` does.
    """
    with _written():
        print(text)


def flush() -> None:
    """Write what still waits, before Python does so at its end and prints a traceback; see :func:`show`."""
    with _written():
        print(end="", flush=True)


@contextmanager
def _written() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _abandon()
        raise
    except OSError as error:
        _abandon()
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", "standard output") from error


def _abandon() -> None:
    # What is still to be flushed has nowhere to go.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
