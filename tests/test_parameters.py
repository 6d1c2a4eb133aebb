"""Parameters: text to value and back for every one there is, and one line for every mistake."""

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BoxscopeError
from core.labelling import LabelRule
from core.parameters import build, parameters, spell
from core.pipeline import Setup
from core.proposers import PROPOSERS, AdaptiveThreshold, FullImage, Grid, OpenCVSelectiveSearch, make_proposer
from core.ranking import ORDER_CHOICES
from core.sampling import Sampling
from tests.drawn import outcome, quick, some_settings, some_setups, values_of

CLASSES = [*PROPOSERS.values(), LabelRule, Sampling]
SPECS = [pytest.param(spec, id=f"{c.__name__}.{spec.name}") for c in CLASSES for spec in parameters(c)]
each_class = pytest.mark.parametrize("settings_class", CLASSES, ids=lambda c: c.__name__)
URL_NAMES = {"dataset", "split", "image", "proposer", "find", "out", "stages", "export_top"}


@pytest.mark.parametrize("spec", SPECS)
@quick
@given(data=st.data())
def test_parse_reads_what_spell_writes(spec, data):
    value = data.draw(values_of(spec))
    assert spec.parse(spec.spell(value)) == value
    assert type(spec.parse(spec.spell(value))) is type(value)


@each_class
@quick
@given(data=st.data())
def test_settings_survive_spelling_pickling_and_hashing(settings_class, data):
    made = data.draw(some_settings(settings_class))
    spelled = spell(made)
    assert build(settings_class, spelled, owner="test") == made
    assert list(spelled) == [spec.name for spec in parameters(settings_class)]
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(pickle.loads(pickle.dumps(made))) == hash(made)


@pytest.mark.parametrize("spec", SPECS)
@quick
@given(text=st.text(max_size=20) | st.from_regex(r"\A[-+]?[0-9]{1,30}(\.[0-9]*)?(e[0-9]{1,3})?\Z"))
def test_any_text_is_a_value_or_one_line_that_names_the_parameter(spec, text):
    value, mistake = outcome(lambda: spec.parse(text))
    if mistake:
        assert mistake.startswith(f"{spec.name}: got ")
        assert len(mistake.splitlines()) == 1
    else:
        assert spec.check(value) == value


@pytest.mark.parametrize("spec", SPECS)
def test_default_is_a_value_that_fits(spec):
    assert spec.check(spec.default) == spec.default
    assert spec.parse(spec.spell(spec.default)) == spec.default


@pytest.mark.parametrize("spec", SPECS)
def test_every_parameter_speaks_for_itself(spec):
    assert spec.label
    assert spec.help.endswith(".") or spec.help[-1].isalnum()
    assert spec.type in (int, float, bool, str)
    assert spec.step > 0
    if spec.type in (int, float):
        assert spec.min is not None
    if spec.type is str:
        assert spec.choices or spec.path


@pytest.mark.parametrize(
    ("settings_class", "name", "text", "expected"),
    [
        (Sampling, "side", "7", "side: got 7, expected 8 to 1024 px"),
        (Sampling, "side", "1025", "side: got 1025, expected 8 to 1024 px"),
        (Setup, "top", "-1", "top: got -1, expected at least 0 proposals"),
        (Sampling, "side", "7.5", "side: got '7.5', expected a whole number"),
        (Sampling, "side", "", "side: got '', expected a whole number"),
        (Setup, "nms", "much", "nms: got 'much', expected a number"),
        (Setup, "nms", "nan", "nms: got nan, expected 0.05 to 1.0"),
        (Setup, "nms", "inf", "nms: got inf, expected 0.05 to 1.0"),
        (Setup, "nms", "-inf", "nms: got -inf, expected 0.05 to 1.0"),
        (Setup, "order", "big", f"order: got 'big', expected one of {', '.join(ORDER_CHOICES)}"),
        (LabelRule, "inclusive", "maybe", "inclusive: got 'maybe', expected true or false"),
        (AdaptiveThreshold, "kernel", "5", "kernel: got '5', expected 2 values"),
        (AdaptiveThreshold, "kernel", "5,0", "kernel: got 0, expected 1 to 51 px"),
        (AdaptiveThreshold, "offsets", "", "offsets: got '', expected 1 to 8 values"),
        (AdaptiveThreshold, "offsets", "40,x", "offsets: got 'x', expected a whole number"),
        (AdaptiveThreshold, "offsets", "40,256", "offsets: got 256, expected 0 to 255 grey levels"),
        (
            AdaptiveThreshold,
            "offsets",
            "1,2,3,4,5,6,7,8,9",
            "offsets: got '1,2,3,4,5,6,7,8,9', expected 1 to 8 values",
        ),
        (Grid, "aspects", "1,nan", "aspects: got nan, expected 0.05 to 20.0"),
    ],
)
def test_text_that_does_not_fit_is_named_in_one_line(settings_class, name, text, expected):
    with pytest.raises(BoxscopeError) as caught:
        build(settings_class, {name: text}, owner="test")
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: AdaptiveThreshold(offsets=40), "offsets: got 40, expected a list"),
        (lambda: AdaptiveThreshold(offsets=(40.0,)), "offsets: got 40.0, expected a whole number"),
        (lambda: AdaptiveThreshold(min_area="250"), "min_area: got '250', expected a whole number"),
        (lambda: AdaptiveThreshold(min_area=True), "min_area: got True, expected a whole number"),
        (lambda: AdaptiveThreshold(min_area=None), "min_area: got None, expected a whole number"),
        (lambda: AdaptiveThreshold(kernel="55"), "kernel: got '55', expected a list"),
        (lambda: Grid(overlap=float("nan")), "overlap: got nan, expected 0.0 to 0.9"),
        (lambda: Grid(overlap="0.5"), "overlap: got '0.5', expected a number"),
        (lambda: LabelRule(inclusive=1), "inclusive: got 1, expected true or false"),
        (lambda: OpenCVSelectiveSearch(mode=3), "mode: got 3, expected a word"),
        (lambda: Setup(order="big"), f"order: got 'big', expected one of {', '.join(ORDER_CHOICES)}"),
    ],
)
def test_value_that_does_not_fit_raises_when_the_object_is_made(make, expected):
    with pytest.raises(BoxscopeError) as caught:
        make()
    assert str(caught.value) == expected


@pytest.mark.parametrize("name", ["top", "min_side"])
def test_number_too_large_for_a_float_is_one_line_or_a_value(name):
    digits = "1" + "0" * 400
    setup, mistake = outcome(lambda: Setup.parse({name: digits}))
    assert mistake.startswith(f"{name}: got ") or getattr(setup, name) == int(digits)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            lambda: make_proposer("adaptive-threshold", {"ofsets": "1"}),
            "adaptive-threshold: no parameter 'ofsets', expected one of offsets, min_area, kernel, window, "
            "percentiles, more_kernels, polarity, smoothing, min_piece",
        ),
        (
            lambda: make_proposer("full-image", {"mode": "fast"}),
            "full-image: no parameter 'mode', it takes none",
        ),
        (
            lambda: Setup.parse({"proposer": "grid", "offsets": "1"}),
            "setup: no parameter 'offsets', expected one of proposer, levels, aspects, overlap, order, "
            "min_side, nms, top, iou, inclusive, negative_from, negative_below, ignore_inside, ignore_mask",
        ),
        (
            lambda: make_proposer("gird"),
            "no proposer 'gird', expected one of " + ", ".join(PROPOSERS),
        ),
    ],
    ids=["misspelt", "none to have", "of another proposer", "no such proposer"],
)
def test_unknown_name_is_named_beside_the_known_ones(call, expected):
    with pytest.raises(BoxscopeError) as caught:
        call()
    assert str(caught.value) == expected


def test_lists_become_tuples_and_whole_numbers_floats():
    assert AdaptiveThreshold(offsets=[10, 20], kernel=[3, 3]) == AdaptiveThreshold(
        offsets=(10, 20), kernel=(3, 3)
    )
    assert type(Grid(overlap=0).overlap) is float
    assert Grid(aspects=[1, 2]).aspects == (1.0, 2.0)
    assert hash(AdaptiveThreshold(offsets=[10])) == hash(AdaptiveThreshold(offsets=(10,)))


def test_spaces_and_case_of_text_do_not_matter():
    read = AdaptiveThreshold.parse({"offsets": " 10, 20 ,", "min_area": " 7 "})
    assert read == AdaptiveThreshold(offsets=(10, 20), min_area=7)
    assert build(LabelRule, {"inclusive": " TRUE "}, owner="test") == LabelRule(inclusive=True)


def test_replace_checks_as_making_does():
    assert AdaptiveThreshold().replace(min_area=9) == AdaptiveThreshold(min_area=9)
    with pytest.raises(BoxscopeError, match="min_area: got -1"):
        AdaptiveThreshold().replace(min_area=-1)


def test_numbers_of_numpy_are_refused_rather_than_kept_in_a_cache_key():
    with pytest.raises(BoxscopeError, match="expected a whole number"):
        AdaptiveThreshold(min_area=np.int64(5))


@pytest.mark.parametrize("name", [*PROPOSERS, "tiles:crack-groups"])
def test_no_two_parameters_of_a_view_share_a_name(name):
    parts = (Setup(make_proposer(name)), Sampling)
    names = Counter(spec.name for part in parts for spec in parameters(part))
    names.update(URL_NAMES)
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(("key", "proposer"), PROPOSERS.items(), ids=PROPOSERS)
def test_proposer_stands_under_its_own_name_with_a_summary(key, proposer):
    assert proposer.name == key
    assert proposer.summary.endswith(".")
    assert make_proposer(key) == proposer()


@quick
@given(some_setups())
def test_setup_is_read_back_from_its_spelling_and_from_its_changes(setup):
    assert Setup.parse(setup.spell()) == setup
    assert Setup.parse(setup.changes()) == setup
    assert hash(Setup.parse(setup.spell())) == hash(setup)
    assert pickle.loads(pickle.dumps(setup)) == setup


@pytest.mark.parametrize("proposer", PROPOSERS)
def test_changes_of_a_plain_setup_are_the_proposer_alone(proposer):
    assert Setup(proposer=make_proposer(proposer)).changes() == {"proposer": proposer}


def test_changes_name_what_differs_and_nothing_else():
    setup = Setup(proposer=Grid(levels=2), nms=0.9, rule=LabelRule(iou=0.7))
    assert setup.changes() == {"proposer": "grid", "levels": "2", "nms": "0.9", "iou": "0.7"}


def test_spelling_is_what_one_would_type():
    spelled = Setup(proposer=Grid(levels=2, aspects=(1, 0.5)), rule=LabelRule(inclusive=True)).spell()
    assert list(spelled.items())[:4] == [
        ("proposer", "grid"),
        ("levels", "2"),
        ("aspects", "1.0,0.5"),
        ("overlap", "0.5"),
    ]
    assert spelled["inclusive"] == "true"


def test_nothing_spelled_is_the_default_setup():
    assert Setup.parse({}) == Setup()
    assert Setup.parse({"proposer": "full-image"}).proposer == FullImage()
