"""What is computed of rows in blocks, in threads, is what is computed of all rows at once."""

import json

import numpy as np
import pytest

from bench.fuzz_annotations import mutated, seed_document
from core import threads
from core.datasets import blocks, coco
from core.datasets.judging.usable import select_usable
from core.datasets.locating.image_files import ImageFiles
from core.errors import BoxscopeError


def test_blocks_cover_all_rows_once(monkeypatch):
    monkeypatch.setattr(blocks, "ROWS", 7)
    for count in (0, 1, 7, 8, 50):
        rows = np.zeros(count, int)

        def work(some, rows=rows):
            rows[some] += 1

        blocks.in_blocks(count, work)
        assert (rows == 1).all()


def test_an_error_in_a_block_is_raised():
    with pytest.raises(ZeroDivisionError):
        threads.in_threads(lambda n: 1 // n, [1, 2, 0, 3])


def test_all_and_any_of_rows_are_those_of_numpy():
    mask = np.random.default_rng(1).random((200, 4)) < 0.5
    for some in (mask, mask[:, 2:], mask[:0], mask[:, :1]):
        assert blocks.all_of(some).tolist() == some.all(axis=1).tolist()
        assert blocks.any_of(some).tolist() == some.any(axis=1).tolist()


def judged(path) -> str:
    columns = coco.read_columns(path)
    count = len(columns.file_name)
    files = ImageFiles(columns.file_name, np.arange(count), [""] * count, ())
    truth = (usable := select_usable("a.json", columns, files)).all_truth
    arrays = (truth.boxes, truth.category, truth.area, truth.crowd, truth.ids, usable.starts)
    told = (usable.problems, usable.doubts, usable.refusals)
    return repr([[array.dtype, array.tolist()] for array in arrays]) + repr(told)


def test_mutated_files_are_judged_in_blocks_as_at_once(monkeypatch, tmp_path):
    chance, document, compared = np.random.default_rng(6), seed_document(), 0
    document["annotations"] *= 3
    path = tmp_path / "a.json"
    for n in range(25):
        path.write_bytes(mutated(chance, document) if n else json.dumps(document).encode())
        try:
            at_once = judged(path)
        except BoxscopeError:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(blocks, "ROWS", 20)
            assert judged(path) == at_once
        compared += 1
    assert compared > 8
