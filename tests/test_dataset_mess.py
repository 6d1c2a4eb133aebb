"""Files with many things wrong: every annotation is counted, whichever reader reads it."""

import math
import tempfile
from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.coco import read_columns
from tests.coco import MESS, accounted, both_readers, kinds, opened
from tests.drawn import annotation, coco, image, quick, write

MESS_KINDS = {
    "repeated-category": 1,
    "repeated-image-id": 2,
    "ambiguous-image": 1,
    "repeated-file": 1,
    "no-size": 1,
    "clipped": 1,
    "repeated-id": 1,
    "zero-area": 1,
    "empty-mark": 1,
    "unknown-image": 1,
    "unknown-category": 1,
    "outside": 1,
    "no-box": 1,
}


@both_readers
def test_file_with_everything_wrong_is_counted_by_hand(tmp_path, mark):
    dataset = opened(MESS, tmp_path, mark=mark)
    assert Counter(kind for kind, *_ in kinds(dataset)) == MESS_KINDS
    assert dataset.file_names == ["a.png", "street/b.c.jpg.jpg", "bare.png", "empty.png"]
    assert dataset.image_ids.tolist() == [1, 2, 5, 6]
    assert [dataset.index_of(number) for number in (1, 2, 4, 5, 6)] == [0, 1, 0, 2, 3]
    assert dataset.object_counts.tolist() == [2, 1, 1, 0]
    assert [dataset.truth(n).ids.tolist() for n in range(4)] == [[0, 1], [1, 9], [6], []]
    assert dataset.truth(1).crowd.tolist() == [True, False]
    assert dataset.truth(1).objects.tolist() == [1]
    assert dataset.truth(1).boxes.tolist() == [[5, 5, 10, 10], [50, 50, 60.5, 60.5]]


nasty_number = st.sampled_from([0, 1, 2, 5, -3, 50, 99.5, 1e6, math.nan, None, "3", "x", True])
nasty_box = st.none() | st.just("no") | st.lists(nasty_number, max_size=5) | st.just([10, 20, 30, 40])
nasty_annotation = st.fixed_dictionaries(
    {"bbox": nasty_box},
    optional={
        "id": nasty_number,
        "image_id": nasty_number,
        "category_id": nasty_number,
        "iscrowd": st.sampled_from([0, 1, True, None]),
        "area": nasty_number,
    },
)


@quick
@given(st.lists(nasty_annotation, max_size=8), st.sampled_from([100, 0, None, "100"]), st.booleans())
def test_no_annotation_is_dropped_without_a_problem(objects, width, mark):
    document = coco([image(1, width=width), image(2, "b.png"), image(2, "c.png")], objects)
    with tempfile.TemporaryDirectory() as folder:
        dataset = opened(document, Path(folder), mark=mark)
    truth = dataset.all_truth
    assert len(truth.boxes) + accounted(dataset) == len(objects)
    assert np.isfinite(truth.boxes).all()
    assert (truth.boxes[:, 2:] > truth.boxes[:, :2]).all()
    assert np.isfinite(truth.area).all()
    assert dataset.starts[-1] == len(truth.boxes)


sane_annotation = st.builds(
    annotation,
    st.integers(0, 10**9),
    st.integers(1, 4),
    st.lists(st.floats(-10, 150), min_size=4, max_size=4) | st.just([]),
    area=st.floats(0, 1e6),
    iscrowd=st.sampled_from([0, 1]),
    category_id=st.integers(0, 3),
)


@quick
@given(st.lists(sane_annotation, max_size=8))
def test_typed_decoding_and_the_lenient_reader_return_the_same_columns(objects):
    document = coco([image(3), image(1, "b/c.d.png", 7, 9)], objects)
    with tempfile.TemporaryDirectory() as folder:
        typed = read_columns(write(document, Path(folder, "typed.json")))
        tolerant = read_columns(write(document, Path(folder, "tolerant.json"), mark=True))
    assert typed.remarks == []
    assert len(tolerant.remarks) == 1
    for field in fields(typed):
        if field.name != "remarks":
            np.testing.assert_array_equal(
                getattr(typed, field.name), getattr(tolerant, field.name), field.name
            )
