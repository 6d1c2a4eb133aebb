"""What the pages say of images in doubt, of images without objects, and of sets that an export refuses."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation import Coverage, survey
from core.export import image_outcome
from core.labelling import LabelRule, label
from core.pipeline import Setup, process_image
from core.proposers import AdaptiveThreshold
from core.sampling import Sampling
from pages.ui.jobs import process
from pages.ui.server import tables
from tests.drawn import truth
from tests.test_pages import MAIN, PATIENCE, button, opened
from tests.walls import A, B, box, record, walls

PICTURES = {"crack.png": [A, B], "hidden.png": [A], "plain.png": []}
RECORDS = [record(n + 1, name) for n, name in enumerate(PICTURES)]
LOST = [box(1, 1, A), box(2, 1, [5, 5, 0, 9]), box(3, 2, [5, 5, 0, 9])]
SETUP = Setup(AdaptiveThreshold())


def outcomes(dataset, sampling: Sampling, setup: Setup = SETUP) -> list[str]:
    """Return what is said of each image without objects."""
    found = []
    for index in range(len(dataset)):
        labels = process_image(setup, dataset, index)[1].labels
        found.append(image_outcome.without_objects(dataset, index, labels, sampling))
    return found


def test_an_image_without_objects_is_one_only_where_none_may_be_missing(tmp_path):
    dataset = walls(tmp_path, PICTURES, RECORDS, LOST)
    uncertain = "No object of this image is certain: none of its proposals is exported."
    plain = "A background image, without objects: every proposal is a negative."
    assert outcomes(dataset, Sampling()) == ["", uncertain, plain]
    left_out = "A background image, without objects: the export leaves these out."
    assert outcomes(dataset, Sampling(empty_images=False)) == ["", uncertain, left_out]
    boxes = np.array([[0, 0, 9, 9], [0, 0, 50, 50]], np.float32)
    labels = label(boxes, truth([]), LabelRule(negative_from=0.1))
    assert image_outcome.without_objects(dataset, 2, labels, Sampling()) == (
        "A background image, without objects: 0 of 2 proposals are negatives."
    )


def test_the_warning_of_an_image_names_its_doubt(tmp_path):
    dataset = walls(tmp_path, PICTURES, RECORDS, LOST)
    first, second, third = (image_outcome.uncertainty(dataset, index) for index in range(3))
    assert first.startswith(
        "The export takes no negatives from this image: 1 of its objects cannot be used ("
    )
    assert second.startswith("The export leaves this image out: 1 of its objects cannot be used (")
    assert third == ""
    refused = walls(tmp_path / "refused", PICTURES, RECORDS, [box(1, 77), box(2, 1), box(3, 78)])
    assert image_outcome.uncertainty(refused, 2).startswith(
        "The export refuses this data set as it is: 2 of 3 "
    )


def test_images_in_doubt_are_not_shown_as_empty(tmp_path):
    dataset = walls(tmp_path, PICTURES, RECORDS, LOST)
    indices = np.arange(3)
    measured = survey.CoverageSurvey(lambda index: pytest.fail("none is measured"))
    found = survey.coverages(measured, dataset, indices, survey.Criteria(SETUP), 0)
    assert found == [None, None, Coverage(0, 0, 1.0)]
    table = tables.queue(dataset, indices, found)
    assert [int(row[0]) for row in np.frombuffer(table[-9 * 8 :], "<f8").reshape(3, 3)] == [1, -1, 0]


@pytest.mark.parametrize(("image", "heading"), [(1, "takes no negatives"), (2, "leaves this image out")])
def test_explore_says_of_an_image_what_the_export_does(home, image, heading):
    walls(home / "set", PICTURES, RECORDS, LOST)
    app = opened("explore.py", dataset="set", image=str(image))
    assert [heading in found.value for found in app.warning] == [True]
    assert not any("every proposal is a negative" in found.value for found in app.caption)
    if image == 2:
        assert any("preview: not exported" in found.value for found in app.markdown)
        assert not any("preview: exported" in found.value for found in app.markdown)


def test_a_refused_set_is_exported_from_the_page_with_a_tick(home, monkeypatch):
    walls(home / "set", PICTURES, RECORDS, [box(1, 77), box(2, 78), box(3, 1)])
    started = []
    monkeypatch.setattr(process, "start", lambda arguments, folder: started.append(arguments))
    app = opened("export.py", dataset="set", out="out")
    assert any("2 of 3 objects name images" in found.value for found in app.error)
    assert "Start the export" not in [found.label for found in app.button]
    next(tick for tick in app.checkbox if tick.label == "Export anyway").check().run()
    button(app, "Start the export").click().run()
    assert [arguments[-1] for arguments in started] == ["--anyway"]


def test_a_set_without_doubt_shows_no_tick(home):
    walls(home / "set", PICTURES, RECORDS, [box(1, 1)])
    app = AppTest.from_file(str(MAIN), default_timeout=PATIENCE / 1000)
    app.query_params["dataset"] = "set"
    app.run()
    assert not app.warning
    assert not opened("export.py", dataset="set", out="out").checkbox
