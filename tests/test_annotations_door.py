"""The door for annotations: any file gives a data set or one line, and no record is lost without a word."""

import gzip
import json
import math
from itertools import islice

import numpy as np
import pytest

from bench.fuzz_annotations import cases, commands, expect_conserved, pictures, run, seed_document
from core.cli import main
from core.datasets import CocoDataset, check
from core.datasets.coco import read_columns
from core.datasets.reading.beyond_json import restored, stand_in
from tests.coco import kinds, opened
from tests.drawn import CRACK, annotation, coco, image, outcome, write

PLAIN = json.dumps(coco([image()], [annotation()])).encode()


@pytest.mark.filterwarnings("error")
def test_mutated_files_lose_no_record_without_a_word(tmp_path):
    """``python -m bench.fuzz_annotations`` tries more of them."""
    read = [expect_conserved(tmp_path / "annotations.json", text) for text in islice(cases(0), 150)]
    assert 80 < sum(read) < 140


@pytest.mark.filterwarnings("error")
def test_mutated_files_end_no_command_with_a_traceback(tmp_path):
    pictures(tmp_path)
    random, codes = np.random.default_rng(0), set()
    for text in islice(cases(1), 8):
        (tmp_path / "annotations.json").write_bytes(text)
        codes |= {(arguments[0], run(arguments)) for arguments in commands(tmp_path, random)}
    assert codes >= {(name, 0) for name in ("check", "export", "proposals", "convert")}


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


REFUSED = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n\t", "the file is empty"),
    "gzip": (gzip.compress(PLAIN), "packed by gzip"),
    "UTF-16": (PLAIN.decode().encode("utf-16"), "UTF-16 or UTF-32, expected UTF-8"),
    "UTF-16 without a mark": (PLAIN.decode().encode("utf-16-le"), "UTF-16 or UTF-32, expected UTF-8"),
    "Latin-1 in passing": (b'{"info":\n"\xe9", ' + PLAIN[1:], "byte 0xe9 is no UTF-8, line 2, column 2"),
    "text behind": (PLAIN + b" x", "trailing characters, line 1"),
    "cut": (PLAIN[:-20], "it ends too early"),
    "a comma too many": (PLAIN[:-1] + b",\n}", "line 2, column 1"),
    "a control character": (PLAIN.replace(b"a.png", b"a\x01.png"), "invalid character, line 1"),
    "deep where nothing is read": (b'{"info": %b, ' % deep(5000) + PLAIN[1:], "nested too deeply"),
    "deep in an id": (PLAIN.replace(b'"image_id": 1', b'"image_id": ' + deep(5000)), "nested too deeply"),
    "deep beside NaN": (b'{"a": NaN, "b": %b, ' % deep(5000) + PLAIN[1:], "nested too deeply"),
    "images twice": (b'{"images": [], ' + PLAIN[1:], "has 2 lists 'images'"),
    "annotations twice": (PLAIN[:-1] + b', "annotations": []}', "has 2 lists 'annotations'"),
    "images an object": (b'{"images": {}}', "got no list 'images'"),
    "annotations false": (b'{"images": [], "annotations": false}', "got no list 'annotations'"),
    "categories NaN": (b'{"images": [], "categories": NaN}', "got no list 'categories'"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_coco_is_refused_in_one_line(tmp_path, capsys, text, words):
    path = tmp_path / "annotations.json"
    path.write_bytes(text)
    _, mistake = outcome(lambda: CocoDataset.open(path))
    assert mistake.startswith(f"{path}: ")
    assert words in mistake
    assert main(["convert", str(path), str(tmp_path / "out.json"), "--sizes"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_list_named_as_another_inside_it_is_there_once(tmp_path):
    document = coco([image()], [annotation(attributes={"images": [], "annotations": 1})], info={"images": []})
    assert kinds(opened(document, tmp_path)) == []


def test_nesting_that_python_reads_is_passed_over(tmp_path):
    text = b'{"info": %b, ' % deep(500) + PLAIN[1:]
    path = tmp_path / "annotations.json"
    path.write_bytes(text)
    assert CocoDataset.open(path).problems == ()


CATEGORIES = {
    "no id": ([CRACK, {"name": "joint"}], {1: "crack"}, ["lenient"]),
    "id null": ([CRACK, {"id": None, "name": "joint"}], {1: "crack"}, ["lenient"]),
    "no record": ([CRACK, 7, None], {1: "crack"}, ["lenient", "lenient"]),
    "an id with two names": ([CRACK, {"id": 1, "name": "joint"}], {}, ["repeated-category-id"] * 2),
    "listed twice": ([CRACK, CRACK], {1: "crack"}, ["repeated-category-id"]),
    "a name twice": ([CRACK, {"id": 2, "name": "crack"}], {1: "crack", 2: "crack"}, ["repeated-category"]),
    "no name": ([{"id": 1}], {1: "category 1"}, ["unnamed-category"]),
    "name a list": ([{"id": 1, "name": ["crack"]}], {1: "category 1"}, ["unnamed-category"]),
    "name a number": ([{"id": 1, "name": 5}], {1: "5"}, ["lenient"]),
    "half a character": ([{"id": 1, "name": "\ud800"}], {1: "\\ud800"}, ["lenient"]),
}


@pytest.mark.parametrize(("records", "names", "expected"), CATEGORIES.values(), ids=CATEGORIES)
def test_a_category_is_used_or_named(tmp_path, records, names, expected):
    dataset = opened(coco([image()], [annotation()], records), tmp_path)
    assert dataset.categories == names
    assert [kind for kind, *_ in kinds(dataset) if kind != "unknown-category"] == expected


def test_an_object_of_a_category_with_two_names_has_none_of_them(tmp_path):
    records = [CRACK, {"id": 1, "name": "joint"}]
    dataset = opened(coco([image()], [annotation()], records), tmp_path)
    assert "category 1 is that of several names" in dataset.problems[-1].detail
    assert check(dataset, decode=False).categories == {"category 1": 1}


@pytest.mark.parametrize("value", [2, -1, 0.5, "yes", "", [1], {"a": 1}, math.nan, 10**30], ids=str)
def test_an_odd_iscrowd_is_a_crowd_region_that_the_report_names(tmp_path, value):
    dataset = opened(coco([image()], [annotation(iscrowd=value), annotation(2, bbox=[1, 1, 5, 5])]), tmp_path)
    report = check(dataset, decode=False)
    assert (report.objects, report.crowd_regions) == (1, 1)
    notes = [problem for problem in dataset.problems if "annotations[0]: iscrowd is" in problem.detail]
    assert [problem.of for problem in notes] == ["object"]
    assert "1 crowd region" in report.text()


FAR = {
    "beyond float32": ([0, 0, 1e39, 5], "outside"),
    "beyond float64 when added": ([1e308, 0, 1e308, 5], "no-box"),
    "beyond all pictures": ([0, 0, 5, 3e9], "outside"),
    "before all pictures": ([-1e39, 0, 1e39, 5], "outside"),
    "empty in float32": ([1e8, 50, 2, 5], "zero-area"),
    "smaller than float32 at that place": ([50, 50, 1e-9, 5], "box-disagrees"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("bbox", "kind"), FAR.values(), ids=FAR)
def test_a_box_that_float32_does_not_hold_is_named(tmp_path, bbox, kind):
    records = [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}]
    dataset = opened(coco(records, [annotation(bbox=bbox), annotation(2, 2)]), tmp_path)
    assert kinds(dataset)[2:] == [(kind, "a.png", True)]
    assert len(dataset.truth(0).boxes) == 0
    assert dataset.doubts[0]


def test_a_file_name_of_thousands_of_digits_is_no_number(tmp_path):
    dataset = opened(coco([image(1, "1" * 5000), image(2, "7.png")], [annotation(image_id=7)]), tmp_path)
    assert [len(dataset.truth(n).boxes) for n in range(2)] == [0, 1]


@pytest.mark.filterwarnings("error")
def test_a_segmentation_beyond_all_pictures_says_nothing_of_its_box(tmp_path):
    polygon = [[1e308, 1, -1e308, 1, 9, 9]]
    objects = [annotation(segmentation=polygon), annotation(2, bbox=None, segmentation=polygon)]
    assert kinds(opened(coco([image()], objects), tmp_path)) == [("broken-segmentation", "a.png", True)]


@pytest.mark.parametrize("size", [1 << 31, 10**18, 10**30, "1e400"], ids=str)
def test_a_size_that_no_picture_has_is_none(tmp_path, size):
    dataset = opened(coco([image(width=size)], [annotation()]), tmp_path)
    assert dataset.size(0) is None
    assert [kind for kind, *_ in kinds(dataset)] == ["no-size"]


def test_nan_and_halves_of_characters_get_stand_ins_of_the_same_length_and_are_restored():
    strings = rb'"NaN \\": "\\ud800 \ud83d\ude00 \ud800, \"NaN\" \udcff"'
    text = rb'{"a\"": [NaN, -Infinity,Infinity], %b, "b": NaN}' % strings
    stood_in = stand_in(text)
    assert (stood_in.numbers, stood_in.halves, len(stood_in.text)) == (4, 2, len(text))
    assert "NaN \\" in json.loads(stood_in.text.decode())
    assert json.dumps(json.loads(restored(bytes(stood_in.text)))) == json.dumps(json.loads(text))
    assert stand_in(b'["NaN", "-Infinity"]').text == b'["NaN", "-Infinity"]'


ODD = [{"area": math.nan}, {"id": "2"}, {"area": None}, {"note": "\ud800"}, {"image_id": 1.0}]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_one_odd_value_changes_nothing_in_the_other_records(tmp_path, odd):
    documents = [seed_document(), seed_document()]
    documents[1]["annotations"][1].update(odd)
    plain, changed = (read_columns(write(document, tmp_path / "a.json")) for document in documents)
    assert len(changed.remarks) == 1
    for name in ("annotation_id", "annotation_image", "category", "bbox", "area", "crowd", "outline"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(changed, name), name)


def test_convert_keeps_records_beside_their_images(tmp_path):
    """Of two images without a usable name one has an address: the sizes belong to the others all the same."""
    pictures(tmp_path)
    records = [
        {"id": 1, "file_name": 17, "width": 1, "height": 1},
        {"id": 2, "coco_url": "http://host/a.png", "width": 24, "height": 32},
        {"id": 3, "file_name": "b.png", "width": 24, "height": 32},
    ]
    path = write(coco(records, [annotation(1, 2, [1, 1, 5, 5])]), tmp_path / "annotations.json")
    assert main(["convert", str(path), str(tmp_path / "out.json"), "--sizes"]) == 0
    written = json.loads((tmp_path / "out.json").read_text())["images"]
    assert [(record["width"], record["height"]) for record in written] == [(1, 1), (32, 24), (32, 24)]
