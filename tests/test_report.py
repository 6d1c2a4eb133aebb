"""What `check`, `export` and `proposals` say of many problems: counts first, few lines, all in the table."""

import csv
import json

import pytest

from core import cli
from core.datasets import CocoDataset, Problem, health, kinds, table
from core.errors import BoxscopeError
from tests.small import WIDTH, scene, write_coco

GRID = ["--proposer", "grid", "--workers", "1"]
MISSING = 30


@pytest.fixture
def data(tmp_path):
    """A set with thirty missing pictures, a box without area and a picture of another size."""
    pictures = {f"{number:03d}.jpg": (scene(0)[0], [[5, 5, 30, 20]]) for number in range(MISSING)}
    pictures |= {"good.jpg": scene(1), "no area.jpg": (scene(2)[0], [[5, 5, 0, 20]])}
    pictures["wide.jpg"] = (scene(3, 2 * WIDTH)[0], [[5, 5, 30, 20]])
    path = write_coco(tmp_path / "data", pictures)
    document = json.loads(path.read_text())
    document["images"][-1]["width"] = WIDTH
    path.write_text(json.dumps(document))
    for number in range(MISSING):
        (tmp_path / "data" / "images" / f"{number:03d}.jpg").unlink()
    return path


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_check_counts_by_kind_and_lists_the_first_of_each(data, capsys):
    assert cli.main(["check", str(data)]) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    assert lines[2] == "cannot be used: 30 missing-file, 1 zero-area, 1 size-differs"
    assert sum(line.startswith("LOST  missing-file  ") for line in lines) == kinds.MOST_LINES
    assert "... and 10 more missing-file" in lines
    assert lines[-1] == "some images or objects cannot be used"
    assert "--report FILE.csv" in captured.err


def test_the_report_of_check_has_a_row_for_each(data, tmp_path, capsys):
    report = tmp_path / "all.csv"
    assert cli.main(["check", str(data), "--report", str(report), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    problems = [{**problem, "lost": str(problem["lost"]).lower()} for problem in found["problems"]]
    assert [dict(row) for row in rows(report)] == problems
    assert len(problems) == MISSING + 2
    assert {path.name for path in tmp_path.iterdir()} == {"data", "all.csv"}


def test_an_export_counts_by_reason_and_reports_what_it_skipped(data, tmp_path, capsys):
    report = tmp_path / "skipped.csv"
    words = ["export", str(data), "--out", str(tmp_path / "out"), "--split", "train", *GRID]
    assert cli.main([*words, "--report", str(report), "--json"]) == 0
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert any(line.startswith("skipped 32 images: 30: no such file; 1: ") for line in lines)
    assert sum(line.startswith("skipped 0") for line in lines) == kinds.MOST_LINES
    assert "... and 10 more" in lines
    assert any(line.startswith("skipped wide.jpg: is ") for line in lines)
    skipped = json.loads(captured.out)["skipped"]
    listed = [row for row in rows(report) if row["kind"] == "skipped"]
    assert [(row["item"], row["detail"], row["lost"], row["of"]) for row in listed] == [
        (image["file"], image["reason"], "true", "image") for image in skipped
    ]
    assert len(listed) == MISSING + 2
    assert [row["of"] for row in rows(report) if row["kind"] == "zero-area"] == ["object"]


def test_an_export_that_could_use_no_picture_leaves_its_report(data, tmp_path, capsys):
    report = tmp_path / "skipped.csv"
    (tmp_path / "elsewhere").mkdir()
    words = ["export", str(data), "--images", str(tmp_path / "elsewhere"), "--out", str(tmp_path / "out")]
    assert cli.main([*words, "--split", "train", *GRID, "--report", str(report)]) == 2
    assert len([row for row in rows(report) if row["kind"] == "skipped"]) == MISSING + 3


def test_few_images_are_listed_without_a_count(tmp_path, capsys):
    data = write_coco(tmp_path / "data", {"a.jpg": scene(0), "b.jpg": scene(1)})
    (tmp_path / "data" / "images" / "b.jpg").unlink()
    assert cli.main(["proposals", str(data), "--out", str(tmp_path / "p.json"), *GRID]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "skipped" in line]
    assert lines == ["skipped b.jpg: no such file"]


@pytest.mark.parametrize("command", ["check", "export", "proposals"])
def test_a_report_that_cannot_be_written_is_refused_before_the_work(data, tmp_path, capsys, command):
    rest = [] if command == "check" else [*GRID, "--out", str(tmp_path / "out")]
    rest += ["--split", "train"] if command == "export" else []
    gone = tmp_path / "gone" / "r.csv"
    assert cli.main([command, str(data), *rest, "--report", str(gone)]) == 2
    assert capsys.readouterr().err == f"boxscope: {gone}: no such folder {gone.parent}\n"
    assert not (tmp_path / "out").exists()
    with pytest.raises(BoxscopeError, match="is a folder, expected the name of a CSV file"):
        table.write_csv(tmp_path, [])


def test_names_stand_in_the_table_as_they_are(tmp_path):
    names = ['a,b;"c".jpg', "a\nb.jpg", "é.jpg", "=1+1.jpg"]
    table.write_csv(tmp_path / "r.csv", [Problem("unlisted", name, "x", False, "file") for name in names])
    assert [row["item"] for row in rows(tmp_path / "r.csv")] == names
    assert [row["lost"] for row in rows(tmp_path / "r.csv")] == ["false"] * 4
    table.write_csv(tmp_path / "r.csv", [Problem("unlisted", "\udcff.jpg", "x", False)])
    assert [row["item"] for row in rows(tmp_path / "r.csv")] == ["\\udcff.jpg"]


def test_a_kind_that_lost_something_comes_first(tmp_path):
    problems = [Problem("note", str(number), "", False) for number in range(3)]
    problems += [
        Problem("both", "n", "", False),
        Problem("both", "l", "", True),
        Problem("rare", "r", "", True),
    ]
    assert list(kinds.by_kind(problems)) == ["both", "rare", "note"]
    assert list(kinds.problem_lines(problems))[:2] == ["LOST  both  l  ", "note  both  n  "]
    assert list(kinds.summary_lines(problems)) == ["cannot be used: 1 both, 1 rare", "noted: 3 note, 1 both"]


def test_a_sound_set_has_no_line_of_counts(tmp_path):
    dataset = CocoDataset.open(write_coco(tmp_path / "data", {"a.jpg": scene(0)}))
    assert len(health.check(dataset).text().splitlines()) == 3
    *_, checked, last = health.check(dataset, decode=False).text().splitlines()
    assert "decoded none" in checked
    assert last == "nothing is lost"


def test_a_name_with_a_line_break_stays_in_its_line(tmp_path, capsys):
    name = "a  b\nLOST  \x1b[2J.jpg"
    data = write_coco(tmp_path / "data", {"good.jpg": scene(0)})
    document = json.loads(data.read_text())
    document["images"].append({"id": 2, "file_name": name, "width": WIDTH, "height": 9})
    data.write_text(json.dumps(document))
    assert cli.main(["check", str(data)]) == 0
    assert cli.main(["proposals", str(data), "--out", str(tmp_path / "p.json"), *GRID]) == 0
    captured = capsys.readouterr()
    shown = "a  b\\nLOST  \\x1b[2J.jpg"
    assert f"LOST  missing-file  {shown}  no file " in captured.out
    assert f"skipped {shown}: no such file\n" in captured.err


def test_an_error_shows_a_name_as_it_is(tmp_path, capsys):
    gone = tmp_path / "two  blanks *a* $x$" / "gone.json"
    assert cli.main(["check", str(gone)]) == 2
    assert capsys.readouterr().err.startswith(f"boxscope: {gone}: ")
