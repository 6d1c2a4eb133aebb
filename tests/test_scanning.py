"""What the compiled scanner reads of a COCO file is what the decoder reads; the rest it leaves to it."""

import json
import math
import random

import msgspec
import numpy as np
import pytest

from bench.fuzz_annotations import mutated, seed_document
from core.datasets import coco, scanning
from core.datasets.annotation_columns import join, to_columns
from core.datasets.reading import chunks
from core.datasets.reading.sources import MemoryText
from core.datasets.records import Annotation
from core.errors import BoxscopeError

scanning.warm()
from core.datasets.scanning.numbers import NOWHERE, number  # noqa: E402 - once its package is compiled

PLAIN = {
    "segmentation": [[1.5, 2, 30.25, 2, 12, 1e1], [0, 0, 3, 0, 3, 7.125]],
    "area": 54652.95560000001,
    "iscrowd": 0,
    "image_id": 200365,
    "bbox": [473.07, 395.93, 38.65, 28.67],
    "category_id": 18,
    "keypoints": [[1, {"a": [None, True]}], [], {}, "ü", -0.5e-7],
    "id": 1768,
}


def same(one, other) -> bool:
    return all(np.array_equal(a, b, equal_nan=a.dtype == float) for a, b in zip(one, other, strict=True))


def expect_as_decoded(text: bytes) -> bool:
    """Return whether the scanner reads a list of annotations, if it does so as the decoder does."""
    part = scanning.room(MemoryText(text)).read(1, len(text))
    if part is None or not part.is_last:
        return False
    records = msgspec.json.decode(text[: part.end + 1], type=list[Annotation])
    assert same(scanning.completed(part), to_columns(records))
    return True


def is_utf8(text: bytes) -> bool:
    try:
        return bool(text.decode())
    except UnicodeDecodeError:
        return False


def value(text: str) -> float | None:
    found, end = number(np.frombuffer(text.encode() + b"}", np.uint8), 0)
    return None if end == NOWHERE else found if end == len(text) else math.nan


def test_numbers_are_those_of_python():
    chance = random.Random(1)
    texts = [repr(chance.uniform(-1, 1) * 10.0 ** chance.randint(-12, 9)) for _ in range(20_000)]
    texts += [
        f"{chance.randrange(10**digits)}e-{chance.randrange(50)}"
        for digits in range(1, 19)
        for _ in range(500)
    ]
    texts += [repr((chance.getrandbits(53) + 0.5) * 2.0 ** chance.randint(-60, 3)) for _ in range(2_000)]
    read = {text: found for text in texts if (found := value(text)) is not None}
    assert {text: found for text, found in read.items() if found != float(text)} == {}
    assert len(read) > 0.97 * len(texts)


@pytest.mark.parametrize(
    "text", ["9007199254740993", "4503599627370496.5", "9007199254740992999e-3", "1e999", "7" * 25]
)
def test_a_number_between_two_is_left_or_right(text):
    assert value(text) in (None, float(text))


@pytest.mark.parametrize(
    "text", ["", "-", "01", "-00", "1.", ".5", "+1", "1e", "1e+", "NaN", "Infinity", "0x1"]
)
def test_what_is_no_number_of_json_is_not_read(text):
    found = value(text)
    assert found is None or math.isnan(found)


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" \n,\t", "\r: ")])
def test_a_record_is_read_as_the_decoder_reads_it(separators):
    for left_out in (*PLAIN, ""):
        records = [{key: PLAIN[key] for key in PLAIN if key != left_out}, PLAIN]
        text = json.dumps(records, separators=separators, ensure_ascii=False).encode() + b"}"
        assert expect_as_decoded(text) == (left_out != "image_id")


def test_boxes_around_polygons_have_the_coordinates_of_python():
    chance = random.Random(5)

    def coordinate() -> str:
        behind = "".join(chance.choices("0123456789", k=chance.randint(1, 7)))
        whole = str(chance.randrange(10 ** chance.randint(1, 11)))
        return chance.choice([whole, f"{whole}.{behind}", f"{whole}.{behind}", f"-{whole}", f"{whole}e-3"])

    for ends in ((",", 8), (" , ", 3)):
        for n in range(1_000):
            points = ends[0].join(coordinate() for _ in range(chance.choice([2, 6, ends[1]])))
            text = b'[{"image_id":%d,"segmentation":[[%b]]}]}' % (n, points.encode())
            assert expect_as_decoded(text)


RARE = """
"bbox":[] "bbox":null "bbox":[1,2,3] "bbox":[1,2,3,4,5] "id":null "id":-0 "iscrowd":1 "area":1e-300 "area":-0
"segmentation":[] "segmentation":[[]] "segmentation":null "segmentation":"x" "segmentation":{}
"segmentation":[[1,2,3,4]] "segmentation":[[1,2,3,4,5]] "segmentation":[[1,1,9e9,1,9,9]]
"segmentation":{"size":[4,3],"counts":[5,4,3]} "segmentation":{"size":[4,3],"counts":"03"}
"segmentation":[[1,2,3,4,5,6],[1,2,true]] "x":{"a":[{"b":[[[{}]]]}]}
"""


@pytest.mark.parametrize("fields", RARE.split())
def test_rare_values_are_read_too(fields):
    text = b'[{"image_id":1,%b},{"image_id":2}]}' % fields.encode()
    assert expect_as_decoded(text) == ("e-300" not in fields)


IN_DOUBT = r"""
"id":1,"id":2 "id":1.0 "id":01 "id":"1" "id":9223372036854775808 "category_id":null "iscrowd":2 "iscrowd":true
"iscrowd":10 "area":null "area":[ "bbox":[1,2,3,4 "bbox":[1,] "x":"\u0041" "\u0069d":1 "x":[1,] "x":{"a"}
"x":{"a":1,} "x":nul "x":01 "x":[} "x":{] "x": "x" x:1 "id":1, "id":1"x":2 "x":"
"""


@pytest.mark.parametrize("fields", [*IN_DOUBT.split(), '"x":' + "[" * 70 + "]" * 70, '"x":"\t"'])
def test_in_doubt_the_decoder_is_asked(fields):
    text = b'[{"image_id":1,%b},{"image_id":2}]}' % fields.encode()
    assert scanning.room(MemoryText(text)).read(1, len(text)) is None


def test_mutated_records_are_read_as_the_decoder_reads_them():
    chance, read, seed = random.Random(2), 0, json.dumps([PLAIN, PLAIN], ensure_ascii=False).encode() + b"}"
    pieces = [sign.encode() for sign in ("", *'",][{}:-09.e \\n')]
    for _ in range(4_000):
        text = seed
        for _ in range(chance.randint(1, 3)):
            at, piece = chance.randrange(1, len(text)), chance.choice(pieces)
            text = text[:at] + piece + text[at + chance.randint(0, 2) :]
        if is_utf8(text):
            read += expect_as_decoded(text)
    assert read > 300


@pytest.mark.parametrize("end", range(2, 31))
def test_a_text_that_is_cut_is_left_to_the_decoder(end):
    text = b'[{"image_id":1},{"image_id":1}'[:end]
    room = scanning.room(MemoryText(text))
    assert room.read(1, len(text)) is None
    assert room.read(text.rindex(b"{"), len(text)) is None


def test_boxes_around_run_lengths_are_those_of_the_library():
    chance, texts = np.random.default_rng(4), []
    for _ in range(300):
        height, width = chance.integers(1, 7, 2).tolist()
        cuts = np.sort(chance.integers(0, height * width + 1, chance.integers(0, 6)))
        counts = np.diff(
            [0, *cuts, height * width + chance.integers(0, 2) * (chance.random() < 0.1)]
        ).tolist()
        pairs = list({"size": [height, width], "counts": counts}.items())
        texts.append(
            json.dumps([{"image_id": 1, "segmentation": dict(pairs[:: chance.choice([1, -1])])}]).encode()
        )
    for text in texts:
        assert expect_as_decoded(text + b"}")
    left = [len(scanning.room(MemoryText(text + b"}")).read(1, len(text)).later) for text in texts]
    assert sum(left) < 200  # those without an object, or with a run of no length


def opened(path):
    try:
        return coco.read_columns(path)
    except BoxscopeError as error:
        return str(error)


@pytest.mark.parametrize("chunk", [60, 300])
def test_mutated_files_are_read_as_without_the_scanner(monkeypatch, tmp_path, chunk):
    chance, document = np.random.default_rng(3), seed_document()
    document["annotations"] *= 3
    paths = [tmp_path / f"{n}.json" for n in range(300)]
    for path in paths:
        path.write_bytes(mutated(chance, document))
    plain = [opened(path) for path in paths]
    monkeypatch.setattr(chunks, "CHUNK", chunk)
    monkeypatch.setattr(scanning, "LEAST", 0)
    for path, expected in zip(paths, plain, strict=True):
        found = opened(path)
        if isinstance(expected, str):
            assert found == expected
        else:
            names = (
                "annotation_id",
                "annotation_image",
                "category",
                "bbox",
                "empty",
                "area",
                "crowd",
                "outline",
            )
            columns = [[getattr(one, name) for name in names] for one in (found, expected)]
            assert same(*columns)
            assert [found.segmented.tolist(), found.mask_size.tolist(), found.remarks] == [
                expected.segmented.tolist(),
                expected.mask_size.tolist(),
                expected.remarks,
            ]


def test_a_file_that_is_cut_is_refused_as_without_the_scanner(monkeypatch, tmp_path):
    path, text = tmp_path / "cut.json", json.dumps(seed_document()).encode()
    for end in range(text.index(b'"annotations"'), len(text), 3):
        path.write_bytes(text[:end])
        with monkeypatch.context() as small:
            plain = opened(path)
            small.setattr(chunks, "CHUNK", 50)
            small.setattr(scanning, "LEAST", 0)
            assert opened(path) == plain
        assert isinstance(plain, str)


def test_what_looks_like_annotations_in_a_text_is_not_taken(monkeypatch):
    records = [{"image_id": n, "note": '"}, {"image_id": 7}, {"x": "'} for n in range(40)]
    text = json.dumps({"images": [], "annotations": records, "info": records}).encode()
    text = text.replace(b'\\"', b"'")
    monkeypatch.setattr(chunks, "CHUNK", 100)
    monkeypatch.setattr(scanning, "LEAST", 0)
    with scanning.scanning(MemoryText(text)) as scan:
        found = join(chunks.decode_in_chunks(MemoryText(text), to_columns, scan).taken)
    assert found.image.tolist() == list(range(40))
