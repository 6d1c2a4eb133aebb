"""The built-in data set: the same bytes every time, and boxes that are the cracks' own pixels."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.datasets import sample
from core.datasets.sample.cracks import draw_cracks
from core.datasets.sample.picture import CRACK_FREE, SPLITS, draw_picture, draw_slab
from core.datasets.sample.render import MIN_PIXELS, VISIBLE
from core.errors import BoxscopeError

SMALL = {"width": 96, "height": 72}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def annotations(folder: Path, split: str) -> dict:
    return json.loads((folder / split / "annotations.json").read_text())


def naive_boxes(
    seed: int, split: str, index: int, width: int, height: int
) -> list[tuple[int, int, int, int]]:
    """Draw each crack alone on the whole slab, compare grey levels, take the extremes of what is darker."""
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    scale = (width * height / (640 * 480)) ** 0.5
    slab = draw_slab(rng, width, height, scale)
    boxes = []
    if rng.random() < CRACK_FREE:
        return boxes
    for crack in draw_cracks(rng, height, width, scale, float(slab.mean())):
        cracked = slab.astype(np.float32)
        cracked[crack.top : crack.top + len(crack.gain), crack.left : crack.left + crack.gain.shape[1]] *= (
            crack.gain[:, :, None]
        )
        cracked = np.clip(np.rint(cracked), 0, 255).astype(np.uint8)
        without = cv2.cvtColor(slab, cv2.COLOR_RGB2GRAY).astype(int)
        darkening = without - cv2.cvtColor(cracked, cv2.COLOR_RGB2GRAY).astype(int)
        rows, columns = np.nonzero(darkening >= VISIBLE)
        if len(rows) >= MIN_PIXELS * scale:
            boxes.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    return boxes


# In 82 and 176 cracks cross so that boxes measured on the cracked picture would come out smaller.
@pytest.mark.parametrize("index", [*range(1, 13), 82, 176])
def test_boxes_bound_the_pixels_that_each_crack_darkens(index):
    assert draw_picture(3, "valid", index, 200, 150)[1] == naive_boxes(3, "valid", index, 200, 150)


def test_what_is_outside_every_box_is_untouched_slab():
    """A crack's faint remains may lie outside its box, nothing visible does."""
    for index in range(1, 9):
        picture, boxes = draw_picture(5, "train", index, 320, 240)
        slab = draw_slab(np.random.default_rng([5, 0, index]), 320, 240, 0.5)
        darkening = cv2.cvtColor(slab, cv2.COLOR_RGB2GRAY).astype(int) - cv2.cvtColor(
            picture, cv2.COLOR_RGB2GRAY
        )
        seen = np.count_nonzero(darkening >= VISIBLE)
        assert (seen > 0) == bool(boxes)
        for x0, y0, x1, y1 in boxes:
            darkening[y0:y1, x0:x1] = 0
        # Where two faint halos overlap they may reach the limit together.
        assert np.count_nonzero(darkening >= VISIBLE) <= 0.01 * seen


def test_two_runs_write_the_same_bytes_whatever_the_global_random_state(tmp_path):
    np.random.seed(1)  # noqa: NPY002
    cv2.setRNGSeed(1)
    sample.make_sample(tmp_path / "a", 8, **SMALL, seed=7)
    np.random.seed(2)  # noqa: NPY002
    cv2.setRNGSeed(2)
    sample.make_sample(tmp_path / "b", 8, **SMALL, seed=7)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert len(contents(tmp_path / "a")) == 8 + 2


def test_bytes_do_not_depend_on_opencv_threads(tmp_path):
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(1)
        sample.make_sample(tmp_path / "one", 2)
        cv2.setNumThreads(4)
        sample.make_sample(tmp_path / "four", 2)
    finally:
        cv2.setNumThreads(threads)
    assert contents(tmp_path / "one") == contents(tmp_path / "four")


def test_an_image_is_the_same_in_a_smaller_sample(tmp_path):
    sample.make_sample(tmp_path / "small", 4, **SMALL)
    sample.make_sample(tmp_path / "large", 12, **SMALL)
    small, large = contents(tmp_path / "small"), contents(tmp_path / "large")
    images = {name for name in small if name.endswith(".jpg")}
    assert len(images) == 4
    assert {name: large[name] for name in images} == {name: small[name] for name in images}


def test_seed_split_and_index_each_change_the_image():
    keys = [(0, "train", 1), (1, "train", 1), (0, "valid", 1), (0, "train", 2)]
    pictures = {draw_picture(*key, 64, 64)[0].tobytes() for key in keys}
    assert len(pictures) == len(keys)


@pytest.mark.parametrize(
    ("images", "train", "valid"), [(1, 1, 0), (2, 1, 1), (3, 2, 1), (5, 4, 1), (6, 4, 2), (32, 24, 8)]
)
def test_a_quarter_is_for_validation(tmp_path, images, train, valid):
    counts = sample.make_sample(tmp_path, images, 32, 32)
    assert (counts["images"], counts["train_images"], counts["valid_images"]) == (images, train, valid)
    for split, share in (("train", train), ("valid", valid)):
        data = annotations(tmp_path, split)
        names = [image["file_name"] for image in data["images"]]
        assert names == [f"{split}_{index:04d}.jpg" for index in range(1, share + 1)]
        assert {path.name for path in (tmp_path / split / "images").iterdir()} == set(names)
        assert counts[f"{split}_objects"] == len(data["annotations"])
    assert counts["objects"] == counts["train_objects"] + counts["valid_objects"]


@pytest.mark.parametrize(("width", "height"), [(64, 64), (300, 40), (40, 300), (200, 150), (32, 4000)])
def test_annotations_are_coco_with_whole_pixels_inside_the_image(tmp_path, width, height):
    counts = sample.make_sample(tmp_path, 12, width, height, seed=2)
    assert counts["objects"] > 6
    for split in SPLITS:
        data = annotations(tmp_path, split)
        assert data["categories"] == [{"id": 1, "name": "crack"}]
        assert data["info"]["synthetic"] is True
        assert data["info"]["seed"] == 2
        assert [entry["id"] for entry in data["annotations"]] == list(range(1, len(data["annotations"]) + 1))
        assert {entry["image_id"] for entry in data["annotations"]} <= {
            image["id"] for image in data["images"]
        }
        for image in data["images"]:
            assert (image["width"], image["height"]) == (width, height)
            written = cv2.imread(str(tmp_path / split / "images" / image["file_name"]))
            assert written.shape == (height, width, 3)
        for entry in data["annotations"]:
            x, y, w, h = entry["bbox"]
            assert all(isinstance(value, int) for value in (x, y, w, h, entry["area"]))
            assert x >= 0
            assert y >= 0
            assert w >= 1
            assert h >= 1
            assert x + w <= width
            assert y + h <= height
            assert (entry["area"], entry["iscrowd"], entry["category_id"]) == (w * h, 0, 1)


def test_some_images_have_no_crack_and_most_have_one_to_four():
    objects = [len(draw_picture(0, "train", index, 120, 90)[1]) for index in range(1, 121)]
    assert 0.08 < objects.count(0) / len(objects) < 0.27
    assert set(objects) == {0, 1, 2, 3, 4}


def test_cracks_are_easy_and_hard():
    """Median darkening of the visible pixels, over cracks: some hardly above the limit, some plain."""
    medians = []
    for index in range(1, 41):
        picture, boxes = draw_picture(0, "train", index, 320, 240)
        slab = draw_slab(np.random.default_rng([0, 0, index]), 320, 240, 0.5)
        darkening = cv2.cvtColor(slab, cv2.COLOR_RGB2GRAY).astype(int) - cv2.cvtColor(
            picture, cv2.COLOR_RGB2GRAY
        )
        for x0, y0, x1, y1 in boxes:
            window = darkening[y0:y1, x0:x1]
            medians.append(np.median(window[window >= VISIBLE]))
    assert 10 < np.percentile(medians, 10) < 22
    assert 30 < np.percentile(medians, 90) < 70


def test_a_smaller_sample_replaces_a_larger_one(tmp_path):
    sample.make_sample(tmp_path / "fresh", 4, **SMALL, seed=1)
    sample.make_sample(tmp_path / "again", 12, **SMALL, seed=0)
    sample.make_sample(tmp_path / "again", 4, **SMALL, seed=1)
    assert contents(tmp_path / "again") == contents(tmp_path / "fresh")


def test_an_interrupted_run_leaves_no_annotations_of_the_split_it_was_in(tmp_path):
    sample.make_sample(tmp_path, 8, **SMALL)

    def stop(done, total):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sample.make_sample(tmp_path, 8, **SMALL, seed=1, progress=stop)
    assert annotations(tmp_path, "train")["info"]["seed"] == 1
    assert not (tmp_path / "valid" / "annotations.json").exists()


def test_progress_counts_both_splits(tmp_path):
    calls = []
    sample.make_sample(tmp_path, 5, 32, 32, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"images": 0}, "images: got 0, expected 1 or more"),
        ({"width": 31}, "width: got 31, expected 32 to 65500 pixels"),
        ({"height": 70000}, "height: got 70000, expected 32 to 65500 pixels"),
        ({"seed": -1}, "seed: got -1, expected 0 or more"),
    ],
)
def test_a_number_out_of_range_is_named(tmp_path, wrong, words):
    with pytest.raises(BoxscopeError) as caught:
        sample.make_sample(tmp_path / "out", **wrong)
    assert str(caught.value) == words
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("taken", ["out", "out/valid", "out/train/images"])
def test_a_file_in_the_way_is_named(tmp_path, taken):
    path = tmp_path / taken
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    with pytest.raises(BoxscopeError, match=taken) as caught:
        sample.make_sample(tmp_path / "out", 2, 32, 32)
    assert "\n" not in str(caught.value)
    assert path.read_text() == "mine"


@pytest.mark.parametrize("text", ['{"images": [], "info": {}}', '{"images": [', "[]", '{"info": null}'])
def test_annotations_of_someone_else_are_refused_and_kept(tmp_path, text):
    sample.make_sample(tmp_path, 2, 32, 32)
    before = contents(tmp_path) | {"valid/annotations.json": text.encode()}
    (tmp_path / "valid" / "annotations.json").write_text(text)
    with pytest.raises(BoxscopeError, match="expected another folder"):
        sample.make_sample(tmp_path, 2, 32, 32, seed=9)
    assert contents(tmp_path) == before


def test_a_picture_that_cannot_be_encoded_is_not_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(cv2, "imencode", lambda *_: (False, None))
    with pytest.raises(RuntimeError, match=r"32, 32"):
        sample.make_sample(tmp_path, 1, 32, 32)
    assert not (tmp_path / "train" / "annotations.json").exists()
