"""Fixtures that several test modules share."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.datasets import make_sample

pytest_plugins = ["tests.exports", "tests.viewing"]

# Some 300 processes start in these tests: one that finds no compiled files compiles `core` first, 0.3 s each.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Retry what waits for a browser or a cluster, and begin with the files that hold slow tests.

    A file stays on one process. Where long files come last, one process waits for the other.
    """
    slow: Counter[Path] = Counter()
    for item in items:
        if item.get_closest_marker("browser") or item.path.name == "test_dask.py":
            item.add_marker(pytest.mark.flaky(reruns=2))
        slow[item.path] += any(item.get_closest_marker(name) for name in ("browser", "slow"))
    items.sort(key=lambda item: slow[item.path] == 0)


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """AppTest leaves its script as the main module, which the next worker processes would run again."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Exports that a test starts from the page are no jobs of whoever runs the tests; so with caches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOXSCOPE_STATE", str(tmp_path_factory.mktemp("state")))
        patch.setenv("BOXSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to start the app in, with a register of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.setenv("BOXSCOPE_STATE", str(tmp_path / "state"))
    return tmp_path


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sample set: six train and two valid pictures of 160x120."""
    folder = tmp_path_factory.mktemp("data") / "sample"
    make_sample(folder, images=8, width=160, height=120, seed=3)
    return folder
