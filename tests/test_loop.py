"""The example that goes the whole way round: export, train, score, export the hard negatives, train again."""

import importlib.util
import sys

import numpy as np
import pytest

from core.datasets import CocoDataset
from core.export import Crops
from core.labelling import NEGATIVE
from core.pipeline import Setup, process_image
from core.proposers import FromFile
from tests.small import ROOT

torch = pytest.importorskip("torch")


@pytest.mark.slow
def test_the_second_export_holds_the_negatives_that_the_first_classifier_is_surest_of(tmp_path, monkeypatch):
    monkeypatch.setenv("BOXSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = importlib.util.spec_from_file_location("loop_example", ROOT / "docs" / "loop.py")
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    found = example.loop(tmp_path, images=8, seed=0, epochs=1, batches=4, workers=1)
    assert [set(figures) for figures in found.values()] == [{"0.5", "0.75", "0.5:0.95"}] * 2
    dataset = CocoDataset.open(tmp_path / "sample" / "train" / "annotations.json")
    scored = Setup(FromFile(str(tmp_path / "first.train.json")))
    rows = Crops(tmp_path / "hard" / "train").rows.to_pylist()
    taken = 0
    for index, number in enumerate(dataset.image_ids.tolist()):
        _, proposals = process_image(scored, dataset, index)
        negatives = proposals.scores[proposals.labels.kind == NEGATIVE]
        wanted = np.sort(negatives)[::-1][:12].tolist()
        of_image = [row["score"] for row in rows if row["image_id"] == number and not row["label"]]
        assert of_image == wanted
        taken += len(wanted)
    assert taken > 12
