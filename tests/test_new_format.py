"""A format that only this file knows: with its row in the table, everything that uses formats has it."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from core import cli
from core.cli.spelling import export_command
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export import FORMATS, Crops, DatasetKind, ExportFolder, estimate, relabel
from core.export.formats import Format, Reader, Writer
from core.export.formats.open_files import OpenFiles
from core.export.formats.sharded import ROW, SHARD, ShardedFormat, ShardReader, ShardWriter
from core.export.gallery import Gallery
from core.files.local import LocalFiles
from core.labelling import LabelRule
from core.sampling import Sampling
from tests.small import GRID, config, contents, digest, export, small_set

LOWER = LabelRule(0.35)


# The least that a format can be: it makes its own files and refuses new labels.


class PileWriter(Writer):
    def __init__(self, path: Path, work: Path) -> None:
        self.path = path
        self.temporary = work / f"{path.name}.tmp"
        self.parts: list[bytes] = []

    def add(self, crop):
        self.parts.append(crop.data)
        start = sum(map(len, self.parts[:-1]))
        return {"pile": self.path.name, "start": start, "size": len(crop.data)}

    def finish(self):
        data = b"".join(self.parts)
        self.temporary.write_bytes(data)
        self.temporary.replace(self.path)
        sha256 = hashlib.sha256(data).hexdigest()
        return {"name": self.path.name, "crops": len(self.parts), "bytes": len(data), "sha256": sha256}

    def close(self):
        self.temporary.unlink(missing_ok=True)


class PileReader(Reader):
    columns = ("pile", "start", "size")

    def _read(self, pile, start, size):
        return (self.folder / pile).read_bytes()[start : start + size]

    def close(self):
        pass


class Pile(Format):
    summary = "JPEG after JPEG"
    columns = (pa.field("pile", pa.string()), pa.field("start", pa.int64()), pa.field("size", pa.int64()))
    sharded = True
    overhead = 0

    def writer(self, folder, work, number):
        return PileWriter(folder / f"pile-{number}.bin", work)

    def reader(self, folder):
        return PileReader(folder)

    def clear(self, folder):
        for path in folder.glob("pile-*.bin"):
            path.unlink()


# With a file a shard by the usual names, that file's bytes are all that is left to say.


class HexWriter(ShardWriter):
    def add(self, crop):
        self.file.write(crop.data.hex().encode() + b"\n")
        return self.next_row()

    def end(self):
        self.file.write(b"end\n")


class HexReader(ShardReader):
    columns = ("shard", "row")

    @staticmethod
    def _open():
        return OpenFiles(Path.read_text, len)

    def _read(self, shard, row):
        return bytes.fromhex(self._opened.get(self.folder, shard).splitlines()[row])


class Hex(ShardedFormat):
    summary = "a line a crop"
    columns = (SHARD, ROW)
    overhead = 1
    suffix = "txt"
    shard_writer = HexWriter
    shard_reader = HexReader


@pytest.fixture(autouse=True)
def rows_in_the_table(monkeypatch):
    monkeypatch.setitem(FORMATS, "pile", Pile())
    monkeypatch.setitem(FORMATS, "hex", Hex())


both = pytest.mark.parametrize("name", ["pile", "hex"])


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    return small_set(tmp_path_factory.mktemp("data"), 11)


@pytest.fixture(scope="module")
def files(dataset, tmp_path_factory) -> Crops:
    """The same crops as files."""
    out = tmp_path_factory.mktemp("files")
    export(config(dataset), out)
    return Crops(out / "train")


@both
def test_it_is_written_and_read(tmp_path, dataset, files, name):
    export(config(dataset, format=name), tmp_path)
    crops, gallery = Crops(tmp_path / "train"), Gallery(tmp_path / "train")
    assert len(crops) == len(files) > 0
    for index in range(len(files)):
        assert crops.jpeg(index) == gallery.data(index) == files.jpeg(index)
    assert np.array_equal(crops.labels, files.labels)
    assert [n for rows in crops.shards() for n in rows] == list(range(len(files)))
    assert not (tmp_path / "train" / ".work").exists()


@both
def test_it_is_estimated_and_tried_without_writing(tmp_path, dataset, capsys, name):
    requested = config(dataset, format=name)
    done = export(requested, tmp_path / "out")
    guess = estimate(requested)
    assert (guess.exact, guess.crops, guess.bytes) == (True, done.crops, done.bytes)
    words = ["export", str(dataset.annotations), "--out", str(tmp_path / "dry"), "--split", "train"]
    words += ["--proposer", "grid", "--param", "levels=2", "--param", "aspects=1.0", "--side", "16"]
    assert cli.main([*words, "--format", name, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["crops"] == done.crops
    assert not (tmp_path / "dry").exists()
    assert cli.main([*words, "--format", name, "--workers", "1"]) == 0
    assert digest(tmp_path / "dry") == digest(tmp_path / "out")


@both
def test_the_command_offers_and_spells_it(capsys, name):
    with pytest.raises(SystemExit):
        cli.main(["export", "--help"])
    assert f"{name}: {FORMATS[name].summary}" in " ".join(capsys.readouterr().out.split())
    words = export_command("a.json", "out", DatasetKind.TRAIN, GRID, Sampling(), format=name)
    assert words[words.index("--format") + 1] == name


def test_it_refuses_new_labels_in_a_line(tmp_path, dataset, capsys):
    export(config(dataset, format="pile"), tmp_path)
    before = digest(tmp_path)
    assert cli.main(["relabel", str(tmp_path), "--positive", "0.35"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "train: its format takes no new labels: export it again by the new rule" in message
    assert digest(tmp_path) == before


def test_or_takes_them(tmp_path, dataset):
    export(config(dataset, format="hex"), tmp_path)
    before, crops = digest(tmp_path), Crops(tmp_path / "train")
    data = [crops.jpeg(n) for n in range(len(crops))]
    folder = ExportFolder(tmp_path / "train")
    assert relabel(folder, LOWER)["changed"] > 0
    after = Crops(tmp_path / "train")
    assert after.labels.tolist() == [int(iou > 0.35) for iou in after.ious]
    assert [after.jpeg(n) for n in range(len(after))] == data
    relabel(folder, LabelRule())
    assert digest(tmp_path) == before


@both
def test_overwriting_removes_its_files_and_no_others(tmp_path, dataset, name):
    export(config(dataset, format=name), tmp_path / "out")
    (tmp_path / "out" / "train" / "pile-of-mine.txt").write_text("mine")
    export(config(dataset), tmp_path / "out", overwrite=True)
    export(config(dataset), tmp_path / "new")
    assert contents(tmp_path / "out") == contents(tmp_path / "new") | {"train/pile-of-mine.txt": b"mine"}


def test_where_files_are_few_it_is_proposed(tmp_path, dataset, monkeypatch):
    monkeypatch.setattr(LocalFiles, "free_space", lambda self: (10_000_000, 5))
    with pytest.raises(BoxscopeError, match="--format webdataset or parquet or pile or hex, which make few"):
        export(config(dataset), tmp_path)
    export(config(dataset, format="pile"), tmp_path, overwrite=True)


@both
def test_without_its_row_the_export_names_those_there_are(tmp_path, dataset, monkeypatch, name):
    export(config(dataset, format=name), tmp_path)
    monkeypatch.delitem(FORMATS, name)
    folder = tmp_path / "train"
    for read in (Crops, Gallery, lambda path: relabel(ExportFolder(path), LOWER)):
        with pytest.raises(BoxscopeError, match=f"export.json: format: got '{name}', expected one of"):
            read(folder)
