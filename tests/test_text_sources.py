"""The text of a file read in parts is that of the file."""

import json
import re

import pytest

from bench.fuzz_annotations import seed_document
from core.datasets import coco
from core.datasets.reading import chunks, sources
from core.datasets.reading.sources import MemoryText, open_text
from core.errors import BoxscopeError

MARK = b"\xef\xbb\xbf"
BODY = ("ü and { , " * 40).encode()


@pytest.mark.parametrize("mark", [b"", MARK])
def test_a_file_gives_the_parts_that_its_bytes_give(tmp_path, mark):
    (path := tmp_path / "a.json").write_bytes(mark + BODY)
    with open_text(path) as text:
        assert (text.size, text.marked, text.whole()) == (len(BODY), bool(mark), BODY)
        for one in (text, MemoryText(mark + BODY)):
            assert one.part(3, 50) == BODY[3:50]
            assert one.part(len(BODY) - 2, len(BODY) + 9) == BODY[-2:]
            room = bytearray(30)
            assert one.read_into(room, len(BODY) - 20) == 20
            assert room[:20] == BODY[-20:]


def test_a_pattern_is_found_where_it_is_in_the_whole(monkeypatch):
    monkeypatch.setattr(sources, "_WINDOW", 16)
    monkeypatch.setattr(sources, "_ACROSS", 6)
    text, pattern = MemoryText(BODY), re.compile(rb"\{\s*,")
    for start in range(len(BODY)):
        match = pattern.search(BODY, start)
        assert text.search(pattern, start) == (match and match.span())


def test_what_was_read_is_known_to_be_ascii_or_not(tmp_path):
    (path := tmp_path / "a.json").write_bytes(b"abc\xc3\xbc" + b"\xff" * 3)
    with open_text(path) as text:
        text.part(0, 3)
        assert text.is_ascii
        text.part(3, 5)
        assert not text.is_ascii
        assert not text.is_utf8()


def test_a_file_that_becomes_shorter_is_named(tmp_path):
    (path := tmp_path / "a.json").write_bytes(BODY)
    with open_text(path) as text:
        path.write_bytes(BODY[:9])
        for read in (text.whole, lambda: text.read_into(bytearray(20), 0)):
            with pytest.raises(BoxscopeError, match=r"a\.json: became shorter while it was read"):
                read()


@pytest.mark.parametrize("mark", [b"", MARK])
def test_a_long_file_is_read_as_a_short_one(monkeypatch, tmp_path, mark):
    document = seed_document() | {"info": {"contributor": "Zoë"}}
    (path := tmp_path / "a.json").write_bytes(mark + json.dumps(document, ensure_ascii=False).encode())
    short = coco.read_columns(path)
    monkeypatch.setattr(chunks, "CHUNK", 40)
    long = coco.read_columns(path)
    assert long.annotation_id.tolist() == short.annotation_id.tolist()
    assert long.remarks == short.remarks
    assert len(long.remarks) == bool(mark)
    path.write_bytes(path.read_bytes().replace("ë".encode(), b"\xeb"))
    with pytest.raises(BoxscopeError, match="byte 0xeb is no UTF-8, line 1"):
        coco.read_columns(path)
