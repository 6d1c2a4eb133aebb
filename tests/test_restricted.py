"""Pictures that lie outside the folders that may be read are read by nothing."""

import pytest

from core.datasets import CocoDataset, check
from core.datasets.restricted import restrict
from core.errors import BoxscopeError
from tests.drawn import coco, image, noise, save, write

INSIDE = ["a.png", "s/a.png", "s/../a.png", "../set/a.png", "link.png", "linked/a.png"]
BY_LINK = ["out.png", "out/a.png", "s/out/a.png"]


@pytest.fixture
def folder(tmp_path):
    for name in ("set/a.png", "set/s/a.png", "other/a.png"):
        save(noise(100, 80), tmp_path / name)
    links = {"link.png": "a.png", "linked": "s", "out.png": "../other/a.png", "out": "../other"}
    for name, target in {**links, "s/out": "../../other"}.items():
        (tmp_path / "set" / name).symlink_to(target)
    return tmp_path


def opened(folder, names):
    images = [image(n, name.format(folder)) for n, name in enumerate(names, 1)]
    path = write(coco(images), folder / "set" / "annotations.json")
    return CocoDataset.open(path, follow_links=True)


def below(folder):
    return lambda path: path.resolve().is_relative_to(folder)


@pytest.mark.parametrize("name", BY_LINK)
def test_what_leads_out_is_named_and_cannot_be_read(folder, name):
    dataset = opened(folder, [name, "a.png"])
    assert dataset.read(0).shape == (80, 100, 3)
    part = restrict(dataset, below(folder / "set"))
    assert part.file_names == dataset.file_names
    with pytest.raises(BoxscopeError, match="outside the folders that may be read"):
        part.read(0)
    assert part.read(1).shape == (80, 100, 3)
    told = [(problem.kind, problem.item) for problem in check(part).problems if problem.lost]
    assert told == [("outside", name.format(folder))]


@pytest.mark.parametrize("name", INSIDE)
def test_what_lies_inside_is_read(folder, name):
    dataset = opened(folder, [name])
    assert restrict(dataset, below(folder / "set")) is dataset


def test_a_folder_outside_holds_nothing_that_may_be_read(folder):
    part = restrict(opened(folder, ["a.png", "s/a.png"]), below(folder / "other"))
    assert not any(part.path(index).exists() for index in range(2))
