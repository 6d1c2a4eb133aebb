"""What supervision reads of the same folders: equal where the two agree, and the points where they do not.

The points are those of docs/data.md. Importing it takes 0.7 s of processor time: no other file does.
"""

import warnings

import numpy as np
import pytest

from core.datasets import CocoDataset
from tests.foreign import HEIGHT, WIDTH, labelme, picture, shape, voc, voc_object, yolo

NAMES = ("crack", "hole", "spall")


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def read():
    import supervision

    readers = supervision.DetectionDataset

    def read(format, *folders):
        """Return the sorted boxes and names of each picture."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = getattr(readers, f"from_{format}")(*map(str, folders))
        return {
            path.rpartition("/")[2]: sorted(
                (data.classes[number], *np.round(box, 2).tolist())
                for number, box in zip(found.class_id, found.xyxy, strict=True)
            )
            for path, _, found in data
        }

    return read


def ours(folder):
    data = CocoDataset.open(folder)
    return {
        name: sorted(
            (data.categories[int(category)], *np.round(box.astype(float), 2).tolist())
            for category, box in zip(data.truth(n).category, data.truth(n).boxes, strict=True)
        )
        for n, name in enumerate(data.file_names)
    }


def boxes(count, seed):
    """Return corners of boxes inside the picture, whole numbers from 1."""
    random = np.random.default_rng(seed)
    x, y = random.integers(1, WIDTH - 20, count), random.integers(1, HEIGHT - 20, count)
    return np.stack([x, y, x + random.integers(1, 20, count), y + random.integers(1, 20, count)], axis=1)


def names(count, seed):
    return np.random.default_rng(seed).choice(NAMES, count)


def alike(first, second):
    assert first.keys() == second.keys()
    for name, objects in first.items():
        assert [one[0] for one in objects] == [one[0] for one in second[name]], name
        np.testing.assert_allclose(
            [one[1:] for one in objects], [one[1:] for one in second[name]], atol=0.02, err_msg=name
        )


def test_pascal_voc(tmp_path, read):
    files = {
        f"p{n}": [
            voc_object(name, *map(int, box)) for name, box in zip(names(n, n), boxes(n, n), strict=True)
        ]
        for n in range(8)
    }
    folder = voc(tmp_path / "set", files)
    alike(ours(folder), read("pascal_voc", folder / "JPEGImages", folder / "Annotations"))


def test_yolo_boxes_and_polygons(tmp_path, read):
    def line(n, name, box):
        x0, y0, x1, y1 = box / [WIDTH, HEIGHT, WIDTH, HEIGHT]
        number = NAMES.index(name)
        if n % 2:
            return f"{number} {x0} {y0} {x1} {y0} {x1} {y1}"
        return f"{number} {(x0 + x1) / 2} {(y0 + y1) / 2} {x1 - x0} {y1 - y0}"

    texts = {
        f"p{n}": "\n".join(line(n, *one) for one in zip(names(n, n), boxes(n, n), strict=True))
        for n in range(8)
    }
    folder = yolo(tmp_path / "set", texts, f"names: [{', '.join(NAMES)}]\n")
    alike(ours(folder), read("yolo", folder / "images", folder / "labels", folder / "data.yaml"))


def test_labelme_rectangles_and_polygons(tmp_path, read):
    for n in range(1, 8):
        shapes = []
        for k, (name, box) in enumerate(zip(names(n, n), boxes(n, n), strict=True)):
            x0, y0, x1, y1 = box.tolist()
            points = [[[x1, y0], [x0, y1]], [[x0, y0], [x1, y0], [x1, y1]]][k % 2]
            shapes.append(shape(str(name), points, ("rectangle", "polygon")[k % 2]))
        labelme(tmp_path / f"set/p{n}", shapes)
    alike(ours(tmp_path / "set"), read("labelme", tmp_path / "set", tmp_path / "set"))


def test_where_they_do_not_agree(tmp_path, read):
    difficult = voc_object("crack", 2, 2, 40, 30, "<difficult>1</difficult>")
    folder = voc(tmp_path / "voc", {"a": [difficult]})
    picture(folder / "JPEGImages/unknown.jpg")
    theirs = read("pascal_voc", folder / "JPEGImages", folder / "Annotations")
    # Theirs: a picture without its file shows nothing, and a difficult object is one like others.
    assert (theirs["unknown.jpg"], len(theirs["a.jpg"])) == ([], 1)
    data = CocoDataset.open(folder)
    assert (data.file_names, data.object_counts.tolist()) == (["a.jpg"], [0])

    folder = yolo(tmp_path / "yolo", {"a": "0 .5 .5 .2 .2\n0 .5 .5 .2 .2\n", "out": "0 48 36 24 36"})
    theirs = read("yolo", folder / "images", folder / "labels", folder / "data.yaml")
    # Theirs: a line that is there twice counts twice, and numbers in pixels are shares.
    assert (len(theirs["a.jpg"]), theirs["out.jpg"][0][1] > WIDTH) == (2, True)
    assert [len(one) for one in ours(folder).values()] == [1, 0]

    shapes = [shape("crack", [[9, 9], [30, 9], [9, 30]]), shape("hole", [[50, 40], [50, 50]], "circle")]
    labelme(tmp_path / "labelme/a", shapes)
    # Theirs: circles are left out.
    assert len(read("labelme", tmp_path / "labelme", tmp_path / "labelme")["a.jpg"]) == 1
    assert len(ours(tmp_path / "labelme")["a.jpg"]) == 2
