"""Memory is asked for before it is taken; large pictures are searched at a scale of their own."""

import json
import re
import threading

import numpy as np
import pytest

from core import memory, pipeline
from core.datasets import CocoDataset
from core.errors import BoxscopeError, TooLittleMemory
from core.executors.local import LocalExecutor
from core.export import ExportFolder
from core.export.refusals import refusal
from core.pipeline import Setup
from core.proposers import PROPOSERS, OpenCVSelectiveSearch, SelectiveSearch, selective_search
from tests.drawn import noise, proposed, save
from tests.exports import manifest
from tests.small import config, export, small_set, write_coco


@pytest.fixture
def limit(monkeypatch):
    return lambda count: monkeypatch.setenv(memory.VARIABLE, str(count))


def test_what_is_more_than_the_limit_is_refused_with_picture_need_and_limit(limit):
    limit(100)
    expected = r"a.png: adaptive-threshold on 30x20 would take 19.2 kB of memory, more than the limit of 100"
    for way in (pipeline.propose, pipeline.stages):
        with pytest.raises(TooLittleMemory, match=expected + r" bytes \(set BOXSCOPE_MAX_MEMORY=19200 "):
            way(Setup(), noise(30, 20), "a.png")


@pytest.mark.parametrize("text", ["0", "-1", "many", "1e9", "9" * 5000], ids="{:.9}".format)
def test_a_limit_that_is_no_number_of_bytes_is_named(limit, text):
    limit(text)
    with pytest.raises(BoxscopeError, match=r"BOXSCOPE_MAX_MEMORY: got '.*', expected a number of bytes"):
        memory.limit()


def test_without_a_limit_that_of_the_machine_holds(monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    assert memory.limit() is None or memory.limit() > 1_000_000


def test_who_comes_later_waits_for_the_memory_of_the_first(limit):
    limit(100)
    inside, may_end, order = threading.Event(), threading.Event(), []

    def first() -> None:
        with memory.reserved(60, "first", "it"):
            inside.set()
            may_end.wait(20)
            order.append("first ends")

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(20)
    with memory.reserved(40, "small", "it"):  # fits beside it
        pass
    wait = memory._changed.wait
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory._changed, "wait", lambda: may_end.set() or wait())
        with memory.reserved(41, "later", "it"):
            order.append("later begins")
    thread.join()
    assert order == ["first ends", "later begins"]


def test_a_worker_has_its_part(limit):
    limit(1000)
    pool = LocalExecutor(2)
    try:
        assert pool.submit(memory.limit).result() == 500
    finally:
        pool.stop()


@pytest.mark.parametrize(("given", "own"), [(500, 400), (5000, 1000), (None, 1000)])
def test_a_worker_of_a_cluster_has_what_dask_gives_it(limit, given, own):
    limit(1000)
    try:
        memory.limit_within(given, "that this worker has")
        assert memory.limit() == own
        with pytest.raises(TooLittleMemory) as error, memory.reserved(2000, "a.png", "it"):
            pass
        assert ("that this worker has" in str(error.value)) == (own == 400)
    finally:
        memory.limit_to(None)


def test_an_export_ends_and_skips_no_picture_for_want_of_memory(limit, tmp_path):
    dataset = small_set(tmp_path / "data", 2)
    limit(100)
    with pytest.raises(TooLittleMemory, match="more than the limit of 100 bytes"):
        export(config(dataset, Setup()), tmp_path / "out")
    assert not (tmp_path / "out" / "train" / "export.json").exists()


def test_an_export_with_a_later_picture_that_is_too_large_does_not_start(limit, tmp_path):
    small, large = noise(30, 20), noise(60, 40)
    pictures = {f"{n}.png": (small, [[1, 1, 9, 9]]) for n in range(3)}
    pictures |= {f"{name}.png": (large, [[1, 1, 9, 9]]) for name in ("missing", "other", "large", "larger")}
    annotations = write_coco(tmp_path / "data", pictures)
    (tmp_path / "data/images/missing.png").unlink()
    save(small, tmp_path / "data/images/other.png")  # of another size than annotated: skipped
    wanted = config(CocoDataset.open(annotations), Setup(), shard_images=1)
    wanted.dataset.sizes[0] = 0  # not annotated
    limit(2 * 19_200)
    reason = (
        r"^large\.png: adaptive-threshold on 60x40 would take 76\.8 kB of memory, more than the limit of "
        r"19\.2 kB that each worker has: .*; so would 3 other images of the annotations$"
    )
    pool = LocalExecutor(2)
    try:
        assert re.search(reason, refusal(wanted, ExportFolder(tmp_path / "dry"), executor=pool))
        with pytest.raises(TooLittleMemory, match=reason):
            export(wanted, tmp_path / "out", executor=pool)
    finally:
        pool.stop()
    assert not ExportFolder(tmp_path / "out/train").parts.done()
    limit(76_800)
    assert export(wanted, tmp_path / "out").images == 5


@pytest.mark.parametrize("kind", PROPOSERS.values(), ids=PROPOSERS)
def test_every_proposer_says_what_it_takes_without_taking_it(kind):
    assert 0 < kind().memory(100, 80) < 10_000_000
    assert kind().memory(100_000, 100_000) >= 0


def test_a_large_picture_is_searched_at_a_scale_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(selective_search, "MAX_PIXELS", 1000)
    search, picture = SelectiveSearch("single", min_size=5), noise(100, 40)
    assert search.scale_of(100, 40) == 0.5
    assert (search.scale_of(25, 40), search.remark(25, 40)) == (1, "")
    assert search.remark(100, 40).startswith("searched at scale 0.5, since it has more than")
    assert proposed(search, picture).tolist() == proposed(search.replace(scale=0.5), picture).tolist()
    assert proposed(search, picture).tolist() != proposed(search.replace(scale=1.0), picture).tolist()
    assert search.memory(100, 40) < search.replace(scale=1.0).memory(100, 40)
    dataset = small_set(tmp_path / "data", 2)
    export(config(dataset, Setup(search)), tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "train" / "export.json").read_text())
    assert summary["remarks"] == {search.remark(*dataset.size(0)): 2}
    assert {row["remark"] for row in manifest(tmp_path / "out" / "train")} == set(summary["remarks"])
    assert summary["remarks_first_images"] == {search.remark(*dataset.size(0)): dataset.file_names}


def test_24_megapixels_are_searched_at_the_same_scale_on_every_machine():
    assert SelectiveSearch().scale_of(6000, 4000) == 0.721
    assert SelectiveSearch().scale_of(4032, 3024) == 1


@pytest.mark.parametrize("size", [(20_000, 500), (500, 20_000), (3000, 3000)], ids=str)
def test_opencvs_search_refuses_at_once_what_would_never_end(size):
    width, height = size
    picture = np.broadcast_to(np.uint8(90), (height, width, 3))
    with pytest.raises(BoxscopeError, match=f"gigabytes and hours on a picture of {width}x{height}"):
        pipeline.propose(Setup(OpenCVSelectiveSearch()), picture)
