"""The documentation names what there is, and there is what it names."""

import re

import pytest

from core import cli
from core.export import FORMATS
from core.proposers import PROPOSERS
from core.sampling import PRESETS
from tests.small import ROOT

PLAN = (ROOT / "docs/architecture.md").read_text()
NAMED = set(re.findall(r"`([\w./]+)`", PLAN))


def rooms(top: str) -> set[str]:
    """Return the folders with code below a folder of the project, by their path from it."""
    folders = {path.parent for suffix in ("py", "js") for path in (ROOT / top).rglob(f"*.{suffix}")}
    return {f"{folder.relative_to(ROOT / top)}/" for folder in folders} - {"./", "ui/"}


def short(name: str) -> str:
    """Return a room's name as the plan's tables have it: without the half that it belongs to."""
    return re.sub(r"^(core|pages)/(?=\w)|^ui/(components|views)/(?=\w)", "", re.sub(r"^pages/", "", name))


def test_the_plan_names_every_room_and_no_other():
    there = {short(name) for top in ("core", "pages") for name in rooms(top)}
    named = {short(name) for name in NAMED if name.endswith("/")}
    assert named - {"core/", "pages/", "bench/", "tests/", ""} == there


def test_every_file_that_the_plan_names_is_there():
    files = [name for name in NAMED if name.endswith((".py", ".md"))]
    tops = ("", "core/", "pages/")
    assert len(files) > 10
    assert not [name for name in files if not any((ROOT / f"{top}{name}").is_file() for top in tops)]


def test_every_command_is_in_the_reference():
    table = (ROOT / "docs/command-line.md").read_text()
    named = set(re.findall(r"^\| `(\w+)", table, re.MULTILINE))
    assert named == {command.__name__.rpartition(".")[2] for command in cli.COMMANDS} - {"app"}


@pytest.mark.parametrize(
    ("page", "names"),
    [("docs/export-files.md", FORMATS), ("docs/export-files.md", PRESETS), ("README.md", PROPOSERS)],
    ids=["formats", "presets", "proposers"],
)
def test_tables_name_all_there_are(page, names):
    rows = [line for line in (ROOT / page).read_text().splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}
    assert set(names) <= named


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name
)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
