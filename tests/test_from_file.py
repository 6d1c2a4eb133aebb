"""Boxes of results files: read, found by image, refused where they are wrong, written and read back."""

import io
import json
import os
import pickle
import random
import shlex
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import cli
from core.caching import disk
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.whole_set import Plan, SetEvaluation
from core.executors import SerialExecutor
from core.export.results import RESULTS, write_results
from core.pipeline import Setup, process_image, propose
from core.proposals.proposer_cache import ProposerCache
from core.proposals.results_fit import remarks
from core.proposals.store import ProposalStore, boxes_setup
from core.proposers import FromFile, Grid, ImageRef, make_proposer
from core.proposers.from_file import json_text, opened, opening
from pages.ui.server import addresses
from pages.ui.state import setups
from pages.ui.state.choice import SetupField
from tests.drawn import noise, outcome
from tests.small import scene, write_coco

BOX = {"image_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5, "category_id": 1}


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    """Four pictures in folders; the first two have names that end alike."""
    names = ("wall/a.jpg", "roof/a.jpg", "wall/b.jpg", "c.jpg")
    pictures = {name: scene(seed) for seed, name in enumerate(names)}
    return CocoDataset.open(write_coco(tmp_path_factory.mktemp("set"), pictures))


def written(path, content):
    """Write a results file of a kind told by its name."""
    if path.suffix == ".json":
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    elif path.suffix == ".parquet":
        pq.write_table(pa.table(content), path)
    else:
        np.savez(path, **content)
    return path


def table_of(path, content):
    return opened(written(path, content))


SAME = {
    "a.json": [BOX, {"image_id": 0, "bbox": [0, 0, 2.5, 9], "score": 0.25, "category_id": 2},
               {**BOX, "bbox": [5, 5, 1, 1], "score": 0.75}],
    "b.json": {"info": {"a": [{"b": 1}, {"c": 2}]}, "annotations": [
        {"image_id": 0, "bbox": [0, 0, 2.5, 9], "score": 0.25, "category_id": 2, "segmentation": [[1, 2]]},
        {**BOX, "id": 7}, {**BOX, "bbox": [5, 5, 1, 1], "score": 0.75}],
        "images": [{"id": 1, "file_name": "},{"}]},
    "c.parquet": {"image_id": [1, 0, 1], "bbox": [[5, 5, 1, 1], [0, 0, 2.5, 9], [1, 2, 3, 4]],
                  "score": [0.75, 0.25, 0.5], "category_id": [1, 2, 1], "other": ["x", "y", "z"]},
    "d.parquet": {"image_id": [1, 0, 1], "x0": [1, 0, 5], "y0": [2, 0, 5], "x1": [4, 2.5, 6],
                  "y1": [6.0, 9, 6], "score": [0.5, 0.25, 0.75], "category_id": [1, 2, 1]},
    "e.npz": {"image_id": [1, 0, 1], "boxes": [[1, 2, 4, 6], [0, 0, 2.5, 9], [5, 5, 6, 6]],
              "scores": [0.5, 0.25, 0.75], "categories": [1, 2, 1]},
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_every_kind_of_file_gives_the_same_columns_best_first(tmp_path, name):
    table = table_of(tmp_path / name, SAME[name])
    assert table.ids.tolist() == [0, 1]
    assert table.starts.tolist() == [0, 1, 3]
    assert table.boxes.tolist() == [[0, 0, 2.5, 9], [5, 5, 6, 6], [1, 2, 4, 6]]
    assert table.scores.tolist() == [0.25, 0.75, 0.5]
    assert table.categories.tolist() == [2, 1, 1]
    assert table.dropped == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "expected COCO results JSON, Parquet or npz"),
        (b"\x80\x04N.", "it is a pickle, which can run any code and is never read"),
        ({"boxes": []}, 'expected a list of results, or an object with a list "annotations"'),
        ([BOX, {"image_id": 1}], "entry 2: Object missing required field bbox"),
        ([{**BOX, "bbox": [1, 2, 3]}], "entry 1 bbox: Expected array of length 4"),
        ([{**BOX, "image_id": "a"}], "entry 1 image_id: Expected int | null, got str"),
        ([BOX, {"bbox": [1, 2, 3, 4]}], "entry 2 has no image_id"),
        ([BOX, {"image_id": 1, "bbox": [1, 2, 3, 4]}], "entry 2 has no score, which others have"),
        (json.dumps([BOX, BOX]).encode()[:-9], "it ends within entry 1"),
        (json.dumps([BOX]).encode() + b"[]", "text follows the list of results"),
        (json.dumps([BOX]).replace("0.5", "0..5").encode(), "it is no JSON near entry 1"),
        ({"annotations": [BOX], "images": 5}, "around its annotations: Expected"),
    ],
)
def test_a_wrong_json_file_is_named_in_one_line(tmp_path, content, words):
    with pytest.raises(BoxscopeError, match=r"^[^\n]*$") as caught:
        table_of(tmp_path / "a.json", content)
    assert caught.value.item == str(tmp_path / "a.json")
    assert caught.value.reason.startswith(words)


SIDES = {"x0": [1], "y0": [2], "x1": [4], "y1": [6]}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.parquet", SIDES, "no column image_id or file_name: it has x0, x1, y0, y1"),
        ("a.parquet", {"image_id": [1], "x0": [1]}, "no column x0, y0, x1 and y1, or bbox: it has image_id"),
        ("a.parquet", {"image_id": ["1"], **SIDES}, "column image_id: got string, expected whole numbers"),
        ("a.parquet", {"image_id": [None, 1], "bbox": [[1, 2, 3, 4]] * 2}, "row 1 has no image_id"),
        ("a.parquet", {"image_id": [1, 1], "bbox": [None, [1, 2, 3]]}, "row 2: bbox has 3 numbers"),
        ("a.parquet", {"image_id": [1], **SIDES, "score": [None]}, "row 1 has a box and no score"),
        ("a.parquet", {"image_id": [1], **SIDES, "x1": pa.array([None], pa.int64())}, "row 1: its box has"),
        ("a.npz", {"image_id": [1]}, "no array boxes: it has image_id"),
        ("a.npz", {"image_id": [1], "boxes": [[1, 2]]}, "boxes: got int64 (1, 2), expected numbers (N, 4)"),
        ("a.npz", {"image_id": [1, 2], "boxes": [[1, 2, 4, 6]]}, "image_id: got int64 (2,), expected whole"),
        ("a.npz", {"image_id": np.array([{}]), "boxes": [[1, 2, 4, 6]]}, "cannot be read as npz"),
    ],
)  # fmt: skip
def test_a_wrong_column_is_named_in_one_line(tmp_path, name, content, words):
    with pytest.raises(BoxscopeError, match=r"^[^\n]*$") as caught:
        table_of(tmp_path / name, content)
    assert caught.value.reason.startswith(words)


def test_cut_and_missing_files_are_named(tmp_path):
    whole = written(tmp_path / "a.parquet", {"image_id": [1], **SIDES}).read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:-20])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("boxes.npy", b"no array")
    (tmp_path / "cut.npz").write_bytes(file.getvalue())
    for name in ("cut.parquet", "cut.npz", "none.json", "", "a\0b"):
        with pytest.raises(BoxscopeError, match=r"^[^\n]*$"):
            opened(tmp_path / name)


@pytest.mark.parametrize("name", ["b.json", "c.parquet", "e.npz"])
def test_a_damaged_file_is_one_line_or_a_table(tmp_path, monkeypatch, name):
    whole, rng = written(tmp_path / name, SAME[name]).read_bytes(), random.Random(1)
    for number in range(150):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            data[at : at + rng.randint(0, 9)] = rng.choice(
                [b"}", b"],", b'"', b"NaN", b"[[", bytes([at % 256])]
            )
        monkeypatch.setattr(json_text, "CHUNK", rng.choice([40, 4 << 20]))
        (tmp_path / "damaged").write_bytes(data)
        os.utime(tmp_path / "damaged", ns=(number, number))
        table, words = outcome(lambda: opened(tmp_path / "damaged"))
        assert len(words.splitlines()) == (table is None)


def test_boxes_that_are_none_are_counted_with_the_first_entry(tmp_path):
    wrong = [{"bbox": [1, 2, float("inf"), 4]}, {"score": float("nan")}, {"bbox": [1, 2, -3, 4]},
             {"bbox": [1, 2, 1e39, 4]}, {"bbox": [1, 2, 0, 4]}]  # fmt: skip
    table = table_of(tmp_path / "a.json", [BOX, *({**BOX, **each} for each in wrong)])
    assert len(table.boxes) == 1
    assert {tuple(one) for one in table.dropped} == {
        ("not finite", 2, 2),
        ("with a score that is not finite", 1, 3),
        ("without a width or height above 0", 2, 4),
    }


@pytest.mark.parametrize("around", [False, True])
def test_a_file_in_pieces_is_the_file_at_once(tmp_path, monkeypatch, around):
    rng = np.random.default_rng(1)
    listed = [
        {"file_name": f"}},{{{n % 7}.jpg", "bbox": rng.integers(1, 40, 4).tolist(), "score": n / 7 % 1,
         "of": {"a": [{"b": "},{"}, {"c": "]"}]}}
        for n in range(200)
    ]  # fmt: skip
    listed[50]["score"] = float("nan")
    content = {"annotations": listed, "more": [{"a": 1}, {"b": 2}]} if around else listed
    whole = table_of(tmp_path / "whole.json", content)
    monkeypatch.setattr(json_text, "CHUNK", 1000)
    parts = table_of(tmp_path / "parts.json", content)
    assert len(whole.boxes) == 199
    for name in ("names", "name_ends", "starts", "boxes", "scores"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    assert whole.dropped == parts.dropped


def ref(name, image_id=1, alone=True, others=()):
    return ImageRef(image_id, name, 96, 72, others, alone)


def test_images_are_found_by_id_and_by_no_other_id(tmp_path):
    table = table_of(tmp_path / "a.json", [{**BOX, "image_id": 4}, {**BOX, "image_id": 9}])
    assert [table.image_of(ref("a", n)) for n in (4, 9, 5, None)] == [0, 1, None, None]
    assert table.image_of(ref("a", 5, others=(9,))) == 1


def test_names_fit_exactly_or_by_a_last_part_that_is_unique(tmp_path):
    names = ["wall/a.jpg", "b.jpg", "x/c.jpg", "y/c.jpg", "/data/wall/d.jpg"]
    listed = [{"file_name": name, "bbox": BOX["bbox"]} for name in names]
    table = table_of(tmp_path / "a.json", listed)

    def found(name, alone=True):
        at = table.image_of(ref(name, alone=alone))
        return None if at is None else table.image_text(at)

    assert found("wall/a.jpg", alone=False) == found("a.jpg") == "wall/a.jpg"
    assert found("a.jpg", alone=False) is None
    assert found("roof/a.jpg") is None
    assert found("any/b.jpg") == "b.jpg"
    assert found("c.jpg") is None
    assert found("x/c.jpg") == "x/c.jpg"
    assert found("wall/d.jpg") == found("d.jpg") == "/data/wall/d.jpg"
    assert found("z.jpg") is None


def test_proposals_are_cut_to_the_image_once_each(tmp_path, dataset):
    boxes = [[-5, -5, 20, 20], [90, 60, 99, 99], [200, 5, 9, 9], [-9, -9, 24, 24], [0, 0, 5, 5]]
    listed = [{"image_id": 1, "bbox": box, "score": n / 8, "category_id": n} for n, box in enumerate(boxes)]
    path = written(tmp_path / "a.json", listed)
    _, found = process_image(Setup(FromFile(str(path))), dataset, 0)
    assert found.boxes.tolist() == [[0, 0, 5, 5], [0, 0, 15, 15], [90, 60, 96, 72]]
    assert found.scores.tolist() == [4 / 8, 3 / 8, 1 / 8]


def test_an_image_that_the_file_does_not_name_is_refused_or_empty(tmp_path, dataset):
    path = str(written(tmp_path / "a.json", [BOX]))
    assert len(process_image(Setup(FromFile(path)), dataset, 0)[1].boxes) == 1
    with pytest.raises(BoxscopeError, match=r"a\.json: no boxes of the image id 2"):
        process_image(Setup(FromFile(path)), dataset, 1)
    _, found = process_image(Setup(FromFile(path, unnamed="empty")), dataset, 1)
    assert (found.boxes.shape, found.scores.shape) == ((0, 4), (0,))
    with pytest.raises(BoxscopeError, match="of a picture of no data set"):
        propose(Setup(FromFile(path)), noise(9, 9))
    with pytest.raises(BoxscopeError, match="from-file: no file is named: enter its path under Results file"):
        propose(Setup(FromFile()), noise(9, 9))


def test_a_changed_file_is_seen_by_every_cache_and_nothing_of_it_is_kept(tmp_path, dataset):
    path = written(tmp_path / "a.json", [BOX])
    cache, setup = ProposerCache(tmp_path / "kept"), Setup(FromFile(str(path)))
    store = ProposalStore(10**7, cache)
    assert len(store.get(dataset, 0, setup).boxes) == 1
    address = addresses.proposals(dataset, setup)
    written(path, [BOX, {**BOX, "bbox": [9, 9, 9, 9]}])
    assert len(store.get(dataset, 0, setup).boxes) == 2
    assert not list((tmp_path / "kept").glob("*/*"))
    assert addresses.proposals(dataset, setup) != address


def test_columns_are_kept_on_disk_and_mapped(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "LEAST", 0)
    path = written(tmp_path / "a.json", SAME["a.json"])
    first = opened(path)
    assert not first.boxes.flags.owndata
    assert len(list((disk.folder() / "results").glob("*/*"))) == 1
    monkeypatch.setattr(opening, "_tables", type(opening._tables)(8))
    monkeypatch.setattr(opening.json_results, "read", None)
    monkeypatch.setitem(opening._READERS, b"PAR1", None)
    again = opened(path)
    assert again.boxes.tolist() == first.boxes.tolist()
    assert (again.by, again.dropped, again.categories.tolist()) == ("image_id", (), [2, 1, 1])
    with next((disk.folder() / "results").glob("*/*")).open("r+b") as file:
        file.truncate(100)
    monkeypatch.undo()


def test_what_file_and_data_set_do_not_share_is_counted(tmp_path, dataset):
    listed = [BOX, {**BOX, "image_id": 77}, {**BOX, "category_id": 9}, {**BOX, "bbox": [500, 1, 2, 2]},
              {**BOX, "bbox": [1, 1, -1, 2]}]  # fmt: skip
    path = written(tmp_path / "a.json", listed)
    assert remarks(dataset, FromFile(str(path))) == [
        f"{path}: 3 boxes of 1 image, by image id, with scores; 1 box of 1 image id that the data set does "
        "not have (first 77); 1 box of categories that it does not have (first 9); 1 box outside the image, "
        "left out; 1 box without a width or height above 0 (first entry 5), left out; 3 images of the data "
        "set not named (first roof/a.jpg), refused"
    ]
    assert remarks(dataset, Grid()) == []


def evaluation_of(dataset, setup, tmp_path):
    measured = SetEvaluation(dataset, Plan((setup,)), cache=ProposerCache(tmp_path / "kept"))
    list(measured.run(SerialExecutor()))
    return measured.evaluations()[0]


class Wide(Grid):
    """A grid that finds nothing on every second picture."""

    name = "wide"

    def propose(self, image, ref=None):
        found = super().propose(image, ref)
        return found.take(slice(0)) if ref.image_id % 2 else found


@pytest.mark.parametrize(("form", "unnamed"), [("coco", "empty"), ("parquet", "refuse")])
def test_our_own_proposals_come_back_with_equal_figures(tmp_path, dataset, form, unnamed):
    setup, path = Setup(Wide(levels=3, overlap=0.37), min_side=7), tmp_path / "file"
    *_, done = write_results(dataset, setup, path, SerialExecutor(), format=form)
    assert done.images == 4
    ours = evaluation_of(dataset, setup, tmp_path)
    theirs = evaluation_of(dataset, Setup(FromFile(str(path), unnamed)), tmp_path)
    for name in ("indices", "proposals", "ranks", "one_to_one"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name))
    assert np.array_equal(ours.records.iou, theirs.records.iou)
    assert (ours.proposals == 0).sum() == 2


def test_scores_and_categories_of_a_file_are_written_again(tmp_path, dataset):
    listed = [{**BOX, "score": s, "category_id": c} for s, c in ((0.1, 3), (0.7, 2))]
    listed[0]["bbox"] = [0, 0, 60, 60]
    setup = Setup(FromFile(str(written(tmp_path / "a.json", listed)), "empty"))
    list(write_results(dataset, setup, tmp_path / "b.json", SerialExecutor()))
    again = json.loads((tmp_path / "b.json").read_text())
    assert [(each["category_id"], np.float32(each["score"])) for each in again] == [
        (2, np.float32(0.7)),
        (3, np.float32(0.1)),
    ]
    by_area = Setup(setup.proposer, "area")
    list(write_results(dataset, by_area, tmp_path / "c.json", SerialExecutor()))
    assert [each["score"] for each in json.loads((tmp_path / "c.json").read_text())] == [1, 0.5]


def test_detectron2_finds_boxes_by_image_id(tmp_path, dataset):
    list(
        write_results(
            dataset, Setup(Wide(levels=2)), tmp_path / "a.pkl", SerialExecutor(), format="detectron2"
        )
    )
    found = pickle.loads((tmp_path / "a.pkl").read_bytes())
    assert found["ids"] == [1, 2, 3, 4]
    assert found["bbox_mode"] == 0  # XYXY_ABS
    boxes, logits = found["boxes"][1], found["objectness_logits"][1]
    assert boxes.dtype == logits.dtype == np.float32
    assert len(boxes) == len(logits) > 4
    assert (np.argsort(logits)[::-1] == np.arange(len(logits))).all()
    assert (boxes[:, :2] < boxes[:, 2:]).all()
    assert found["boxes"][0].shape == (0, 4)
    assert b"numpy._core" not in (tmp_path / "a.pkl").read_bytes()


def test_mmdetection_finds_boxes_by_folder_and_file(tmp_path, dataset):
    form = "mmdetection"
    list(write_results(dataset, Setup(Wide(levels=2)), tmp_path / "a.pkl", SerialExecutor(), format=form))
    found = pickle.loads((tmp_path / "a.pkl").read_bytes())
    assert list(found) == ["wall/a.jpg", "roof/a.jpg", "wall/b.jpg", "images/c.jpg"]
    for each in found.values():
        assert each["bboxes"].dtype == each["scores"].dtype == np.float32
        assert each["bboxes"].shape == (len(each["scores"]), 4)
    assert len(found["images/c.jpg"]["scores"]) > len(found["wall/b.jpg"]["scores"]) == 0


def test_pictures_that_mmdetection_could_not_tell_apart_are_refused(tmp_path):
    pictures = {name: scene(1) for name in ("x/wall/a.jpg", "y/wall/a.jpg")}
    twins = CocoDataset.open(write_coco(tmp_path, pictures))
    with pytest.raises(BoxscopeError, match=r"two pictures are wall/a\.jpg"):
        list(write_results(twins, Setup(Grid()), tmp_path / "a", SerialExecutor(), format="mmdetection"))


def test_a_skipped_image_has_an_entry_in_pickles_and_none_in_a_table(tmp_path, dataset):
    setup = Setup(FromFile(str(written(tmp_path / "r.json", [{**BOX, "image_id": n} for n in (1, 2, 4)]))))
    for form in RESULTS:
        *_, done = write_results(dataset, setup, tmp_path / form, SerialExecutor(), format=form)
        assert [image["file"] for image in done.skipped] == ["wall/b.jpg"]
    assert len(pickle.loads((tmp_path / "detectron2").read_bytes())["ids"]) == 4
    assert set(pq.read_table(tmp_path / "parquet")["image_id"].to_pylist()) == {1, 2, 4}


def test_order_by_score_needs_scores(tmp_path, dataset):
    listed = [{**BOX, "score": 0.1, "bbox": [0, 0, 50, 50]}, BOX]
    path = written(tmp_path / "a.json", listed)
    _, found = process_image(Setup(FromFile(str(path)), "score"), dataset, 0)
    assert found.scores.tolist() == [0.5, np.float32(0.1)]
    with pytest.raises(BoxscopeError, match="order: got score, and the proposals of grid have no scores"):
        process_image(Setup(Grid(), "score"), dataset, 0)


def test_commands_say_how_a_file_fits(tmp_path, dataset, capsys):
    def run(*words):
        assert cli.main([*map(str, words), "--proposer", "from-file", "--json"]) == 0
        out, said = capsys.readouterr()
        return json.loads(out), said

    path = written(tmp_path / "a.json", [BOX, {**BOX, "image_id": 50}])
    result, said = run("evaluate", dataset.annotations, "--workers", 1, "--param", f"file={path}")
    assert "1 box of 1 image id that the data set does not have (first 50)" in said
    assert result["images"] == 1
    assert [image["file"] for image in result["skipped"]] == ["roof/a.jpg", "wall/b.jpg", "c.jpg"]
    assert set(result["average_precision"]) == {"0.5", "0.75", "0.5:0.95"}
    named = written(tmp_path / "b.json", [{"file_name": "b.jpg", "bbox": [0, 0, 5, 5]}])
    result, _ = run("propose", dataset.images_dir / "wall/b.jpg", "--param", f"file={named}")
    assert result["images"][0]["boxes"] == [[0, 0, 5, 5]]


def test_parts_of_a_union_keep_their_files():
    union = make_proposer("from-file+grid", {"from-file.file": "a b.json"})
    assert [str(path) for path in union.files] == ["a b.json"]
    assert not union.kept
    assert union.state() == "missing"
    assert os.path.basename(union.spell()["from-file.file"]) == "a b.json"


@pytest.mark.parametrize("name", ["/etc/passwd", "link.json", "../x.json", "a\0b", "s3://bucket/a.json"])
def test_a_link_opens_no_file_outside_the_folders_of_the_app(tmp_path, monkeypatch, name):
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    for proposer, file in (("from-file", "file"), ("grid+from-file", "from-file.file")):
        with pytest.raises(BoxscopeError, match=r"^[^\n]*$"):
            SetupField().parse("setup", {"proposer": proposer, file: name})
        with pytest.raises(BoxscopeError, match=r"^[^\n]*$"):
            setups.setup_of(shlex.join([f"proposer={proposer}", f"{file}={name}"]))


def test_a_setup_with_blanks_in_its_path_is_read_back_from_its_text(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_ROOTS", str(tmp_path))
    setup = boxes_setup(Setup(FromFile(str(tmp_path / "it's a file.json")), nms=0.5))
    assert setups.setup_of(setups.spelled(setup)) == setup
    assert str(tmp_path / "it's a file.json") in shlex.split(setups.for_command(setup))[1]
