"""Output of the commands: results on standard output, messages on standard error."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.datasets import kinds
from core.errors import BoxscopeError
from core.files import os_reason, printable
from core.wording import one_line


def print_message(text: str) -> None:
    """Write a line to standard error."""
    print(one_line(text), file=sys.stderr, flush=True)


def print_images(images: Sequence[dict[str, str]], word: str) -> None:
    """Write how many images a run lists and why, then the first of each reason, to standard error.

    Parameters
    ----------
    images : sequence of dict
        ``file`` and ``reason`` of each.
    word : str
        What becomes of them; precedes each name.
    """
    groups, most = _by_reason(images), kinds.MOST_LINES
    if len(images) > most:
        texts = [f"{len(group):,}: {group[0]['reason']}" for group in groups[:most]]
        texts += ["..."] * (len(groups) > most)
        print_message(f"{word} {len(images):,} images: {'; '.join(texts)}")
    for group in groups[:most]:
        print_lines([f"{word} {image['file']}: {image['reason']}" for image in group])
    rest = sum(map(len, groups[most:]))
    if rest:
        print_message(kinds.more(rest, "for other reasons"))


def _by_reason(images: Sequence[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Return the images sorted by name, in groups of one reason apart from its numbers, largest first."""
    groups: dict[str, list[dict[str, str]]] = {}
    for image in sorted(images, key=lambda image: image["file"]):
        groups.setdefault(re.sub(r"\d+", "0", image["reason"]), []).append(image)
    return sorted(groups.values(), key=len, reverse=True)


def print_lines(lines: Sequence[str], kind: str = "") -> None:
    """Write the first lines of a kind, and how many more there are, to standard error."""
    for line in lines[: kinds.MOST_LINES]:
        print_message(line)
    if len(lines) > kinds.MOST_LINES:
        print_message(kinds.more(len(lines) - kinds.MOST_LINES, kind))


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
        print(printable(text))


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
