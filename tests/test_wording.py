"""Numbers with their words."""

import numpy as np
import pytest

from core import wording

IOUS = [
    (0, "0.00"),
    (float(np.float32(0.29)), "0.29"),
    (0.496, "0.49"),
    (0.4999, "0.49"),
    (0.5, "0.50"),
    (float(np.float32(0.7)), "0.70"),
    (0.999, "0.99"),
    (1, "1.00"),
]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (2_345_678, "2.3 MB"),
        (4e9, "4.0 GB"),
        (4e15, "4000.0 TB"),
    ],
)
def test_bytes(number, words):
    assert wording.size(number) == words


@pytest.mark.parametrize(("seconds", "words"), [(59, "59 s"), (60, "1 min"), (5400, "1.5 h")])
def test_a_time(seconds, words):
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(("value", "words"), IOUS)
def test_an_iou_is_never_rounded_up_over_a_threshold(value, words):
    assert wording.iou(value) == words


def test_a_count():
    assert [wording.count(number, "crop") for number in (0, 1, 2000)] == ["0 crops", "1 crop", "2,000 crops"]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("1.0 MB", "2.5 MB", "1.0 – 2.5 MB"),
        ("900.0 kB", "1.1 MB", "900.0 kB – 1.1 MB"),
        ("0", "12", "0 – 12"),
    ],
)
def test_the_ends_of_an_interval_have_a_common_unit_once(low, high, words):
    assert wording.span(low, high) == words
