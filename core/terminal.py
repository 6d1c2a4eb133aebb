"""What a command says: words and progress on standard error."""

import sys
from collections.abc import Sequence


def say(text: str) -> None:
    """Say a line on standard error."""
    print(text, file=sys.stderr, flush=True)


def say_skipped(skipped: Sequence[dict[str, str]]) -> None:
    """Name the images that could not be used, in the order of their names, with the reason."""
    for image in sorted(skipped, key=lambda image: image["file"]):
        say(f"skipped {image['file']}: {image['reason']}")
