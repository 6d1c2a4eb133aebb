"""The arrows between the parts, read off the imports; what stays out of memory; Markdown on the pages."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from core import cli, pipeline
from core.export import FORMATS, estimate
from core.proposers import PROPOSERS, Grid
from tests.markdown_rule import Module
from tests.small import GRID, ROOT, config, environment, export, small_set

SOURCES = sorted([ROOT / "app.py", *(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")])
OURS = {"app", "core", "pages"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def imports(path: Path) -> Iterator[str]:
    """Return the full name of everything a file imports, wherever in the file it does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports by dots hide where the arrow goes"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


IMPORTS = {name_of(path): set(imports(path)) for path in SOURCES}


def below(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


BEHIND_PROPOSERS = (
    "core.labelling",
    "core.pipeline",
    "core.sampling",
    "core.export",
    "core.cli",
)

PAGES = [path for path in SOURCES if below(name_of(path), "pages")]

# What a format stands on, of all that an export consists of; and the modules of single formats.
FORMAT_BASIS = ("core.export.formats", "core.export.manifest", "core.export.names")
EACH_FORMAT = tuple({type(form).__module__ for form in FORMATS.values()})

# Who may not import what; a name stands for all below it.
WRONG = {
    "the core knows no screen": ("core", ("streamlit", "plotly", "pages", "app"), ()),
    "torch is for training alone": ("core", ("torch", "torchvision"), ("core.training",)),
    "the app runs without torch": ("pages", ("torch", "torchvision", "core.training"), ()),
    "pages hold no image work": ("pages", ("cv2",), ()),
    "jobs know no screen": ("pages.ui.jobs", ("streamlit",), ()),
    "what is exported is decided in one place of the core": (
        "pages",
        (
            *(f"core.sampling.{name}" for name in ("exclusions", "gather_boxes", "offer", "quotas")),
            *(f"core.sampling.{name}" for name in ("choosing", "gathering", "sharing")),
        ),
        (),
    ),
    "proposers see an image and nothing else": (
        "core.proposers",
        (*BEHIND_PROPOSERS, "core.datasets"),
        (),
    ),
    "who runs tasks knows none of them": (
        "core.executors",
        ("core.proposers", "core.cutting", "core.images", *BEHIND_PROPOSERS),
        (),
    ),
    "a resumable run knows none of its users": (
        "core.runs",
        (
            *(
                "core.pipeline",
                "core.proposers",
                "core.sampling",
                "core.evaluation",
                "core.export",
                "core.cli",
            ),
            "core.tuning",
        ),
        (),
    ),
    "nobody imports the command line": ("core", ("core.cli",), ("core.__main__", "core.cli")),
    "what opens URLs is behind one door": ("core", ("fsspec", "upath", "s3fs"), ("core.files.remote_path",)),
    "only core.files knows whether a path is on a disk or behind a URL": (
        "core",
        ("core.files.local", "core.files.remote", "core.files.remote_path", "core.files.lease"),
        ("core.files",),
    ),
    "formats know nothing of the run that uses them": (
        "core.export.formats",
        tuple(name for name in IMPORTS if name.startswith("core.export.") and not below(name, *FORMAT_BASIS)),
        (),
    ),
    "only the table knows one format": ("core", EACH_FORMAT, ("core.export.formats",)),
    "nor does a page": ("pages", EACH_FORMAT, ()),
    "settings are spelled without knowing commands": ("core.parameters", ("argparse",), ()),
}


@pytest.mark.parametrize(("who", "what", "but"), WRONG.values(), ids=WRONG)
def test_no_wrong_arrow(who, what, but):
    wrong = {
        (importer, imported)
        for importer, names in IMPORTS.items()
        if below(importer, who) and not below(importer, *but)
        for imported in names
        if below(imported, *what)
    }
    assert not wrong


# The rooms of the pages, and which others each may import.
ROOMS = {
    "jobs": set(),
    "state": set(),
    "server": {"state"},
    "components": {"state", "server"},
    "widgets": {"state", "components"},
    "views": {"jobs", "state", "server", "components", "widgets"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_of_the_pages_import_those_below_them_and_never_the_reverse(room):
    rooms = {
        imported.split(".")[2]
        for importer, names in IMPORTS.items()
        if below(importer, f"pages.ui.{room}")
        for imported in names
        if below(imported, "pages.ui")
    }
    assert rooms <= {room} | ROOMS[room]


def test_only_the_formats_name_one():
    """What others want to know of a format is asked of it, see ``core.export.formats``."""
    named = {
        (name_of(path), node.value)
        for path in SOURCES
        if not below(name_of(path), "core.export.formats")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and node.value in ("files", "imagefolder", "webdataset")
    }
    assert not named


def test_a_page_is_a_table_of_contents_of_views():
    pages = {name: names for name, names in IMPORTS.items() if name.count(".") == 1 and below(name, "pages")}
    wrong = {
        name for names in pages.values() for name in names if not below(name, "pages.ui.views", "streamlit")
    }
    assert pages
    assert not wrong


def test_a_view_of_one_page_imports_none_of_another_page():
    """What two of them need is a module beside their folders."""
    folders = {path.name for path in (ROOT / "pages/ui/views").iterdir() if path.is_dir()} - {"__pycache__"}
    assert {"explore", "export"} <= folders
    wrong = {
        (importer, imported)
        for importer, names in IMPORTS.items()
        for imported in names
        for folder in folders
        if below(importer, "pages.ui.views") and below(imported, f"pages.ui.views.{folder}")
        if not below(importer, f"pages.ui.views.{folder}")
    }
    assert not wrong


def test_pages_have_no_numpy_work_of_their_own():
    """The server packs tables for the browser, widgets draw bars, the viewer finds the clicked box."""
    users = {name for name, names in IMPORTS.items() if any(below(one, "numpy") for one in names)}
    allowed = ("pages.ui.server", "pages.ui.widgets", "pages.ui.components.viewer")
    assert not {name for name in users if below(name, "pages") and not below(name, *allowed)}


@pytest.mark.parametrize(
    "name", ["core.boxes", "core.errors", "core.splitmix", "core.threads", "core.versions"]
)
def test_what_all_stand_on_stands_on_nothing(name):
    assert not {imported for imported in IMPORTS[name] if below(imported, *OURS)}


FLOW = ("core.duplicate_boxes", "core.datasets", "core.proposers", "core.ranking", "core.labelling")
FLOW += (
    "core.pipeline",
    "core.proposals.proposer_cache",
    "core.evaluation",
    "core.tuning",
    "core.proposals.store",
    "core.cutting",
    "core.sampling",
)
FLOW += ("core.export", "core.cli")


@pytest.mark.parametrize("name", FLOW)
def test_data_flow_one_way(name):
    """A part imports none of those behind it."""
    behind = FLOW[FLOW.index(name) + 1 :]
    wrong = {
        (importer, imported)
        for importer, names in IMPORTS.items()
        if below(importer, name)
        for imported in names
        if below(imported, *behind)
    }
    assert not wrong


def calls_of_a_proposer(path: Path) -> list[int]:
    """Return the lines where something named like a proposer, or just made as one, is asked to propose."""
    makers = {kind.__name__ for kind in PROPOSERS.values()} | {"make_proposer"}
    lines = []
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func
        name = getattr(called, "attr", getattr(called, "id", ""))
        owner = getattr(called, "value", None)
        owned = getattr(owner, "attr", getattr(owner, "id", ""))
        made = isinstance(owner, ast.Call) and getattr(owner.func, "id", "") in makers
        if name == "find_adaptive_regions" or (name == "propose" and (owned == "proposer" or made)):
            lines.append(node.lineno)
    return lines


def test_only_the_pipeline_calls_a_proposer():
    calls = {name_of(path) for path in SOURCES if calls_of_a_proposer(path)}
    assert {name for name in calls if not below(name, "core.proposers")} == {"core.pipeline"}


def test_pages_use_the_pipeline_for_data_sets():
    used = {name for owner, names in IMPORTS.items() if below(owner, "pages") for name in names}
    taken = {name.removeprefix("core.pipeline.") for name in used if name.startswith("core.pipeline.")}
    taken |= {
        node.attr
        for path in PAGES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "pipeline"
    }
    assert taken == {"Setup", "Proposals", "stages"}


def test_all_boxes_come_from_the_pipeline(tmp_path, monkeypatch, capsys):
    """As above, by running them: the callers of a proposer are recorded."""
    from core.export.estimate.proposed import propose_boxes, stored_boxes
    from core.proposals.store import ProposalStore

    callers = []
    plain = Grid.propose

    def noted(self, image, ref=None):
        callers.append(sys._getframe(1).f_code.co_filename)
        return plain(self, image)

    monkeypatch.setattr(Grid, "propose", noted)
    dataset = small_set(tmp_path, 1)
    ways = {
        "process_image": lambda: pipeline.process_image(GRID, dataset, 0),
        "page, routes and worst first": lambda: ProposalStore(10**6).get(dataset, 0, GRID),
        "dry run": lambda: propose_boxes(GRID, dataset, 0),
        "dry run of the page": lambda: stored_boxes(ProposalStore(10**6), GRID, dataset, 0),
        "export": lambda: export(config(dataset), tmp_path / "out"),
        "estimate": lambda: estimate(config(dataset)),
        "command": lambda: cli.main(["propose", str(dataset.path(0)), "--proposer", "grid"]),
    }
    for number, way in enumerate(ways.values(), start=1):
        way()
        assert len(callers) == number
    assert {Path(name).relative_to(ROOT) for name in callers} == {Path("core/pipeline.py")}


@pytest.mark.parametrize("name", ["session_state", "query_params"])
def test_only_the_room_of_the_state_knows_it(name):
    found = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr == name)
        or (isinstance(node, ast.Name) and node.id == name)
    }
    # The viewer reads the state of its own component, and messages what was sent last, both under
    # the key that they are given; the query of a route is that of one request.
    others = {"pages.ui.components.viewer", "pages.ui.components.messages"}
    others |= {"pages.ui.server.routes"} if name == "query_params" else set()
    assert {owner for owner in found if not below(owner, "pages.ui.state")} <= others


def test_only_the_room_of_the_state_names_widgets():
    """Elsewhere a key comes from there, so it is a call and no text."""
    plain = {
        (name_of(path), ast.literal_eval(keyword.value))
        for path in PAGES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "key" and isinstance(keyword.value, ast.Constant)
    }
    assert {name for owner, name in plain if not below(owner, "pages.ui.state")} <= {"viewer", "filmstrip"}


SCRIPTS = sorted((ROOT / "pages/ui/components").rglob("*.js"))
COMPONENTS = [path for path in SCRIPTS if path.stem == path.parent.name]  # the entry of each
JS_IMPORTS = {
    path: {
        (path.parent / name).resolve()
        for name in re.findall(r'^import [^;]*? from "(\.[^"]+)";$', path.read_text(), re.MULTILINE)
    }
    for path in SCRIPTS
}


@pytest.mark.parametrize("entry", COMPONENTS, ids=lambda entry: entry.stem)
def test_the_scripts_of_a_component_import_each_other_in_no_circle(entry):
    TopologicalSorter({path: JS_IMPORTS[path] for path in reached(entry)}).prepare()


def test_every_script_is_reached_from_the_entry_of_a_component():
    assert {path.stem for path in COMPONENTS} == {
        "address",
        "bands",
        "chart",
        "choosing",
        "filmstrip",
        "gallery",
        "link",
        "operating_point",
        "sliders",
        "steps",
        "viewer",
    }
    for entry in COMPONENTS:
        assert {path for path in SCRIPTS if path.parent == entry.parent} <= reached(entry)
    assert set(SCRIPTS) == set().union(*map(reached, COMPONENTS))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_can_be_read_at_one_go(path):
    assert len(path.read_text().splitlines()) < 250


def reached(entry: Path) -> set[Path]:
    """Return a script and all that it imports, directly or not."""
    found, waiting = set(), {entry}
    while waiting:
        found |= waiting
        waiting = set().union(*(JS_IMPORTS[path] for path in waiting)) - found
    return found


def test_pages_bear_no_name_of_the_standard_library():
    """``pages/`` is on the path: such a page would be imported in its stead."""
    names = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert not names & sys.stdlib_module_names


# What opens URLs: only where there is one.
FAR = {"fsspec", "upath", "s3fs", "aiobotocore", "botocore", "dask", "distributed"}

FRESH = {
    "core.cli": {"streamlit", "torch", "torchvision", "plotly", "pandas", "optuna", "pages", *FAR},
    "core.export": {"streamlit", "torch", "torchvision", "plotly", "pandas", "pages", *FAR},
    "app": {"torch", "torchvision"},
    "pages.ui.views.explore.view": {"torch", "torchvision"},
    "pages.ui.views.export.run_panel": {"torch", "torchvision"},
}


@pytest.mark.parametrize("name", FRESH)
def test_what_an_import_leaves_out_of_memory(name):
    code = f"import sys, {name}; print('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert not FRESH[name] & set(result.stdout.split())


@pytest.mark.parametrize("path", [p for p in SOURCES if below(name_of(p), "core")], ids=name_of)
def test_a_module_of_the_core_can_be_read_at_one_go(path):
    assert len(path.read_text().splitlines()) < 300
    assert ast.get_docstring(tree(path))


def test_the_core_never_asks_for_a_screen_or_ends_the_process():
    """Long work yields and raises; only the command line's voice prints, only ``__main__`` ends."""
    prints = {
        name_of(path)
        for path in SOURCES
        if below(name_of(path), "core")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("print", "input", "exit")
    }
    assert prints == {"core.cli.terminal"}


def test_pages_put_names_and_errors_into_markdown_by_literal_or_code():
    """Numbers are formatted (``{count:,}``); what else is put in goes through one of the two functions of
    :mod:`pages.ui.widgets.markdown`. A message in plain words of ours needs neither.
    """
    pages = [path for path in SOURCES if "streamlit" in IMPORTS[name_of(path)]]
    assert len(pages) > 20
    found = {str(path.relative_to(ROOT)): list(Module(path).unsafe()) for path in pages}
    assert {path: texts for path, texts in found.items() if texts} == {}
