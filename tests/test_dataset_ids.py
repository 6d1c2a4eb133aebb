"""Ids of images and annotations: strings, floats, missing, repeated, too large."""

import numpy as np
import pytest

from core.errors import BoxscopeError
from tests.coco import accounted, both_readers, kinds, opened, without
from tests.drawn import annotation, coco, image, outcome

IDS = {
    "from 0": ([0, 1], [0, 1]),
    "out of order": ([9, 3], [9, 3]),
    "negative": ([-5, -1], [-5, -1]),
    "strings of numbers": (["7", "8"], ["7", "8"]),
    "floats": ([7.0, 8.0], [7.0, 8.0]),
    "strings there, numbers here": (["7", "8"], [7, 8]),
    "words": (["x", "y"], ["x", "y"]),
    "file names": (["a.png", "b.png"], ["a.png", "b.png"]),
    "words and numbers": (["x", 8], ["x", 8]),
    "words, and numbers as words": (["x", "8"], ["x", 8]),
    "beyond 2**53 as words": ([str(2**53), str(2**53 + 1)], [2**53, str(2**53 + 1)]),
    "beyond 2**53": ([2**53, 2**53 + 1], [2**53, 2**53 + 1]),
}


@both_readers
@pytest.mark.parametrize(("ids", "owners"), IDS.values(), ids=IDS)
def test_objects_find_their_image_whatever_its_id(tmp_path, mark, ids, owners):
    images = [image(ids[0]), image(ids[1], "b.png")]
    objects = [annotation(1, owners[1], [1, 1, 5, 5]), annotation(2, owners[0], [2, 2, 5, 5])]
    dataset = opened(coco(images, objects), tmp_path, mark=mark)
    assert dataset.file_names == ["a.png", "b.png"]
    assert dataset.truth(0).boxes.tolist() == [[2, 2, 7, 7]]
    assert dataset.truth(1).boxes.tolist() == [[1, 1, 6, 6]]
    assert not any(problem.lost for problem in dataset.problems)
    assert [dataset.index_of(int(number)) for number in dataset.image_ids] == [0, 1]


NO_NUMBERS = {
    "one without": ([1, 2, None], [1, 2, 0]),
    "two without": ([None, 2, None], [0, 2, 1]),
    "words alone": (["x", "y", "z"], [0, 1, 2]),
    "words and numbers": (["x", 0, "7"], [1, 0, 7]),
}


@pytest.mark.parametrize(("given_ids", "expected"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_an_image_without_a_number_gets_a_free_one_and_the_others_keep_theirs(tmp_path, given_ids, expected):
    dataset = opened(coco([image(number, f"{n}.png") for n, number in enumerate(given_ids)]), tmp_path)
    assert dataset.image_ids.tolist() == expected
    strange = [str(number).isalpha() for number in given_ids]
    assert dataset.renumbered.tolist() == strange
    told = [problem.detail for problem in dataset.problems[1:]]
    assert told == [
        f"images[{n}]: id is {given_ids[n]!r}, no whole number: it is numbered {expected[n]}"
        for n in np.flatnonzero(strange)
    ]


def test_an_object_of_no_image_never_finds_one_by_the_number_that_was_given(tmp_path):
    dataset = opened(coco([image("x")], [annotation(image_id=0), annotation(2, "x")]), tmp_path)
    assert [(len(dataset.truth(0).boxes), kind) for kind, *_ in kinds(dataset)[1:]] == [(1, "unknown-image")]


@both_readers
@pytest.mark.parametrize(
    ("given_ids", "expected"),
    [([-7, 0], [-7, 0]), ([-1, -1], [-1, -1]), ([None, 0], [1, 0]), ([2, None, None], [2, 1, 0])],
    ids=str,
)
def test_ids_of_annotations_stay_and_none_given_is_taken(tmp_path, mark, given_ids, expected):
    objects = [annotation(number) for number in given_ids]
    objects = [without(record, "id") if record["id"] is None else record for record in objects]
    dataset = opened(coco([image()], objects), tmp_path, mark=mark)
    assert dataset.truth(0).ids.tolist() == expected
    assert [kind for kind, *_ in kinds(dataset)] == ["repeated-id"] * (len(expected) - len(set(expected)))


def test_an_annotation_whose_id_is_a_word_is_named(tmp_path):
    dataset = opened(coco([image()], [annotation("x"), annotation(0)]), tmp_path)
    assert dataset.truth(0).ids.tolist() == [1, 0]
    assert "annotations[0]: id is 'x', no whole number" in dataset.problems[1].detail


@pytest.mark.parametrize("number", [10**19, 10**30, 1e300, True, [1], {"a": 1}, 1.5], ids=str)
@pytest.mark.parametrize("place", ["image", "annotation", "owner", "category"])
def test_strange_id_is_put_up_with_or_named(tmp_path, number, place):
    document = coco(
        [image(number if place == "image" else 1), image(2, "b.png")],
        [
            annotation(
                number if place == "annotation" else 1,
                number if place == "owner" else 1,
                category_id=number if place == "category" else 1,
            )
        ],
    )
    dataset, mistake = outcome(lambda: opened(document, tmp_path))
    if dataset is None:
        assert "annotations.json" in mistake
    else:
        assert dataset.problems
        assert len(dataset.all_truth.boxes) + accounted(dataset) == 1


def test_unknown_image_id_is_an_error(tmp_path):
    dataset = opened(coco([image(5)]), tmp_path)
    assert dataset.index_of(5) == 0
    with pytest.raises(BoxscopeError, match=r"annotations\.json: no image with id 0"):
        dataset.index_of(0)


@pytest.mark.parametrize(
    "images",
    [
        [without(image(), "id")],
        [image(), without(image(2, "b.png"), "id")],
        [image(), image(2, None)],
        [image(), without(image(2), "file_name")],
        [image(), image(2, 17)],
        [image(), image(None, "b.png")],
        [image(), None],
        [image(), "b.png"],
        [image(), ["b.png"]],
    ],
    ids=[
        "no id",
        "second without id",
        "name null",
        "no name",
        "name a number",
        "id null",
        "null",
        "a string",
        "a list",
    ],
)
def test_image_record_that_lacks_something_is_named_or_still_found(tmp_path, images):
    dataset = opened(coco(images, [annotation()]), tmp_path)
    gone = sum("the image is left out" in problem.detail for problem in dataset.problems)
    assert len(dataset) + gone == len(images)
    assert dataset.problems


@pytest.mark.parametrize("key", ["annotations", "categories"])
@pytest.mark.parametrize("value", [None, [], {}, 5, True, "x", {"a": 1}, [None], [3]], ids=str)
def test_list_that_is_none_is_an_error_or_a_problem(tmp_path, key, value):
    dataset, mistake = outcome(lambda: opened({**coco([image()]), key: value}, tmp_path))
    if dataset is None:
        assert "annotations.json" in mistake
    else:
        assert len(dataset) == 1
        assert any(problem.lost for problem in dataset.problems) or not value
