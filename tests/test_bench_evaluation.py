"""The benchmark of the evaluation on a few boxes: that the tools agree, never how long they take."""

from bench import evaluation


def test_all_tools_find_the_same(monkeypatch):
    for name, few in {"IMAGES": 4, "PROPOSALS": 60, "OBJECTS": 3}.items():
        monkeypatch.setattr(evaluation, name, few)
    result = evaluation.run(repeats=1)
    assert [row["tool"] for row in result["rows"]] == ["boxscope", *evaluation.TOOLS]
    assert all(row["largest difference"] < 1e-9 for row in result["rows"])
    assert all(row["ms"] > 0 for row in result["rows"])
    assert "4 images of 60 proposals" in evaluation.text(result)
