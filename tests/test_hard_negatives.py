"""Negatives by score: a second export of what a detector takes for objects."""

import json

import pytest

from core import boxes as bx
from core import cli
from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.executors import SerialExecutor
from core.export import Crops, estimate, run
from core.export.decision import decide
from core.labelling import LabelRule, label
from core.pipeline import Proposals, Setup
from core.proposers import FromFile, Grid
from core.sampling import Reason, Sampling
from tests.drawn import truth
from tests.small import SMALL, config, scene, write_coco

OBJECT = [10, 10, 40, 40]
# Of an image: its object, a part of it, background, background again; x, y, width, height.
FOUND = [OBJECT, [12, 12, 10, 10], [60, 5, 20, 20], [60, 40, 20, 20]]
SCORES = [0.9, 0.8, 0.2, 0.6]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two pictures of one object, and a file with four scored boxes of each."""
    folder = tmp_path_factory.mktemp("data")
    path = write_coco(folder, {f"{n}.jpg": (scene(n)[0], [OBJECT]) for n in range(2)})
    results = [
        {"image_id": number, "category_id": 1, "bbox": box, "score": score + number / 100}
        for number in (1, 2)
        for box, score in zip(FOUND, SCORES, strict=True)
    ]
    (folder / "scored.json").write_text(json.dumps(results))
    return CocoDataset.open(path), FromFile(str(folder / "scored.json"))


def written(folder):
    """Return the rank, label and score of each crop of the first image."""
    rows = Crops(folder).rows.to_pylist()
    return [(row["rank"], row["label"], round(row["score"], 2)) for row in rows if row["image_id"] == 1]


def test_the_highest_scores_become_crops_and_stand_in_the_manifest(data, tmp_path, capsys):
    dataset, proposer = data
    words = ["export", dataset.annotations, "--split", "train", "--workers", 1, "--proposer", "from-file"]
    words += ["--param", f"file={proposer.file}", "--negatives", "score", "--max-negatives", 1, "--side", 16]

    def exported(name, *more):
        assert cli.main([*map(str, [*words, "--out", tmp_path / name, *more])]) == 0
        return written(tmp_path / name / "train"), capsys.readouterr().err

    rows, said = exported("all")
    assert rows == [(0, 1, 0.91), (1, 0, 0.81)]
    assert "2 of 2 negatives lie more than half inside an object" in said
    rows, said = exported("background", "--ignore-inside", 0.5)
    assert rows == [(0, 1, 0.91), (2, 0, 0.61)]
    assert "inside an object" not in said
    # Labels again: the crops and their scores stay, and what lies inside an object becomes no negative.
    assert cli.main(["relabel", str(tmp_path / "background"), "--positive", "0.7"]) == 0
    assert written(tmp_path / "background" / "train") == rows
    assert cli.main(["relabel", str(tmp_path / "all"), "--positive", "0.7", "--ignore-inside", "0.5"]) == 2
    assert "2 of 4 crops would be neither positive nor negative" in capsys.readouterr().err


def test_a_dry_run_counts_what_is_written(data, tmp_path):
    dataset, proposer = data
    sampling = Sampling(cut=SMALL.cut, negatives="score", set_negatives=3)
    wanted = config(dataset, Setup(proposer, rule=LabelRule(ignore_inside=0.5)), sampling)
    guess = estimate(wanted)
    *_, done = run(wanted, tmp_path, SerialExecutor())
    assert (guess.positives, guess.negatives) == (done.positives, done.negatives) == (2, 3)


def test_a_proposer_without_scores_is_refused_and_so_is_a_box_without_one(data):
    dataset, _ = data
    by_score = Sampling(negatives="score")
    with pytest.raises(BoxscopeError, match="negatives: got score, and the proposals of grid have no scores"):
        config(dataset, Setup(Grid()), by_score)
    with pytest.raises(BoxscopeError, match=r"none\.json: cannot be read"):
        config(dataset, Setup(FromFile("none.json")), by_score)
    boxes, of = bx.as_boxes([(0, 0, 9, 9)]), truth([(0, 0, 50, 50)])
    found = Proposals(boxes, label(boxes, of, LabelRule()), 0.0)
    decision = decide(found, of, LabelRule(), by_score, 7, (100, 100))
    assert decision.reason(0) == Reason.NO_SCORE
    assert decision.describe(0, by_score) == "Not sampled: negatives are taken by score, and it has none."
