"""What scripts write into docs/proposers.md: each between two lines that name it."""

from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).with_name("proposers.md")


def put(script: str, lines: Sequence[str]) -> None:
    """Put lines in the place of those that a script, such as ``fitted.py``, wrote before."""
    begin, end = (f"<!-- {which} of what docs/{script} writes -->" for which in ("begin", "end"))
    text = PAGE.read_text()
    before, after = text.index(begin) + len(begin), text.index(end)
    PAGE.write_text("\n".join([text[:before], "", *lines, "", text[after:]]))
