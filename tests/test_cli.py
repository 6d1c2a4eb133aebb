"""The command line, by what it prints, writes and returns."""

import json
import os
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PILImage

from core import cli, parameters
from core.cli import options, spelling
from core.cutting import Cut
from core.export import DatasetKind
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import PROPOSERS
from core.sampling import Sampling
from tests.drawn import quick, some_rules
from tests.small import ROOT, command, core, digest, environment, scene, write_coco, write_scenes

COMMANDS = ("sample", "check", "propose", "export")
GRID = ("--proposer", "grid", "--param", "levels=2", "--param", "aspects=1.0")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Annotations of three drawn pictures."""
    return write_scenes(tmp_path_factory.mktemp("data"), 3)


def export_args(data, out, *more):
    return ["export", data, "--out", out, "--split", "train", "--side", 16, "--workers", 1, *GRID, *more]


def only_object(result) -> dict:
    """Read standard output as one JSON object, and nothing else."""
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def main(capsys, *args) -> tuple[int, str, str]:
    """Run a command in this process: its exit code, standard output and standard error."""
    code = cli.main([str(word) for word in args])
    return code, *capsys.readouterr()


def here(capfd, *args) -> "subprocess.CompletedProcess[str]":
    """Run a command in this process, with what it gives as that of a process of its own."""
    return subprocess.CompletedProcess(args, *main(capfd, *args))


# Help


def test_help_names_every_command():
    result = core("--help")
    assert (result.returncode, result.stderr) == (0, "")
    for name in COMMANDS:
        assert f"\n    {name} " in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    assert f"python -m core {name}" in capsys.readouterr().out


def test_help_names_every_setting(capsys):
    with pytest.raises(SystemExit):
        cli.main(["export", "--help"])
    text = capsys.readouterr().out
    for specs in (parameters.shared(Setup), parameters.parameters(Sampling)):
        for spec in specs:
            assert f"--{spec.name.replace('_', '-')}" in text
    for name, proposer in PROPOSERS.items():
        assert name in text
        assert all(f"{spec.name}=" in text.replace("\n", "") for spec in parameters.parameters(proposer))


# JSON


def test_sample_as_json(tmp_path, capfd):
    args = (
        "sample",
        tmp_path / "s",
        "--images",
        4,
        "--width",
        64,
        "--height",
        48,
        "--seed",
        1,
        "--json",
    )
    result = here(capfd, *args)
    assert only_object(result).items() >= {"images": 4, "train_images": 3, "valid_images": 1}.items()
    assert "4/4 images" in result.stderr


def test_check_as_json(data, capfd):
    found = only_object(here(capfd, "check", data, "--json"))
    assert (found["images"], found["objects"], found["usable"], found["problems"]) == (3, 6, True, [])


def test_propose_as_json(data, capfd):
    pictures = [data.parent / "images" / f"00{n}.jpg" for n in range(2)]
    found = only_object(here(capfd, "propose", *pictures, *GRID, "--json"))
    assert found.keys() == {"images"}
    assert [image["file"] for image in found["images"]] == [str(picture) for picture in pictures]
    for image in found["images"]:
        assert image.keys() == {"file", "width", "height", "boxes", "seconds"}
        assert (image["width"], image["height"], image["boxes"][0]) == (96, 72, [0, 0, 96, 72])
        assert len(image["boxes"]) == 10


def test_export_as_json(data, tmp_path):
    result = core(*export_args(data, tmp_path, "--json"))
    found = only_object(result)
    assert found.keys() >= {"images", "crops", "positives", "negatives", "skipped", "seconds"}
    summary = json.loads((tmp_path / "train" / "export.json").read_text())
    assert summary["counts"].items() <= found.items()
    assert "3/3 images" in result.stderr
    assert "images/s" in result.stderr


def test_a_dry_run_as_json(data, tmp_path, capfd):
    found = only_object(here(capfd, *export_args(data, tmp_path / "out", "--dry-run", "--json")))
    keys = {"images", "crops", "positives", "negatives", "skipped", "seconds", "bytes", "looked_at", "exact"}
    assert found.keys() >= keys
    assert found["exact"]
    assert not (tmp_path / "out").exists()
    done = only_object(here(capfd, *export_args(data, tmp_path / "out", "--json")))
    assert all(found[name] == done[name] for name in ("images", "crops", "positives", "negatives", "bytes"))


def test_skipped_images_are_in_the_json_and_in_words(tmp_path, capfd):
    data = write_coco(tmp_path / "data", {"a.jpg": scene(0), "b.jpg": scene(1)})
    (tmp_path / "data" / "images" / "b.jpg").unlink()
    result = core(*export_args(data, tmp_path / "out", "--json"))
    (item,) = only_object(result)["skipped"]
    assert item["file"] == "b.jpg"
    assert f"skipped b.jpg: {item['reason']}" in result.stderr
    dry = core(*export_args(data, tmp_path / "new", "--dry-run"))
    assert f"skipped b.jpg: {item['reason']}\n" in dry.stderr
    assert "from 2 of 2 images, of which 1 cannot be used; nothing written" in dry.stderr


@pytest.mark.parametrize("more", [(), ("--dry-run",)], ids=["export", "dry run"])
def test_what_the_annotations_lost_is_said_and_counted(tmp_path, capsys, more):
    """Of two pictures with one id, neither is used, and nor are their two objects."""
    pictures = {"a.jpg": scene(0), "b.jpg": (scene(1)[0], [{"bbox": None}])}
    pictures |= {f"whole{number}.jpg": scene(number) for number in range(3)}
    data = write_coco(tmp_path / "data", pictures)
    document = json.loads(data.read_text())
    document["images"].append({"id": 1, "file_name": "c.jpg", "width": 96, "height": 72})
    data.write_text(json.dumps(document))
    code, out, errors = main(capsys, *export_args(data, tmp_path / "out", "--json", *more))
    assert (code, json.loads(out)["lost"]) == (0, {"images": 2, "objects": 3})
    assert errors.startswith(
        f"3 objects and 2 images of the annotations cannot be used: see python -m core check {data}\n"
    )
    assert json.loads(out)["skipped"][0]["file"] == "b.jpg"


def test_a_dry_run_says_what_the_run_would_refuse(data, tmp_path, capsys):
    main(capsys, *export_args(data, tmp_path))
    args = export_args(data, tmp_path, "--top", 2, "--dry-run", "--json")
    code, out, errors = main(capsys, *args)
    refused = json.loads(out)["refused"]
    assert (code, "top 0 there, 2 wanted" in refused) == (0, True)
    assert f"the export itself would be refused: {refused}\n" in errors
    assert json.loads(main(capsys, *args, "--overwrite")[1])["refused"] == ""
    assert json.loads(main(capsys, *export_args(data, tmp_path, "--dry-run", "--json"))[1])["refused"] == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_without_json_results_are_words(name, data, tmp_path, capsys):
    args = {
        "sample": ["sample", tmp_path, "--images", 1, "--width", 64, "--height", 48],
        "check": ["check", data],
        "propose": ["propose", data.parent / "images" / "000.jpg", *GRID],
        "export": export_args(data, tmp_path),
    }
    code, out, errors = main(capsys, *args[name])
    assert code == 0
    assert out + errors
    assert not out.startswith("{")


# Mistakes


PICTURE = "{data}/images/000.jpg"
EXPORT = "export {data}/annotations.json --out {out} --split train --proposer grid"
MISTAKES = {
    "an unknown command": ("paint", "'paint', expected a folder or one of the commands"),
    "an unknown option": (f"propose {PICTURE} --proposer grid --colour red", "--colour"),
    "no proposer": (f"propose {PICTURE}", "--proposer"),
    "an unknown proposer": (f"propose {PICTURE} --proposer magic", "magic"),
    "an unknown parameter": (
        f"propose {PICTURE} --proposer grid --param size=4",
        "grid: no parameter 'size'",
    ),
    "a parameter of another proposer": (f"propose {PICTURE} --proposer grid --param offsets=4", "offsets"),
    "a parameter that is no number": (
        f"propose {PICTURE} --proposer grid --param levels=x",
        "levels: got 'x'",
    ),
    "a parameter out of range": (f"propose {PICTURE} --proposer grid --param levels=99", "levels: got 99"),
    "an empty list": (f"propose {PICTURE} --proposer adaptive-threshold --param offsets=", "offsets"),
    "a parameter without =": (f"propose {PICTURE} --proposer grid --param levels", "expected NAME=VALUE"),
    "a parameter where there is none": (
        f"propose {PICTURE} --proposer full-image --param a=1",
        "full-image: no parameter 'a', it takes none",
    ),
    "a parameter twice": (
        f"propose {PICTURE} --proposer grid --param levels=2 --param levels=3",
        "--param levels: got '2' and '3', expected it once",
    ),
    "a label where none is made": (f"propose {PICTURE} --proposer grid --iou 0.3", "--iou"),
    "a label as a parameter": (
        f"propose {PICTURE} --proposer grid --param iou=0.3",
        "grid: no parameter 'iou'",
    ),
    "a label in results": (
        "proposals {data}/annotations.json --out {out} --proposer grid --inclusive",
        "--inclusive",
    ),
    "an option as a parameter": (f"propose {PICTURE} --proposer grid --param top=5", "--top"),
    "an option out of range": (f"propose {PICTURE} --proposer grid --nms 7", "nms: got 7.0"),
    "an option that is no number": (f"propose {PICTURE} --proposer grid --top many", "top: got 'many'"),
    "an unknown order": (f"propose {PICTURE} --proposer grid --order odd", "odd"),
    "a missing picture": ("propose {data}/nothing.jpg --proposer grid", "nothing.jpg: no such file"),
    "a picture that is none": ("propose {data}/annotations.json --proposer grid", "not a readable picture"),
    "a folder as a picture": ("propose {data} --proposer grid", "not a readable picture"),
    "missing annotations": ("check {data}/nothing.json", "nothing.json: cannot be read"),
    "annotations that are a picture": (f"check {PICTURE}", "000.jpg: not JSON"),
    "JSON that is no COCO": ("check {data}/other.json", "other.json: got no list 'images'"),
    "a missing images folder": ("check {data}/annotations.json --images {data}/no", "no: no such folder"),
    "no out": ("export {data}/annotations.json --split train --proposer grid", "--out"),
    "an unknown split": ("export {data}/annotations.json --out {out} --split odd --proposer grid", "odd"),
    "an unknown format": (f"{EXPORT} --format zip", "zip"),
    "no workers": (f"{EXPORT} --workers 0", "--workers: got 0"),
    "workers that are no number": (f"{EXPORT} --workers two", "two"),
    "labels that leave no negatives": (
        f"{EXPORT} --negative-from 0.6 --negative-below 0.3",
        "negative_from: got 0.6, expected less than negative_below, which is 0.3",
    ),
    "no images in a shard": (f"{EXPORT} --shard-images 0", "--shard-images: got 0, expected at least 1"),
    "more images in a shard than anyone counts": (
        f"{EXPORT} --shard-images {'9' * 40}",
        "at most 1,000,000,000",
    ),
    "an option of thousands of digits": (
        f"{EXPORT} --workers {'9' * 5000}",
        "(5,002 characters), expected at most",
    ),
    "a word of thousands of letters": (f"{EXPORT} --split {'a' * 5000}", "argument --split: invalid choice"),
    "a port that is none": ("app --port 70000 {data}", "--port: got 70000, expected at most 65,535"),
    "a dry run on a cluster": (f"{EXPORT} --dry-run --scheduler tcp://127.0.0.1:1", "--scheduler: a dry run"),
    "labels by a word": ("relabel {data} --positive abc", "--positive: got 'abc', expected a number"),
    "labels by no IoU": ("relabel {data} --positive 2", "--positive: got 2.0, expected 0.05 to 1.0"),
    "a sampling out of range": (f"{EXPORT} --side 0", "side: got 0"),
    "an out that is a file": (f"{EXPORT} --out {{data}}/other.json --workers 1", "cannot be written"),
    "no images in a sample": ("sample {out} --images 0", "images"),
    "a sample behind a URL": ("sample memory://out", "expected a folder of this machine"),
    "a sample over another set": ("sample {other} --images 1", "other"),
}


@pytest.fixture(scope="module")
def places(data, tmp_path_factory) -> dict[str, Path]:
    (data.parent / "other.json").write_text("{}")
    other = tmp_path_factory.mktemp("other")
    write_scenes(other / "train", 1)
    return {"data": data.parent, "other": other, "out": tmp_path_factory.mktemp("out") / "new"}


@pytest.mark.parametrize(("args", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_and_2(args, says, places, capsys):
    code, out, errors = main(capsys, *(word.format(**places) for word in args.split()))
    assert (code, out) == (2, "")
    assert errors.startswith("boxscope: ")
    assert errors.count("\n") == 1
    assert says in errors
    assert len(errors) < 600
    assert not places["out"].exists()


EMPTY = {
    "an out": ("export a.json --split train --proposer grid --out", "--out"),
    "a file of results": ("proposals a.json --proposer grid --out", "--out"),
    "an export": ("relabel --positive 0.4", "OUT"),
    "a sample": ("sample", "OUT"),
    "annotations": ("check", "ANNOTATIONS"),
    "pictures": ("check a.json --images", "--images"),
}


@pytest.mark.parametrize(("args", "says"), EMPTY.values(), ids=EMPTY)
def test_an_empty_path_is_not_the_folder_one_is_in(args, says, tmp_path, monkeypatch, capsys):
    """As an unset variable of the shell gives it."""
    monkeypatch.chdir(tmp_path)
    code, _, errors = main(capsys, *args.split(), "")
    assert (code, errors.count("\n")) == (2, 1)
    assert f"{says}: got an empty path" in errors
    assert not any(tmp_path.iterdir())


def test_the_process_returns_2_without_a_traceback():
    result = core("propose", "nothing.jpg", "--proposer", "grid", "--json")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "boxscope: nothing.jpg: no such file\n"


@pytest.mark.parametrize("name", ["new\nline.jpg", "tab\t.jpg"], ids=repr)
def test_an_error_is_one_line_whatever_the_name(name, capsys):
    code, _, errors = main(capsys, "propose", name, "--proposer", "grid")
    assert (code, errors.count("\n")) == (2, 1)


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems refuse such names")
@pytest.mark.parametrize("format", ["files", "webdataset"])
def test_a_name_that_is_no_utf_8_is_checked_and_exported(format, tmp_path):
    data = write_coco(tmp_path, {"a.jpg": scene(0), "b\udcff.jpg": scene(1)})
    checked = core("check", data)
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "nothing is lost")
    found = only_object(core(*export_args(data, tmp_path / "out", "--format", format, "--json")))
    assert (found["images"], found["skipped"]) == (2, [])
    rows = pq.read_table(tmp_path / "out" / "train" / "manifest.parquet").to_pylist()
    assert {row["file_name"] for row in rows} == {"a.jpg", "b\\udcff.jpg"}


def test_a_missing_picture_whose_name_is_no_utf_8_is_named(tmp_path):
    data = write_coco(tmp_path, {"a.jpg": scene(0), "b\udcff.jpg": scene(1)})
    (tmp_path / "images" / "b\udcff.jpg").unlink()
    checked = core("check", data)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "LOST  missing-file  b\\udcff.jpg" in checked.stdout


def test_a_broken_tiff_is_one_line(tmp_path):
    """libtiff would print messages of its own."""
    PILImage.fromarray(scene(0)[0]).save(tmp_path / "a.tif", compression="tiff_lzw")
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[300:600] = b"\xff" * 300
    (tmp_path / "a.tif").write_bytes(data)
    result = core("propose", tmp_path / "a.tif", "--proposer", "grid")
    assert result.returncode == 2
    assert result.stderr == f"boxscope: {tmp_path}/a.tif: cannot be decoded (decoder error -2)\n"


def test_a_proposer_that_fails_on_a_picture_is_a_mistake_not_a_fault(data, monkeypatch, capsys):
    """As the export has it, which names the image and goes on."""

    def fail(self, image, ref=None):
        raise ValueError("too dark")

    monkeypatch.setattr(PROPOSERS["grid"], "propose", fail)
    code, _, errors = main(capsys, "propose", data.parent / "images" / "000.jpg", *GRID)
    assert code == 2
    assert "000.jpg: grid failed on it (too dark)" in errors


def without_root() -> None:
    """Give up the right to write where the mode forbids it, before the command starts."""
    import ctypes

    drop, override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    ctypes.CDLL(None).prctl(drop, override, 0, 0, 0)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="gives up rights as Linux has them")
def test_a_folder_without_the_right_to_write(data, tmp_path):
    tmp_path.chmod(0o555)
    result = core(*export_args(data, tmp_path / "out"), preexec_fn=without_root)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].endswith("cannot be written (Permission denied)")
    assert "Traceback" not in result.stderr


def test_a_file_that_may_not_grow_is_one_line(data, tmp_path):
    """As ``ulimit -f`` has it: no file beyond a kilobyte."""
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    result = core(*export_args(data, tmp_path, "--side", 224), preexec_fn=limit)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].endswith("File too large")
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.parametrize(
    "args",
    [["check"], ["check", "--json"], ["propose", "--json"], ["propose"], ["--help"]],
    ids=" ".join,
)
def test_an_output_that_cannot_be_written_is_one_line(args, data):
    name, *more = args
    # Enough to fill what is held back before the end, and too little.
    pictures = [data.parent / "images" / "000.jpg", "--proposer", "grid", "--param", "levels=5"]
    given = {"check": [data], "propose": pictures}.get(name, [])
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            command(name, *given, *more), stdout=full, stderr=subprocess.PIPE, text=True, env=environment()
        )
    assert result.returncode == 2
    assert result.stderr == "boxscope: standard output: cannot be written (No space left on device)\n"


def test_a_reader_that_left_before_the_first_word_is_no_fault(data):
    end, begin = os.pipe()
    os.close(end)
    with open(begin, "w") as pipe:
        result = subprocess.run(
            command("check", data), stdout=pipe, stderr=subprocess.PIPE, text=True, env=environment()
        )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_fault(data):
    """As in ``python -m core propose … | head -1``."""
    process = subprocess.Popen(
        command(
            "propose", *[data.parent / "images" / "000.jpg"] * 40, "--proposer", "grid", "--param", "levels=5"
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    process.stdout.readline()
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(timeout=120)


# The whole path


@pytest.mark.slow
def test_from_a_sample_to_its_crops(tmp_path, capfd):
    size = ("--images", 6, "--width", 96, "--height", 72, "--seed", 4)
    assert only_object(core("sample", tmp_path / "sample", *size, "--json"))["images"] == 6
    for split, count in {"train": 4, "valid": 2}.items():
        annotations = tmp_path / "sample" / split / "annotations.json"
        checked = only_object(here(capfd, "check", annotations, "--json"))
        assert (checked["images"], checked["usable"], checked["problems"]) == (count, True, [])
        pictures = sorted((tmp_path / "sample" / split / "images").iterdir())
        for path in pictures:
            with PILImage.open(path) as picture:
                assert picture.size == (96, 72)
        setup = ("--proposer", "adaptive-threshold", "--param", "offsets=10,20", "--param", "min_area=9")
        found = only_object(here(capfd, "propose", *pictures, *setup, "--json"))["images"]
        args = [
            "export",
            annotations,
            "--out",
            tmp_path / "out",
            "--split",
            split,
            *setup,
            "--workers",
            count // 2,  # with workers, and without
        ]
        guess = only_object(here(capfd, *args, "--dry-run", "--json"))
        done = only_object(core(*args, "--json"))
        assert done["crops"] == guess["crops"] == sum(len(image["boxes"]) for image in found) > 0
        rows = pq.read_table(tmp_path / "out" / split / "manifest.parquet").to_pylist()
        assert len(rows) == done["crops"]
    again = here(capfd, "sample", tmp_path / "again", *size)
    assert again.returncode == 0
    assert digest(tmp_path / "again") == digest(tmp_path / "sample")


def test_another_seed_gives_another_sample(tmp_path, capsys):
    for seed in (1, 2):
        main(
            capsys,
            "sample",
            tmp_path / str(seed),
            "--images",
            1,
            "--width",
            64,
            "--height",
            48,
            "--seed",
            seed,
        )
    assert digest(tmp_path / "1") != digest(tmp_path / "2")


@pytest.mark.parametrize("top", [0, 1, 3, 99])
def test_top_gives_the_head_of_the_list(data, top, capsys):
    args = ["propose", data.parent / "images" / "001.jpg", *GRID, "--json"]
    (whole,), (head,) = (json.loads(main(capsys, *args, *more)[1])["images"] for more in ([], ["--top", top]))
    assert head["boxes"] == whole["boxes"][: top or None]


def test_overwrite_replaces_what_other_settings_wrote(data, tmp_path, capsys):
    assert main(capsys, *export_args(data, tmp_path))[0] == 0
    code, _, errors = main(capsys, *export_args(data, tmp_path, "--top", 2))
    assert code == 2
    assert "top 0 there, 2 wanted" in errors
    code, out, _ = main(capsys, *export_args(data, tmp_path, "--top", 2, "--overwrite", "--json"))
    assert (code, json.loads(out)["crops"]) == (0, 6)


def test_images_in_a_folder_of_their_own(data, tmp_path, capsys):
    moved = tmp_path / "a folder" / "annotations.json"
    moved.parent.mkdir()
    moved.write_bytes(data.read_bytes())
    code, out, _ = main(capsys, *export_args(moved, tmp_path, "--images", data.parent / "images", "--json"))
    assert (code, json.loads(out)["images"]) == (0, 3)


# The command that a page spells


def values(spec):
    """Values of one item of a parameter, in its range."""
    if spec.choices:
        return st.sampled_from(spec.choices)
    if spec.path:
        return st.text("ab c/=.,+ü", max_size=8).map(str.strip)
    if spec.type is bool:
        return st.booleans()
    if spec.type is int:
        return st.integers(int(spec.min or 0), int(spec.max or 500))
    return st.floats(spec.min, spec.max)


def settings(kind, **parts):
    for spec in parameters.own(kind) if parts else parameters.parameters(kind):
        one = values(spec)
        if spec.length:
            fewest, most = spec.length
            one = st.lists(one, min_size=fewest, max_size=most).map(tuple)
        parts[spec.name] = one
    if kind is Sampling:
        cut = {field.name: parts.pop(field.name) for field in fields(Cut)}
        parts["cut"] = st.builds(Cut, **cut)
    return st.builds(kind, **parts)


setups = settings(
    Setup, proposer=st.one_of([settings(kind) for kind in PROPOSERS.values()]), rule=some_rules()
)
paths = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
    lambda t: t[0] != "-"
)


def parsed(args):
    given = cli._parser().parse_args(args)
    return given, options.setup(given), options.sampling(given)


@quick
@given(setups, settings(Sampling), paths, paths, st.none() | paths, st.sampled_from(DatasetKind))
def test_the_spelled_command_means_the_same(setup, sampling, annotations, out, images, split):
    args = spelling.export_command(annotations, out, split, setup, sampling, images)
    assert args[:3] == ["-m", "core", "export"]
    assert shlex.split(spelling.as_typed(args)) == ["python", *args]
    given, read, sampled = parsed(args[2:])
    assert (read, sampled) == (setup.with_order_named(), sampling)
    assert (given.annotations, given.out, given.split) == (Path(annotations), Path(out), str(split))
    assert given.images_dir == (Path(images) if images else None)


def test_settings_of_the_test_above_cover_every_field():
    """A field added to a settings class is spelled too, or this names it."""
    assert {field.name for field in fields(Setup)} == {
        "proposer", "rule", *(spec.name for spec in parameters.own(Setup))
    }  # fmt: skip
    for kind in (LabelRule, Sampling, *PROPOSERS.values()):
        names = {field.name for field in fields(kind)} - {"cut"} | {
            field.name for field in fields(Cut) if kind is Sampling
        }
        assert names == {spec.name for spec in parameters.parameters(kind)}


def test_a_command_of_the_defaults_is_short_and_names_the_order():
    args = spelling.export_command("a.json", "out", DatasetKind.TRAIN, Setup(), Sampling())
    text = "python -m core export a.json --out out --split train --proposer adaptive-threshold"
    assert spelling.as_typed(args) == f"{text} --order area"


def test_a_folder_whose_name_begins_with_a_dash_is_no_option():
    args = spelling.export_command("-set/a.json", "-out", DatasetKind.TRAIN, Setup(), Sampling())
    given, _, _ = parsed(args[2:])
    assert (given.annotations, given.out) == (Path("-set/a.json"), Path("-out"))


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
def test_the_typed_command_runs_in_a_shell(tmp_path):
    data = write_coco(tmp_path / "it's a $HOME; set", {"a.jpg": (np.zeros((20, 20, 3), np.uint8), [])})
    out = tmp_path / "out (1) & more"
    args = spelling.export_command(
        str(data), str(out), DatasetKind.TRAIN, Setup(PROPOSERS["grid"]()), Sampling()
    )
    typed = spelling.as_typed(args).replace("python", shlex.quote(command()[0]), 1)
    result = subprocess.run(typed, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (out / "train" / "export.json").exists()
