"""Output of the commands: results on standard output, messages on standard error."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.errors import BoxscopeError
from core.files import os_reason


def print_message(text: str) -> None:
    """Write a line to standard error."""
    print(text, file=sys.stderr, flush=True)


def print_skipped(skipped: Sequence[dict[str, str]]) -> None:
    """Write the images that could not be used and why, sorted by name, to standard error."""
    for image in sorted(skipped, key=lambda image: image["file"]):
        print_message(f"skipped {image['file']}: {image['reason']}")


def print_result(text: str) -> None:
    """Write a result, or a part of it, to standard output.

    Raises
    ------
    BoxscopeError
        The write failed, as on a full disk.
    BrokenPipeError
        The reader has closed the pipe, as `head` does.
    """
    with _output_errors():
        print(text)


def flush() -> None:
    """Write buffered output, which Python would do at its end with a traceback; see :func:`print_result`."""
    with _output_errors():
        print(end="", flush=True)


@contextmanager
def _output_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _discard_output()
        raise
    except OSError as error:
        _discard_output()
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", "standard output") from error


def _discard_output() -> None:
    # Python flushes the buffer again at its end, which would fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
