"""The benchmark of the export compares what is the same: the loop's crops, to the byte."""

import pytest

pytest.importorskip("torchvision.transforms.v2")


@pytest.mark.slow
def test_loop_and_export_write_the_same_crops(monkeypatch):
    from bench import export

    monkeypatch.setattr(export, "REPEATS", 1)
    monkeypatch.delenv("BOXSCOPE_DATA", raising=False)
    result = export.run(limit=1, whole=False)
    assert [row["pictures"] for row in result["cpu"]] == ["sample"]
    assert result["cpu"][0]["crops"] > 10
    assert "cut and resize, exact" in export.text(result)
