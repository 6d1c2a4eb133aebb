"""SplitMix64 against plain Python: whole numbers without end, cut to 64 bits by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.proposers import selective_search
from core.sampling import draws
from core.splitmix import MASK, STEP, mix, unit
from tests.drawn import quick

NUMBERS = st.integers(0, MASK)


def plain_mix(number: int) -> int:
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB & MASK
    return number ^ (number >> 31)


def test_the_published_sequence_from_0():
    numbers = np.arange(1, 4, dtype=np.uint64) * np.uint64(STEP)
    assert mix(numbers).tolist() == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@quick
@given(st.lists(NUMBERS, max_size=9))
def test_mixing_equals_plain_python(numbers):
    assert mix(np.array(numbers, np.uint64)).tolist() == [plain_mix(number) for number in numbers]


@quick
@given(NUMBERS, st.lists(st.integers(0, 2**40), min_size=1, max_size=9))
def test_draws_equal_plain_python(start, counters):
    expected = [plain_mix(start + (counter + 1) * STEP & MASK) for counter in counters]
    assert draws.bits(start, counters).tolist() == expected
    assert draws.uniform(start, counters).tolist() == [(bits >> 11) / 2**53 for bits in expected]


@quick
@given(st.integers(0, 2**31 - 1), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3))
def test_keys_equal_plain_python(seed, numbers):
    expected = 0
    for number in (seed, draws.Purpose.JITTER, *numbers):
        expected = plain_mix((expected ^ (number & MASK)) + STEP & MASK)
    assert draws.key(seed, draws.Purpose.JITTER, *numbers) == expected


@quick
@given(st.lists(NUMBERS, max_size=9))
def test_order_of_selective_search_equals_plain_python(numbers):
    found = selective_search._hash01(np.array(numbers, np.uint64))
    expected = [plain_mix(number + 0x5EED * STEP & MASK) >> 11 for number in numbers]
    assert found.tolist() == [bits / 2**53 for bits in expected]


def test_fractions_end_before_one():
    assert unit(np.array([0, MASK], np.uint64)).tolist() == [0.0, 1 - 2**-53]
