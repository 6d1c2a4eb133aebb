"""What the first page loads, and what the garbage collector is spared."""

import json
import subprocess
import sys

from pages.ui.server import startup
from tests.small import ROOT, environment

# The first look at the app, as a server gives it before the browser has painted anything.
FIRST_LOOK = """
import gc, json, sys
import streamlit
before = {name for name in sys.modules if name.startswith("plotly")}
from streamlit.testing.v1 import AppTest
app = AppTest.from_file(sys.argv[1], default_timeout=120).run()
assert not app.exception
brought = sorted(name for name in sys.modules if name.startswith("plotly") and name not in before)
heavy = sorted({"torch", "torchvision", "pandas"} & set(sys.modules))
print(json.dumps({"plotly": brought, "heavy": heavy, "frozen": gc.get_freeze_count()}))
"""


def test_the_first_page_loads_no_charts_and_no_torch_and_settles(sample):
    """Streamlit brings a part of plotly itself; nothing may be added to it before there is a chart."""
    result = subprocess.run(
        [sys.executable, "-c", FIRST_LOOK, str(ROOT / "pages/main.py")],
        capture_output=True,
        text=True,
        env={**environment(), "BOXSCOPE_ROOTS": str(sample.parent)},
        cwd=sample.parent,
        check=True,
    )
    told = json.loads(result.stdout.splitlines()[-1])
    assert told["plotly"] == told["heavy"] == []
    assert told["frozen"] > 100_000  # what the imports made


def test_imports_are_frozen_again_after_another_import(monkeypatch):
    done = []
    monkeypatch.setattr(startup, "_frozen_modules", 0)
    monkeypatch.setattr(startup.gc, "freeze", lambda: done.append("freeze"))
    startup.freeze_imports()
    startup.freeze_imports()
    assert done == ["freeze"]
    monkeypatch.setitem(sys.modules, "imported_by_a_page_when_first_needed", sys)
    startup.freeze_imports()
    assert done == ["freeze"] * 2
