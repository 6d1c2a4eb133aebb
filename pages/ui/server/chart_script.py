"""The script that draws charts: plotly.js of the Python package, without kinds of trace that no chart has.

The package has one script of all kinds of trace, 4.8 MB. To run it takes a browser nine times as long as to
run what draws lines, marks and bars, which is a quarter of it: maps and 3D are in the rest.
"""

import re
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = "plotly"
# Its last module: the core, which has lines and marks, is given the other kinds, bars first. Each module is a
# function with a name, and stands after all that it uses: what follows that of bars is of the other kinds.
_KINDS = re.compile(r"var \w+=\w+\(\([\w,]*\)=>\{var (\w+)=\w+\(\);\1\.register\(\[(.*?)\]\);")
_TAIL = 20_000  # characters that this statement and the licences after it lie in


def address() -> str:
    """Return the address of the script, of the version that is installed, relative to the page."""
    return f"charts/plotly.js?v={installed()}"


@cache
def installed() -> str:
    """Return the version of plotly."""
    return version(_PACKAGE)


@cache
def script() -> str:
    """Return the script; all of plotly.js where it is not built as expected."""
    # Not imported: that takes some 0.4 s, and a chart is text for the browser.
    found = find_spec(_PACKAGE)
    folder = Path(next(iter(found.submodule_search_locations or ()))) if found else Path()
    return without_other_kinds((folder / "package_data/plotly.min.js").read_text(encoding="utf-8"))


def without_other_kinds(whole: str) -> str:
    """Return plotly.js with lines, marks and bars alone; the same text where it is not built as expected."""
    kinds = _KINDS.search(whole, max(len(whole) - _TAIL, 0))
    if kinds is None:
        return whole
    bars = kinds[2].partition(",")[0]
    definition = re.compile(rf"var {re.escape(bars.removesuffix('()'))}=\w+\([^;]*;[^;]*\}}\);").search(whole)
    if definition is None:
        return whole
    head, last = whole[: definition.end()], whole[kinds.start() :]
    return head + last.replace(kinds[2], bars, 1)
