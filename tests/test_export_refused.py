"""Data sets that an export refuses as a whole, and what it writes of them anyway."""

import dataclasses

import pytest

from core.errors import BoxscopeError
from core.export import ExportFolder
from core.export.refusals import refusal
from tests.small import config, export, small_set


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    dataset = small_set(tmp_path_factory.mktemp("data"), 3)
    return dataclasses.replace(dataset, refusals=("boxes are no boxes", "nor are images"))


def test_a_refused_set_is_exported_anyway_alone(tmp_path, refused):
    requested, folder = config(refused), ExportFolder(tmp_path / "train")
    with pytest.raises(BoxscopeError, match=r"boxes are no boxes; nor are images: .*--anyway") as stop:
        export(requested, tmp_path)
    assert not folder.path.exists()
    assert refusal(requested, folder) == refusal(requested, folder, overwrite=True) == str(stop.value)
    assert refusal(requested, folder, anyway=True) == ""
    assert export(requested, tmp_path, anyway=True).images == 3


def test_a_refusal_keeps_the_export_that_it_would_overwrite(tmp_path, refused):
    export(config(refused), tmp_path, anyway=True)
    with pytest.raises(BoxscopeError):
        export(config(refused), tmp_path, overwrite=True)
    assert (tmp_path / "train" / "export.json").is_file()
