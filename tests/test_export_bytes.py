"""The bytes of an export depend on its configuration alone."""

import pytest

from core.cutting import Cut
from core.datasets import CocoDataset
from core.executors import local
from core.pipeline import Setup
from core.proposers import AdaptiveThreshold
from core.sampling import Sampling
from tests.exports import start
from tests.small import (
    CROP_FORMATS,
    config,
    digest,
    export,
    write_scenes,
)


@pytest.mark.slow
def test_bytes_do_not_depend_on_workers_or_interruptions(tmp_path, dataset):
    setup = Setup(AdaptiveThreshold(offsets=(20, 40), min_area=9))
    each = {name: config(dataset, setup, Sampling(cut=Cut(side=32)), format=name) for name in CROP_FORMATS}
    for name, requested in each.items():
        export(requested, tmp_path / name / "serial")
    for workers in (1, 3):
        with local(workers) as executor:
            for name, requested in each.items():
                export(requested, tmp_path / name / str(workers), executor=executor, workers=workers)
    for name, requested in each.items():
        start(requested, tmp_path / name / "resumed")
        export(requested, tmp_path / name / "resumed")
        assert len({digest(folder) for folder in (tmp_path / name).iterdir()}) == 1, name


def test_bytes_do_not_depend_on_where_the_data_set_lies(tmp_path):
    for place in ("here", "there"):
        annotations = write_scenes(tmp_path / place, 3)
        (annotations.parent / "images" / "001.jpg").unlink()
        export(config(CocoDataset.open(annotations)), tmp_path / f"out-{place}")
    assert digest(tmp_path / "out-here") == digest(tmp_path / "out-there")
