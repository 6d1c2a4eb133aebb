"""The benchmarks of engines and memory on tiny sets: that they measure what they say, never how much."""

import pytest

from bench import engines, export_memory
from core.pipeline import Setup
from core.proposers import Grid

pytestmark = pytest.mark.slow


def test_every_engine_is_measured(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(engines, "IMAGES", 24)
    monkeypatch.setattr(engines, "SETUPS", {"grid": Setup(Grid(levels=1))})
    result = engines.run(turns=1)
    assert result["images"] == 24
    assert [row["engine"] for row in result["rows"]] == ["one", "local", "dask"]
    assert all(row["work_seconds"] > 0 for row in result["rows"])
    assert set(result["start_seconds"]) == {"local", "dask"}
    assert "24 images of 480x320" in engines.text(result)


@pytest.mark.skipif(not export_memory.Path("/proc/self/status").exists(), reason="reads /proc")
def test_both_processes_are_measured():
    result = export_memory.run(few=3, many=6)
    assert [row["images"] for row in result["rows"]] == [3, 6]
    assert all(row["parent_mb"] > 10 and row["worker_mb"] > 10 for row in result["rows"])
    assert "from the small set to the large one: parent" in export_memory.text(result)
