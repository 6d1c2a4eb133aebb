"""What differs between the export that a folder holds and the one that is wanted."""

from core.export.refusals import Difference, differences

THERE = {
    "layout": 4,
    "annotations_sha256": "a",
    "pictures_sha256": "p",
    "setup": {"proposer": "grid", "levels": "2", "top": "0"},
    "sampling": {"negatives_first": "9"},
}


def test_equal_settings_differ_in_nothing():
    assert differences(THERE, {**THERE}) == []


def test_each_setting_is_named_with_both_values():
    (found,) = differences(THERE, {**THERE, "sampling": {"negatives_first": "400"}})
    assert found == Difference("negatives_first", "9", "400", follows=False)
    assert found.text() == "negatives_first 9 there, 400 wanted"
    assert found.text("now") == "negatives_first 9 there, 400 now"


def test_what_comes_with_another_difference_is_marked():
    other = {**THERE, "annotations_sha256": "b", "pictures_sha256": "q"}
    other["setup"] = {"proposer": "fixed", "corners": "", "top": "5"}
    found = {difference.name: difference for difference in differences(THERE, other)}
    follows = {name for name, difference in found.items() if difference.follows}
    assert follows == {"pictures_sha256", "levels", "corners"}
    assert found["levels"].text() == "levels 2 there, none wanted"
    assert {*found} - follows == {"annotations_sha256", "proposer", "top"}
    (pictures,) = differences(THERE, {**THERE, "pictures_sha256": "q"})
    assert not pictures.follows
