"""Proposals scored by a classifier of crops: as the export cuts them, by command, from a file of values."""

import json

import numpy as np
import pytest

from core import cli
from core.cutting import Cut
from core.datasets import CocoDataset
from core.executors import SerialExecutor
from core.export import Crops
from core.export.results import write_results
from core.pipeline import Setup, process_image
from core.proposers import FromFile, Grid
from core.sampling import Sampling
from tests.small import config, core, export, scene, write_coco

torch = pytest.importorskip("torch")

from core.training import Classifier, Scored, decode  # noqa: E402

GRID = Setup(Grid(levels=2, aspects=(1.0,)))
CUT = Cut(side=16, context=2, fill="edge")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two pictures, their crops by category, and a classifier with random weights for such crops."""
    folder = tmp_path_factory.mktemp("data")
    path = write_coco(folder, {f"{n}.jpg": scene(n) for n in range(2)})
    document = json.loads(path.read_text())
    document["categories"] += [{"id": 9, "name": "spalling"}]
    path.write_text(json.dumps(document))
    dataset = CocoDataset.open(path)
    export(config(dataset, GRID, Sampling(cut=CUT, labels="category", negatives_first=1000)), folder)
    torch.manual_seed(0)
    classifier = Classifier.create("small", Crops(folder / "train").summary, 24)
    classifier.save(folder / "model.pt")
    return dataset, folder, classifier


def test_a_box_is_scored_by_the_very_crop_that_an_export_writes(data):
    dataset, folder, classifier = data
    crops = Crops(folder / "train")
    pixels = torch.stack([decode(crops.jpeg(row)) for row in range(len(crops))])
    assert (classifier.cut, classifier.classes.names) == (CUT, ("background", "crack", "spalling"))
    expected = classifier.probabilities(pixels).numpy()
    found = {}
    for index, number in enumerate(dataset.image_ids.tolist()):
        _, proposals = process_image(Setup(Scored(GRID, folder / "model.pt")), dataset, index)
        assert (np.diff(proposals.scores) <= 0).all()
        found |= {
            (number, *box): score
            for box, score in zip(proposals.boxes.tolist(), proposals.scores.tolist(), strict=True)
        }
    numbers = crops.rows["image_id"].to_pylist()
    boxes = [(number, *box) for number, box in zip(numbers, crops.boxes.tolist(), strict=True)]
    assert len(found) == len(boxes) == 20
    np.testing.assert_allclose([found[box] for box in boxes], expected[:, 1:].max(axis=1), atol=1e-6)


def test_the_file_gives_the_same_network_back(data):
    _, folder, classifier = data
    loaded = Classifier.load(folder / "model.pt")
    crops = torch.randint(0, 255, (5, 3, 16, 16), dtype=torch.uint8)
    torch.testing.assert_close(loaded.probabilities(crops), classifier.probabilities(crops), rtol=0, atol=0)
    assert (loaded.cut, loaded.classes, loaded.side) == (CUT, classifier.classes, 24)
    assert loaded.categories == (1, 9)


class Harmful:
    def __reduce__(self):
        return print, ("this ran",)


def test_a_file_that_is_no_classifier_is_refused_and_runs_nothing(data, tmp_path, capsys):
    _, folder, _ = data
    content = torch.load(folder / "model.pt", weights_only=True)
    wrong = {
        "is no file of weights and plain values": {"kind": Harmful()},
        "is no crop classifier": {"a": 1},
        "got version 7, expected 1": content | {"version": 7},
        "does not fit together": content | {"weights": {}},
        "does not fit together (network: got 'resnet', expected small or": content | {"network": "resnet"},
    }
    for text, written in wrong.items():
        torch.save(written, tmp_path / "wrong.pt")
        _refused(folder, tmp_path / "wrong.pt", text, capsys)
    (tmp_path / "wrong.pt").write_bytes(b"no model")
    _refused(folder, tmp_path / "wrong.pt", "is no file of weights and plain values", capsys)
    _refused(folder, tmp_path / "none.pt", "cannot be read (No such file or directory)", capsys)


def _refused(folder, model, text, capsys):
    words = ["score", folder / "annotations.json", "--model", model, "--out", model.with_suffix(".json")]
    assert cli.main([*map(str, words), "--proposer", "grid", "--workers", "1"]) == 2
    out, said = capsys.readouterr()
    assert "this ran" not in out
    assert len(said.splitlines()) == 1
    assert f"{model}: {text}" in said


def test_the_command_writes_what_from_file_reads(data, tmp_path):
    dataset, folder, _ = data
    words = [dataset.annotations, "--model", folder / "model.pt", "--out", tmp_path / "scored.json"]
    done = core("score", *words, "--proposer", "grid", "--top", 7, "--workers", 2, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["proposals"] == 14
    entries = json.loads((tmp_path / "scored.json").read_text())
    assert {entry["category_id"] for entry in entries} <= {1, 9}
    _, own = process_image(Setup(Scored(Setup(Grid(), top=7), folder / "model.pt")), dataset, 1)
    _, read = process_image(Setup(FromFile(str(tmp_path / "scored.json"))), dataset, 1)
    np.testing.assert_allclose(read.scores, own.scores, atol=1e-6)
    assert sorted(read.boxes.tolist()) == sorted(own.boxes.tolist())


def test_a_run_is_not_resumed_with_other_proposals_or_another_classifier(data, tmp_path):
    dataset, _, classifier = data
    settings = set()
    for setup, name in ((GRID, "a"), (Setup(Grid(), top=3), "a"), (GRID, "b")):
        classifier.save(tmp_path / name)
        settings.add(json.dumps(Scored(setup, tmp_path / name).settings_of_files))
    assert len(settings) == 3
    empty = Setup(Scored(Setup(Grid(), min_side=1000), tmp_path / "a"))
    with pytest.raises(Exception, match="no proposal in any of 2 images"):
        list(write_results(dataset, empty, tmp_path / "r.json", SerialExecutor()))
