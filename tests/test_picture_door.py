"""The door for pictures: only what is meant is opened, and one that is broken stops no other."""

import io
import json
import os
import socket
import struct
import subprocess
import zlib
from itertools import islice

import cv2
import numpy as np
import pytest
from PIL import Image as PILImage
from PIL import ImageFile

from bench.fuzz_pictures import cases, read_everywhere, seeds
from core import images
from core.cli import main
from core.datasets import CocoDataset, check, read_as_set
from core.datasets.overlap import compare
from core.errors import BoxscopeError
from core.evaluation.survey import CoverageSurvey
from core.executors.background import ONLY, Survey
from tests.drawn import annotation, coco, image, noise, save, write

ROADS = {
    "header": images.header,
    "kind": images.kind,
    "read": images.read,
    "small": lambda path: images.read_small(path, 16),
    "deep": images.read_deep,
}
every_road = pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)


def refusal(road, path):
    """Return the one line by which a file is refused."""
    with pytest.raises(BoxscopeError) as caught:
        road(path)
    assert caught.value.item == str(path)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value.reason


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_broken_exif(path):
    """Write a PNG whose eXIf chunk is none; its pixels are fine."""
    data = save(noise(100, 80), path).read_bytes()
    after_header = 8 + 25
    path.write_bytes(data[:after_header] + chunk(b"eXIf", b"broken bytes") + data[after_header:])
    return path


# ---- formats

OTHERS = ["EPS", "DDS", "SPIDER", "ICO", "TGA", "PCX", "SGI", "MSP", "XBM", "DIB", "PDF", "QOI"]


@every_road
@pytest.mark.parametrize("format", OTHERS)
def test_other_formats_are_never_tried_whatever_the_name(tmp_path, monkeypatch, road, format):
    picture = PILImage.fromarray(noise(32, 32))
    file = io.BytesIO()
    modes = {"MSP": "1", "XBM": "1", "SPIDER": "F"}
    picture.convert(modes.get(format, "RGB")).save(file, format)
    (tmp_path / "wall.tif").write_bytes(file.getvalue())
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **rest: pytest.fail("a process was started"))
    assert "not a readable picture" in refusal(road, tmp_path / "wall.tif")


def test_postscript_is_run_by_nothing(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    for name in ("gs", "gswin32c", "gswin64c", "convert", "djpeg"):
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    (tmp_path / "wall.jpg").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(x) (w) file closefile\nshowpage\n"
    )
    write(coco([image(1, "wall.jpg", 10, 10)], [annotation(bbox=[1, 1, 5, 5])]), tmp_path / "a.json")
    assert main(["check", str(tmp_path / "a.json")]) == 0
    assert main(["propose", str(tmp_path / "wall.jpg"), "--proposer", "grid"]) == 2
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", seeds())
def test_every_format_that_is_meant_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(seeds()[name])
    assert images.read(path).size == 32 * 24 * 3
    assert read_everywhere(path)


# ---- files


@pytest.fixture(params=["pipe", "device", "socket", "folder"])
def special(tmp_path, request):
    path = tmp_path / "wall.png"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "device":
        path.symlink_to("/dev/zero")
    elif request.param == "folder":
        path.mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    return path


@every_road
def test_what_is_no_regular_file_is_refused_without_opening_it(special, road):
    assert "expected a file" in refusal(road, special)


def test_a_pipe_is_named_and_a_set_is_read_past_it(tmp_path):
    folder = tmp_path / "walls"  # the folders beside that of the test are those of other tests
    folder.mkdir()
    os.mkfifo(folder / "pipe.png")
    save(noise(100, 80), folder / "a.png")
    path = write(coco([image(1, "pipe.png"), image(2)]), folder / "annotations.json")
    found = check(CocoDataset.open(path)).problems
    assert [(one.kind, one.item, "a named pipe" in one.detail) for one in found] == [
        ("unreadable", "pipe.png", True)
    ]


@every_road
def test_a_file_of_too_many_bytes_is_refused_with_the_setting(tmp_path, monkeypatch, road):
    path = save(noise(40, 30), tmp_path / "a.png")
    monkeypatch.setenv("BOXSCOPE_MAX_FILE_BYTES", "1000")
    assert "BOXSCOPE_MAX_FILE_BYTES=" in refusal(road, path)
    monkeypatch.setenv("BOXSCOPE_MAX_FILE_BYTES", str(path.stat().st_size))
    road(path)


@pytest.mark.parametrize("text", ["many", "0", "-1", "9" * 5000, "²"])
def test_a_limit_that_is_none_is_one_line(tmp_path, monkeypatch, text):
    path = save(noise(40, 30), tmp_path / "a.png")
    for name in ("BOXSCOPE_MAX_FILE_BYTES", "BOXSCOPE_MAX_PIXELS"):
        with monkeypatch.context() as changed:
            changed.setenv(name, text)
            with pytest.raises(BoxscopeError, match=name):
                images.read(path)


# ---- decoders

ERRORS = [
    *(RuntimeError("a\nb"), NotImplementedError(), AttributeError("x"), SyntaxError("x"), KeyError("x")),
    *(struct.error("x"), MemoryError(), RecursionError("x"), IndexError("x"), TypeError("x"), EOFError()),
    *(ZeroDivisionError("x"), OverflowError("x"), AssertionError("x"), OSError("x"), ValueError("x" * 9000)),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_whatever_a_decoder_raises_is_one_line_that_names_the_file(tmp_path, monkeypatch, error):
    def fail(*args, **rest):
        raise error

    path = save(noise(40, 30), tmp_path / "a.png")
    for owner, name in ((ImageFile.ImageFile, "load"), (PILImage.Image, "getexif"), (PILImage, "open")):
        with monkeypatch.context() as changed:
            changed.setattr(owner, name, fail)
            assert len(refusal(images.read, path)) < 300


@pytest.mark.parametrize("error", [cv2.error("x"), RuntimeError("x"), MemoryError()])
def test_errors_of_opencv_too(tmp_path, monkeypatch, error):
    def fail(*args, **rest):
        raise error

    (tmp_path / "a.ppm").write_bytes(seeds()["rgb16.ppm"])
    monkeypatch.setattr(cv2, "imdecode", fail)
    assert "cannot be decoded" in refusal(images.read, tmp_path / "a.ppm")


def test_a_broken_exif_chunk_is_named(tmp_path):
    path = with_broken_exif(tmp_path / "a.png")
    assert "its EXIF data are broken" in refusal(images.header, path)
    assert "its EXIF data are broken" in refusal(images.read, path)


@pytest.mark.parametrize("name", seeds())
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_picture_broken_off_is_read_or_refused(tmp_path, name, share):
    path, data = tmp_path / name, seeds()[name]
    path.write_bytes(data[: int(len(data) * share)])
    read_everywhere(path)


def test_mutated_pictures_of_every_format_are_read_or_refused(tmp_path, monkeypatch, capfd):
    """``python -m bench.fuzz_pictures`` tries more of them."""
    monkeypatch.setenv("BOXSCOPE_MAX_PIXELS", "1000000")
    read = 0
    for name, data in islice(cases(seed=1), 8 * len(seeds())):
        (tmp_path / name).write_bytes(data)
        read += read_everywhere(tmp_path / name)
    assert 0 < read < 8 * len(seeds())
    assert capfd.readouterr() == ("", "")


def tiff(directories, values=b""):
    """Return a TIFF of directories, each a list of (tag, type, count, value or offset), one after another."""
    data = bytearray(b"II*\0" + struct.pack("<L", 8))
    for number, tags in enumerate(directories):
        end = len(data) + 2 + 12 * len(tags) + 4
        data += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHLL", *tag) for tag in tags)
        data += struct.pack("<L", end if number + 1 < len(directories) else 0)
    return bytes(data + values)


def many_tags():
    tags = [(number, 1, 400_000, 8) for number in range(40_000, 50_000)]
    return tiff([tags], bytes(400_000))


def test_tags_that_all_claim_the_whole_file_are_refused_before_they_are_read(tmp_path):
    """Pillow would take 4 GB for this TIFF of half a megabyte."""
    (tmp_path / "a.tif").write_bytes(many_tags())
    assert "its tags claim 4,000,000,000 bytes" in refusal(images.header, tmp_path / "a.tif")
    data = save(noise(100, 80), tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk(b"eXIf", many_tags()) + data[33:])
    assert "its tags claim" in refusal(images.header, tmp_path / "a.png")


def test_pages_are_counted_up_to_a_bound(tmp_path):
    """Pillow searches all pages for each further one: an hour for a megabyte of empty ones."""
    frames = [PILImage.fromarray(noise(8, 8, seed)) for seed in range(3)]
    for name in ("a.tif", "a.gif"):
        frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:])
        assert images.header(tmp_path / name).pages == 3
    first = [(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    first += [(277, 3, 1, 1), (278, 4, 1, 8), (279, 4, 1, 64)]
    (tmp_path / "a.tif").write_bytes(tiff([first, *[[]] * 200_000]))
    assert images.header(tmp_path / "a.tif").pages == 1000
    data = tiff([first])
    (tmp_path / "a.tif").write_bytes(data[:-4] + struct.pack("<L", 8))  # a page that is its own next
    assert images.header(tmp_path / "a.tif").pages == 1


# ---- one bad picture stops no other


@pytest.fixture
def folder(tmp_path):
    """A data set of six pictures, the second with a broken EXIF chunk, the fourth a pipe."""
    names = [f"{number}.png" for number in range(6)]
    for number, name in enumerate(names):
        save(noise(100, 80, number), tmp_path / "set" / name)
    with_broken_exif(tmp_path / "set" / "1.png")
    (tmp_path / "set" / "3.png").unlink()
    os.mkfifo(tmp_path / "set" / "3.png")
    annotations = [annotation(n, n) for n in range(1, 7)]
    write(coco([image(n, name) for n, name in enumerate(names, 1)], annotations), tmp_path / "set" / "a.json")
    return tmp_path


def reported(arguments, capsys):
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_command_goes_on_and_names_it(folder, capsys):
    data, bad = folder / "set" / "a.json", {"1.png", "3.png"}
    found = reported(["check", data], capsys)
    assert {one["item"] for one in found["problems"] if one["lost"]} == bad
    propose = ["--proposer", "grid"]
    export = ["export", data, "--out", folder / "out", "--split", "train", *propose, "--format", "manifest"]
    assert {one["file"] for one in reported([*export, "--dry-run"], capsys)["skipped"]} == bad
    for workers in (2, 1):
        found = reported([*export, "--workers", workers], capsys)
        assert ({one["file"] for one in found["skipped"]}, found["images"]) == (bad, 4)
    found = reported(["proposals", data, *propose, "--out", folder / "boxes.json"], capsys)
    assert {one["file"] for one in found["skipped"]} == bad
    dataset = CocoDataset.open(data)
    compared = compare(dataset, dataset)
    assert compared.first_unread == ("3.png",)
    assert {pair.first for pair in compared.shared} == {"0.png", "1.png", "2.png", "4.png", "5.png"}
    assert read_as_set([folder / "set" / "1.png", folder / "set" / "3.png"]).scales == ()


def test_a_survey_goes_on_after_an_error_that_nobody_expected(caplog):
    def make(index):
        if index == 1:
            raise RuntimeError("first\nsecond")
        return index

    survey, indices = Survey(make), np.arange(3)
    assert survey.measure(indices, seconds=30) == 3
    assert (survey.result(0), survey.result(2)) == (0, 2)
    with pytest.raises(BoxscopeError, match=r"unexpected error \(RuntimeError: first\)"):
        survey.result(1)
    assert "RuntimeError" in caplog.text


def test_images_that_cannot_be_measured_are_counted():
    def fail(index):
        raise KeyError(index)

    survey = CoverageSurvey(fail)
    assert survey.measure(ONLY, seconds=30) == 1
    assert survey.failed(ONLY) == 1
