"""``boxscope FOLDER``: the app on a data set, started from any folder."""

import email
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from functools import partial
from importlib.metadata import EntryPoint
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from core import cli
from core.cli import app
from core.datasets import make_sample
from core.errors import BoxscopeError
from tests.browser import PATIENCE, chromium, end_group, free_port, wait_healthy
from tests.small import ROOT, command, environment, write_scenes


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """A data set of two pictures, in a folder that the test is started in."""
    write_scenes(tmp_path / "bridge", 2)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "bridge"


@pytest.fixture
def started(monkeypatch):
    """What the process would become: folder, words and environment."""
    found = {}

    def execve(program, words, env):
        found.update(program=program, folder=Path.cwd(), words=words, env=env)
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.delenv("BOXSCOPE_DATASET", raising=False)
    return found


def call(*words) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([str(word) for word in words])
    assert left.value.code == 0


@pytest.mark.parametrize("words", [["bridge"], ["./bridge"], ["app", "bridge"]], ids=" ".join)
def test_a_folder_is_opened_by_the_app_of_this_project(data, started, words):
    call(*words, "--port", 8600)
    assert started["program"] == started["words"][0] == sys.executable
    assert started["words"][1:] == ["-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", "8600"]
    assert started["env"]["BOXSCOPE_DATASET"] == str(data)
    assert started["env"]["PYTHONPATH"].split(os.pathsep)[0] == str(ROOT)
    assert started["folder"] == data.parent


def test_files_without_boxes_are_named_before_it_starts(data, started, capsys):
    captions = {"images": [], "annotations": [{"id": 1, "image_id": 1, "caption": "A wall."}]}
    (data / "captions_train.json").write_text(json.dumps(captions))
    call(str(data))
    assert started["env"]["BOXSCOPE_DATASET"] == str(data)
    assert (
        "captions_train: holds captions and no boxes, it is not among the splits" in capsys.readouterr().err
    )


@pytest.mark.parametrize("words", [[], ["app"], ["--port", "8600"]], ids=str)
def test_without_a_folder_the_sample_set_of_the_project_is_opened(
    data, started, monkeypatch, tmp_path, words
):
    project = tmp_path / "project"
    project.mkdir()
    (project / "app.py").touch()
    monkeypatch.setattr(app, "PROJECT", project)
    monkeypatch.setattr(app, "make_sample", partial(make_sample, images=4, width=64, height=48))
    call(*words)
    assert started["folder"] == project
    assert "BOXSCOPE_DATASET" not in started["env"]
    assert len(list((project / "sample").glob("*/annotations.json"))) == 2
    made = (project / "sample/train/annotations.json").stat().st_mtime_ns
    call(*words)
    assert (project / "sample/train/annotations.json").stat().st_mtime_ns == made


def test_a_command_goes_before_a_folder_of_its_name(data, started, capsys):
    Path("check").symlink_to(data)
    assert cli.main(["check", "check/annotations.json"]) == 0
    assert not started
    call("./check")
    assert started["env"]["BOXSCOPE_DATASET"] == str(data)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["paint"], "got 'paint', expected a folder or one of the commands app, sample, check"),
        (["bridge/annotations.json"], "got 'bridge/annotations.json', expected a folder or"),
        (["app", "paint"], "paint: no such folder"),
        (["bridge/images"], "bridge/images: no COCO annotations"),
        (["bridge", "--port", "high"], "--port: got high, expected a whole number from 1 to 65,535"),
        (["bridge", "--json"], "--json"),
        ([""], "got '', expected a folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_opened_is_one_line(data, started, capsys, words, reason):
    assert cli.main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert reason in said.err
    assert said.err.count("\n") == 1
    assert not started


def test_without_streamlit_it_says_what_to_install(data, started, capsys, monkeypatch):
    monkeypatch.setattr(app.importlib.util, "find_spec", lambda name: None)
    assert cli.main(["bridge"]) == 2
    assert "streamlit: is not installed" in capsys.readouterr().err


def test_the_folder_may_be_read_wherever_it_lies(data, monkeypatch, tmp_path):
    from pages.ui.state import roots

    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path / "elsewhere"))
    with pytest.raises(BoxscopeError, match="outside the folders"):
        roots.resolve(str(data))
    monkeypatch.setenv("BOXSCOPE_DATASET", str(data))
    assert roots.resolve(str(data / "images")) == data / "images"
    with pytest.raises(BoxscopeError, match="outside the folders"):
        roots.resolve(str(data.parent))


@pytest.mark.slow
@pytest.mark.browser
def test_it_starts_from_any_folder_and_shows_the_data_set(data, tmp_path):
    (elsewhere := tmp_path / "elsewhere").mkdir()
    port = free_port()
    env = {**environment(), "BOXSCOPE_ROOTS": str(elsewhere), "BOXSCOPE_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen(
        command("../bridge", "--port", port),
        cwd=elsewhere,
        env=env,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_healthy(process, f"http://127.0.0.1:{port}", PATIENCE / 1000)
        # The project's settings are in force: on the address 127.0.0.1 alone, without the button Deploy.
        with socket.socket() as other:
            assert other.connect_ex(("127.0.0.2", port)) != 0
        with chromium() as browser:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(f"http://127.0.0.1:{port}")
            page.locator('.viewer[data-image="1"]:not([data-painted="0"])').wait_for(timeout=PATIENCE)
            page.get_by_text("000.jpg", exact=True).first.wait_for()
            page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("dataset") == [str(data)])
            assert page.get_by_test_id("stAppDeployButton").count() == 0
    finally:
        end_group(process)


@pytest.fixture(scope="module")
def metadata(tmp_path_factory) -> Path:
    """What an installer is told of this project, made in a copy of the files that say it."""
    folder = tmp_path_factory.mktemp("project")
    for path in [*ROOT.glob("*.toml"), *ROOT.glob("setup.py"), *ROOT.glob("*.txt"), *ROOT.glob("*.md")]:
        shutil.copy(path, folder)
    for name in ("core/cli", "pages/ui", "tests", "bench", "sample"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").touch()
        (folder / name).parent.joinpath("__init__.py").touch()
    (folder / "app.py").touch()
    code = "from setuptools import build_meta as b; b.prepare_metadata_for_build_editable('.')"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True, capture_output=True)
    (made,) = folder.glob("*.dist-info")
    return made


def test_torch_and_the_cluster_are_extras(metadata):
    told = email.message_from_string((metadata / "METADATA").read_text())
    wanted = {re.split("[<>=]", text)[0]: text for text in told.get_all("Requires-Dist")}
    assert {"streamlit", "numpy", "pyarrow"} <= wanted.keys()
    extras = {name: text.partition("extra == ")[2].strip('"') for name, text in wanted.items()}
    assert {name for name, extra in extras.items() if extra == "train"} == {"torch", "torchvision"}
    assert "distributed" in {name for name, extra in extras.items() if extra == "cluster"}
    listed = (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-cluster.txt").read_text()
    assert all(name in listed for name in wanted)
    assert len(wanted) == sum(line[:1].isalnum() for line in listed.splitlines())


def test_only_the_app_the_core_and_the_pages_are_installed(metadata):
    assert (metadata / "top_level.txt").read_text().split() == ["app", "core", "pages"]


def test_the_command_is_the_core_run_as_a_module(metadata):
    from core.__main__ import run

    (line,) = (metadata / "entry_points.txt").read_text().strip().splitlines()[1:]
    name, _, value = line.partition(" = ")
    assert name == "boxscope"
    assert EntryPoint(name, value, "console_scripts").load() is run
