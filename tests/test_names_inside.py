"""A listed name leads to a file below the images folder, or its picture is read by nothing and named."""

import json
import os

import pytest

from core.cli import main
from core.datasets import CocoDataset, check
from core.datasets.convert.conversion import convert
from core.datasets.inside import BY_LINK, OUTSIDE, UNUSABLE, Inside
from core.datasets.overlap import compare
from core.errors import BoxscopeError
from core.export.names import crop_stems
from tests.drawn import annotation, coco, image, noise, save, write

INSIDE = [
    "a.png",
    "s/a.png",
    "./s//a.png",
    "s/../a.png",
    "../set/a.png",
    "{}/set/a.png",
    "link.png",
    "linked/a.png",
]
REFUSED = {
    "../other/a.png": OUTSIDE,
    "../../../../../../../../etc/passwd": OUTSIDE,
    "/etc/passwd": OUTSIDE,
    "{}/other/a.png": OUTSIDE,
    "../set2/a.png": OUTSIDE,
    "s/../../other/a.png": OUTSIDE,
    "../nothing/there.png": OUTSIDE,
    "out.png": BY_LINK,
    "out/a.png": BY_LINK,
    "s/out/a.png": BY_LINK,
    "proc/self/environ": BY_LINK,
    "a\0.png": UNUSABLE,
    "a.png\0": UNUSABLE,
    "\ud800.png": UNUSABLE,
    "s/\udfff/a.png": UNUSABLE,
}


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(("set/a.png", "set/s/a.png", "other/a.png", "set2/a.png")):
        save(noise(100, 80, number), tmp_path / name)
    links = {"link.png": "a.png", "linked": "s", "out.png": "../other/a.png", "out": "../other"}
    for name, target in {**links, "s/out": "../../other", "proc": "/proc"}.items():
        (tmp_path / "set" / name).symlink_to(target)
    return tmp_path


def written(folder, names):
    images = [image(n, name.format(folder)) for n, name in enumerate(names, 1)]
    objects = [annotation(n, n) for n in range(1, len(names) + 1)]
    return write(coco(images, objects), folder / "set" / "annotations.json")


@pytest.mark.parametrize("name", INSIDE)
def test_what_leads_inside_is_read(folder, name):
    dataset = CocoDataset.open(written(folder, [name]))
    assert dataset.read(0).shape == (80, 100, 3)
    assert not [problem for problem in check(dataset).problems if problem.lost]


@pytest.mark.parametrize("follow_links", [False, True])
@pytest.mark.parametrize(("name", "reason"), REFUSED.items(), ids=map(ascii, REFUSED))
def test_what_does_not_is_read_by_nothing_and_named(folder, name, reason, follow_links):
    dataset = CocoDataset.open(written(folder, [name, "link.png"]), follow_links=follow_links)
    problems = [problem for problem in check(dataset).problems if problem.lost]
    if follow_links and reason == BY_LINK and name.endswith(".png"):
        assert dataset.read(0).shape == (80, 100, 3)
        return
    if not (follow_links and reason == BY_LINK):
        assert [(one.kind, one.item, one.detail) for one in problems] == [
            ("outside-folder", name.format(folder), reason)
        ]
        assert not dataset.path(0).exists()
    for read in (dataset.read, lambda index: dataset.read_small(index, 16)):
        with pytest.raises(BoxscopeError) as caught:
            read(0)
        assert "passwd" not in caught.value.reason
        str(caught.value).encode()
    assert dataset.read(1).shape == (80, 100, 3)


def test_a_folder_that_is_a_link_itself_is_one(folder):
    (folder / "way").symlink_to("set")
    dataset = CocoDataset.open(written(folder, ["a.png", f"{folder}/way/s/a.png"]), folder / "way")
    assert [dataset.read(index).shape for index in range(2)] == [(80, 100, 3)] * 2


def test_names_written_from_beside_the_images_folder_lead_into_it(folder):
    path = write(coco([image(1, "../images/a.png")]), folder / "set3" / "annotations" / "a.json")
    save(noise(100, 80), folder / "set3" / "images" / "a.png")
    dataset = CocoDataset.open(path)
    assert dataset.images_dir.name == "images"
    assert dataset.read(0).shape == (80, 100, 3)


def test_a_link_that_is_made_after_opening_is_not_followed(folder):
    dataset = CocoDataset.open(written(folder, ["a.png", "link.png"]))
    (folder / "set" / "a.png").unlink()
    (folder / "set" / "a.png").symlink_to("../other/a.png")
    with pytest.raises(BoxscopeError, match="leads outside the images folder by a link"):
        dataset.read(0)


@pytest.mark.parametrize(("text", "followed"), [("1", True), ("0", False), ("", False)])
def test_the_environment_decides_where_nothing_else_does(folder, monkeypatch, text, followed):
    monkeypatch.setenv("BOXSCOPE_FOLLOW_LINKS", text)
    dataset = CocoDataset.open(written(folder, ["out.png"]))
    assert dataset.path(0).exists() == followed


def test_an_environment_that_says_neither_is_one_line(folder, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_FOLLOW_LINKS", "yes")
    with pytest.raises(BoxscopeError, match=r"BOXSCOPE_FOLLOW_LINKS: got 'yes', expected 0 or 1"):
        CocoDataset.open(written(folder, ["a.png"]))


def test_every_command_names_it_and_goes_on(folder, capsys):
    (folder / "set" / "more.png").symlink_to("../set2/a.png")
    refused = ["../other/a.png", "/etc/passwd", "../nothing/there.png", "more.png", "a\0.png", "\ud800.png"]
    data = written(folder, [*refused, "a.png"])
    propose = ["--proposer", "grid", "--json"]
    export = ["export", str(data), "--out", str(folder / "out"), "--split", "train", "--format", "manifest"]
    others = ["proposals", str(data), "--out", str(folder / "boxes.json")]
    for command in ([*export, "--dry-run"], export, export, others):
        assert main([*command, *propose]) == 0
        found = json.loads(capsys.readouterr().out)
        assert {one["file"] for one in found["skipped"]} == set(refused)
        assert {one["reason"] for one in found["skipped"]} == {OUTSIDE, BY_LINK, UNUSABLE}
    assert main([*export, *propose, "--follow-links", "--overwrite"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["images"] == 2
    done = convert(data, folder / "new.json", sizes=True)
    assert [one["file"] for one in done.left] == refused
    dataset = CocoDataset.open(data)
    assert compare(dataset, dataset).first_unread == tuple(refused)


def test_stems_of_such_names_are_names(folder):
    dataset = CocoDataset.open(written(folder, [*REFUSED]))
    for stem in crop_stems(dataset.file_names, dataset.image_ids):
        assert b"\0" not in os.fsencode(stem)


def test_a_complete_set_is_opened_without_a_look_at_each_path(folder, monkeypatch):
    names = [f"s/{number}.png" for number in range(50)]
    for name in names:
        (folder / "set" / name).touch()
    inside, looked_at = Inside.refusal, []
    monkeypatch.setattr(Inside, "refusal", lambda self, name: looked_at.append(name) or inside(self, name))
    assert CocoDataset.open(written(folder, [*names, "link.png"])).paths == [*names, "link.png"]
    assert looked_at == ["link.png"]
