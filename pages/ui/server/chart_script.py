"""The script that draws charts: plotly.js of the Python package, with lines, marks and bars alone.

The package has one script of all kinds of trace, 4.8 MB. To run it takes a browser nine times as long as to
run what draws lines, marks and bars, which is the first quarter of it; maps and 3D are in the rest. It is a
row of modules, each behind all that it uses: the core, which has lines and marks, then the further kinds
one after the other, bars first, and last the module that registers these kinds with the core::

    var bars=W((a,b)=>{…});                                           kept, with all before it
    var …=W((a,b)=>{…});                                              left out
    var all=W((a,b)=>{var core=…();core.register([bars(),…]);…});     kept, without what comes after bars()
"""

import re
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_PACKAGE = "plotly"
_REGISTERING = re.compile(
    r"var \w+=\w+\(\([\w,]*\)=>\{var (?P<core>\w+)=\w+\(\);(?P=core)\.register\(\[(?P<kinds>.*?)\]\);"
)
_TAIL = 20_000  # characters that the last module and the licences after it lie in


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
    registering = _REGISTERING.search(whole, max(len(whole) - _TAIL, 0))
    if registering is None:
        return whole
    bars = registering["kinds"].partition(",")[0]
    module = re.search(rf"var {re.escape(bars.removesuffix('()'))}=\w+\([^;]*;[^;]*\}}\);", whole)
    if module is None:
        return whole
    return whole[: module.end()] + whole[registering.start() :].replace(registering["kinds"], bars, 1)
