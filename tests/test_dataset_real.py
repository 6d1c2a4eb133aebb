"""Real data sets, against pycocotools and counts known from their files."""

from collections import Counter

import numpy as np
import pytest

from core.datasets import CocoDataset, annotation_files
from tests.coco import kinds
from tests.real import DATA, needs_real_data


@needs_real_data
@pytest.mark.parametrize("name", ["crackforest", "kangaroo", "crackseg350"])
def test_boxes_of_a_real_set_equal_those_of_pycocotools(name):
    from pycocotools.coco import COCO

    file = "annotations_standard.json" if name == "crackseg350" else "annotations.json"
    dataset, oracle = CocoDataset.open(DATA / name / file), COCO(str(DATA / name / file))
    assert sorted(oracle.getImgIds()) == sorted(dataset.image_ids.tolist())
    for index, number in enumerate(dataset.image_ids.tolist()):
        boxes = [a["bbox"] for a in oracle.loadAnns(oracle.getAnnIds(imgIds=[number]))]
        expected = np.array([[x, y, x + w, y + h] for x, y, w, h in boxes], np.float32).reshape(-1, 4)
        width, height = dataset.size(index)
        expected = np.clip(expected, 0, np.array([width, height] * 2, np.float32))
        assert sorted(dataset.truth(index).boxes.tolist()) == sorted(expected.tolist())


@needs_real_data
def test_crack_free_images_of_a_real_set_are_marked_by_empty_boxes():
    dataset = CocoDataset.open(DATA / "crackseg350" / "annotations.json")
    assert Counter(kind for kind, *_ in kinds(dataset))["empty-mark"] == 36
    assert len(dataset) == 350
    assert dataset.object_counts.sum() == 425


@needs_real_data
def test_splits_of_a_real_set_are_its_files():
    assert list(annotation_files(DATA / "crackforest")) == ["train", "all", "valid"]
    counts = {
        name: len(CocoDataset.open(path)) for name, path in annotation_files(DATA / "crackforest").items()
    }
    assert counts == {"train": 89, "all": 118, "valid": 29}
