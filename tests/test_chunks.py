"""A COCO file decoded some bytes at a time gives what decoding it as one gives, whatever it holds."""

import json

import msgspec
import numpy as np
import pytest

from core.datasets.polygons import PolygonReader
from core.datasets.reading import chunks
from core.datasets.reading.sources import MemoryText
from core.datasets.records import Coco

TRAPS = ('"},{"', "}]", "], [", '"annotations": [{', "\\", "ü")


def document(count: int, order: tuple[str, ...], indent: int | None = None) -> bytes:
    annotations = [
        {
            "id": n,
            "image_id": n % 3,
            "bbox": [n, 1, 2.5, 3],
            "note": TRAPS[n % len(TRAPS)],
            "attributes": [{"a": 1}, {"b": [{}]}],
            "segmentation": [[1, 2, 3, 4, 5, n]] if n % 2 else {"size": [3, 4], "counts": [12]},
        }
        for n in range(count)
    ]
    parts = {
        "images": [{"id": n, "file_name": f"{n}.jpg"} for n in range(3)],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "},{"}],
        "info": {"annotations": [{"id": 1}, {"id": 2}]},
    }
    return json.dumps({name: parts[name] for name in order}, indent=indent, ensure_ascii=False).encode()


def decoded(text):
    return chunks.decode_in_chunks(MemoryText(text), list) or chunks.decode_whole(text, list)


def ids(text):
    return [one.id for part in decoded(text).taken for one in part]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "order",
    [
        ("images", "annotations", "categories"),
        ("annotations", "images", "categories"),
        ("images", "categories", "annotations"),
    ],
)
def test_chunks_hold_what_the_whole_holds(monkeypatch, order, indent):
    text = document(50, order, indent)
    monkeypatch.setattr(chunks, "CHUNK", 300)
    found = decoded(text)
    whole = msgspec.json.decode(text, type=Coco)
    assert len(found.taken) > 10
    annotations = [one for part in found.taken for one in part]
    assert msgspec.json.encode(annotations) == msgspec.json.encode(whole.annotations)
    assert (found.coco.images, found.coco.categories) == (whole.images, whole.categories)


def test_a_list_of_annotations_elsewhere_is_not_that_of_the_file(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK", 30)
    text = document(9, ("info", "images", "annotations"))
    assert ids(text) == list(range(9))
    text = (
        document(9, ("images", "annotations", "info"))[:-1] + b', "annotations": [{"id": 7, "image_id": 1}]}'
    )
    assert ids(text) == [7]  # as the decoder of the whole has it


@pytest.mark.parametrize("cut", [b"]", b"}", b",", b'"bbox": [3'])
def test_broken_files_are_refused_as_before(monkeypatch, cut):
    monkeypatch.setattr(chunks, "CHUNK", 100)
    text = document(9, ("images", "annotations", "categories"))
    at = text.rindex(cut, 0, text.index(b'"categories"') - 3)
    broken = text[:at] + text[at + 1 :]
    with pytest.raises(msgspec.DecodeError) as error:
        decoded(broken)
    with pytest.raises(msgspec.DecodeError) as whole:
        msgspec.json.decode(broken, type=Coco)
    assert str(error.value) == str(whole.value)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("[[1, 2, 3, 4, 5.5, -6e1]]", [1, -60, 5.5, 4]),
        ("[[0,0,1,0,1,1], [-3,9,4,4,5,5]]", [-3, 0, 5, 9]),
        ("[[1,2,3,4,5]]", None),
        ("[[1,2,3,4]]", None),
        ("[[1,2,3,4,5,6],[]]", None),
        ("[[1,2,3,4,5,6],7,8]", None),
        ("[1,2,3,4,5,6]", None),
        ("[[[1,2,3,4,5,6]]]", None),
        ("[[1,2,3,4,5,true]]", None),
        ('[[1,2,3,4,5,"["]]', None),
        ("[[1,2,3,4,5,1e999]]", None),
        ("[]", None),
        ("null", None),
        ('{"a":[[1,2,3,4,5,6]]}', None),
    ],
)
def test_only_plain_polygons_are_read_at_once(text, box):
    texts = [msgspec.Raw(part) for part in (b"[[9,8,7,6,5,4]]", text.encode(), b"[[1,1,2,2,3,3]]")]
    rows, boxes = PolygonReader().boxes(texts)
    found = dict(zip(rows.tolist(), boxes.tolist(), strict=True))
    if box is not None:
        assert found == {0: [5, 4, 9, 8], 1: box, 2: [1, 1, 3, 3]}
    else:
        assert 1 not in found
        assert np.isfinite(boxes).all()
