"""An interrupted export keeps every finished image, also those of shards that are not done."""

import pytest

from core.executors import SerialExecutor
from core.export import ExportFolder, image_crops, kept, run
from core.export.config import SHARD_IMAGES
from core.export.formats import FORMATS
from core.sampling import Sampling
from tests.exports import interrupt_after
from tests.small import config, contents, export, small_set

COUNT = 2 * SHARD_IMAGES + 2


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    dataset = small_set(tmp_path_factory.mktemp("set"), COUNT)
    dataset.path(SHARD_IMAGES + 1).write_bytes(b"no picture")
    return dataset


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(set_positives=9)], ids=["as it is", "capped"])
@pytest.mark.parametrize("format", FORMATS)
def test_the_next_run_does_only_the_others_and_writes_the_same_bytes(
    dataset, format, sampling, tmp_path, monkeypatch
):
    wanted, folder = config(dataset, sampling=sampling, format=format), ExportFolder(tmp_path / "out/train")
    export(wanted, tmp_path / "whole")
    done = []
    for number in (1, 2, 6, 5):
        interrupt_after(monkeypatch, number, done)
        with pytest.raises(KeyboardInterrupt):
            export(wanted, tmp_path / "out")
        monkeypatch.undo()
        assert folder.read_progress()["processed"] == len(done)
    assert done == [*range(SHARD_IMAGES), *range(6)]
    rest = run(wanted, tmp_path / "out", SerialExecutor())
    first = next(rest)
    assert folder.read_progress()["processed"] == len(done)
    *_, last = rest
    assert (first.done, first.resumed_at, last.done) == (SHARD_IMAGES, 14, COUNT)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_images_whose_offers_are_counted_are_kept_one_by_one(dataset, tmp_path, monkeypatch):
    wanted = config(dataset, sampling=Sampling(set_positives=9, set_negatives=30))
    folder, done = ExportFolder(tmp_path / "out/train"), []
    export(wanted, tmp_path / "whole")
    for number in (3, 2, 7):
        interrupt_after(monkeypatch, number, done, counted=True)
        with pytest.raises(KeyboardInterrupt):
            export(wanted, tmp_path / "out")
        monkeypatch.undo()
        assert folder.read_progress()["counted"] == len(done)
    first = next(progress for progress in run(wanted, tmp_path / "out", SerialExecutor()) if progress.counted)
    assert first.counted == first.counted_before == len(done)
    interrupt_after(monkeypatch, COUNT, done, counted=True)
    export(wanted, tmp_path / "out")
    assert done == [*range(SHARD_IMAGES), *range(SHARD_IMAGES), 0, 1]
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_images_that_a_lost_run_kept_too_are_taken_once_and_a_damaged_file_ends_them(
    dataset, tmp_path, monkeypatch
):
    wanted, folder = config(dataset, format="webdataset"), ExportFolder(tmp_path / "out/train")
    export(wanted, tmp_path / "whole")
    interrupt_after(monkeypatch, 6)
    with pytest.raises(KeyboardInterrupt):
        export(wanted, tmp_path / "out")
    monkeypatch.undo()
    files = sorted(folder.work.glob("kept-*"))
    assert [path.name for path in files] == [f"kept-000000-{n:06d}-{n + 1:06d}.crops" for n in range(6)]
    crops, joined = image_crops.CROPS, folder.work / "kept-000000-000001-000005.crops"
    texts = [path.read_bytes() for path in files]
    joined.write_bytes(crops.encoded([image for text in texts[1:5] for image in crops.decoded(text)]))
    assert kept.count(crops, folder.work, []) == 6
    assert kept.count(crops, folder.work, [0]) == 0
    files[-1].write_bytes(texts[-1][:-1])
    names = kept.names(crops, folder.work)[0]
    assert len(list(kept.KeptImages(crops, folder.work, 0, names).read())) == 5
    export(wanted, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_run_with_other_settings_takes_nothing_that_was_kept(dataset, tmp_path, monkeypatch):
    interrupt_after(monkeypatch, 3)
    with pytest.raises(KeyboardInterrupt):
        export(config(dataset), tmp_path / "out")
    monkeypatch.undo()
    other = config(dataset, sampling=Sampling(set_positives=9))
    export(other, tmp_path / "out", overwrite=True)
    export(other, tmp_path / "whole")
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
