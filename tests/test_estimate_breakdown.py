"""Which negatives of a dry run show parts of objects, and the crops of each class: as the export writes."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.datasets import CocoDataset
from core.export.estimate import extrapolate
from core.export.estimate.breakdown import Inside, crops_by_class, negatives_inside
from core.export.estimate.proposed import propose_boxes
from core.export.estimate.tally import estimated_quotas, tally
from core.labelling import LabelRule
from core.pipeline import Setup
from core.proposers import Grid
from core.sampling import Sampling
from core.sampling.bands import BINS, iou_histogram
from tests.small import config, export, scene, write_coco

DENSE = Grid(levels=4, aspects=(0.5, 1.0, 2.0))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> CocoDataset:
    """Scenes with objects of two categories; a third category has none."""
    scenes = {}
    for seed in range(4):
        image, boxes = scene(seed)
        scenes[f"{seed}.jpg"] = (image, [{"bbox": box, "category_id": 3 - n} for n, box in enumerate(boxes)])
    path = write_coco(tmp_path_factory.mktemp("data"), scenes)
    document = json.loads(path.read_text())
    document["categories"] = [{"id": number, "name": f"kind {number}"} for number in (1, 2, 3)]
    path.write_text(json.dumps(document))
    return CocoDataset.open(path)


@pytest.mark.parametrize(
    ("rule", "sampling"),
    [
        (LabelRule(), Sampling(labels="category")),
        (LabelRule(0.3, ignore_inside=0.7), Sampling(labels="category", truth_boxes=True)),
        (
            LabelRule(),
            Sampling(
                labels="category", truth_boxes=True, set_positives=5, set_negatives=70, negatives="random"
            ),
        ),
        (LabelRule(0.4), Sampling(max_negatives=20, negatives="hardest")),
    ],
    ids=["all", "ignored", "caps of the set", "caps of an image"],
)
def test_parts_of_objects_and_classes_are_as_the_export_writes_them(dataset, tmp_path, rule, sampling):
    requested = config(dataset, Setup(DENSE, rule=rule), sampling, format="manifest")
    seen = [propose_boxes(requested.setup, dataset, index) for index in range(len(dataset))]
    tallies = [tally(requested, index, proposed) for index, proposed in enumerate(seen)]
    quotas = estimated_quotas(requested, tallies)
    export(requested, tmp_path)
    rows = pq.read_table(tmp_path / "train/manifest.parquet").to_pandas()

    classes = np.bincount(rows["class"], minlength=len(requested.classes.names))
    assert crops_by_class(tallies, quotas, requested.classes).tolist() == classes.tolist()
    assert (classes > 0).sum() >= 2
    assert extrapolate(requested, tallies, {}).by_class == tuple(classes.tolist())
    half = extrapolate(requested, tallies[::2], {})
    assert abs(sum(half.by_class) - half.crops) <= len(classes)
    found = negatives_inside(tallies, quotas, rule)
    negatives = rows[rows.label == 0]
    inside = negatives[negatives.inside > found.share]
    assert (found.negatives, found.inside) == (len(negatives), len(inside))
    assert (len(inside) > 0) == (rule.ignore_inside == 1)
    assert (found.ignored > 0) == (rule.ignore_inside < 1)
    counts = iou_histogram(inside["iou"].to_numpy(np.float32))
    assert np.abs(np.cumsum(found.by_iou - counts)).max() <= (inside.iou == np.float32(rule.iou)).sum()


@pytest.mark.parametrize(
    ("share", "negatives", "inside", "ignored", "text"),
    [
        (0.5, 9120, 4312, 0, "4,312 of 9,120 negatives lie more than half inside an object."),
        (0.5, 1, 1, 0, "1 of 1 negative lies more than half inside an object."),
        (0.5, 0, 0, 0, "0 of 0 negatives lie more than half inside an object."),
        (0.3, 9, 0, 0, "0 of 9 negatives lie more than 30 % inside an object."),
        (
            0.3,
            9,
            0,
            1200,
            "1,200 boxes that are not positive lie more than 30 % inside an object and are ignored.",
        ),
        (0.5, 9, 0, 1, "1 box that is not positive lies more than half inside an object and is ignored."),
    ],
)
def test_the_sentence_on_parts_of_objects(share, negatives, inside, ignored, text):
    assert Inside(share, negatives, inside, ignored, np.zeros(BINS, np.int64)).text() == text
