"""The sketch's promise, checked with exact fractions for every bucket there is."""

from fractions import Fraction

import numpy as np
import pytest

from gatemeter.metering.sketch import BUCKET_COUNT, MAX_VALUE, buckets_of, buckets_of_bytes, buckets_of_ms

GAMMA = Fraction(101, 99)
UPPER_BOUNDS = [Fraction(0), *(GAMMA**exponent for exponent in range(BUCKET_COUNT - 1))]
LARGEST = [min(int(bound), MAX_VALUE) for bound in UPPER_BOUNDS]
USED_BUCKETS = [bucket for bucket in range(1, BUCKET_COUNT) if LARGEST[bucket] > LARGEST[bucket - 1]]


def array(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def test_first_and_last_value_of_every_bucket_are_placed_in_it() -> None:
    firsts = array(*(LARGEST[bucket - 1] + 1 for bucket in USED_BUCKETS))
    lasts = array(*(LARGEST[bucket] for bucket in USED_BUCKETS))
    assert buckets_of(firsts).tolist() == USED_BUCKETS
    assert buckets_of(lasts).tolist() == USED_BUCKETS


def test_every_bucket_represents_its_values_within_one_percent() -> None:
    for bucket in USED_BUCKETS:
        representative = 2 * GAMMA ** (bucket - 1) / (GAMMA + 1)
        for value in (LARGEST[bucket - 1] + 1, LARGEST[bucket]):
            assert abs(representative - value) <= Fraction(value, 100), bucket


def test_the_last_bucket_reaches_int64_max() -> None:
    assert UPPER_BOUNDS[-2] < MAX_VALUE <= UPPER_BOUNDS[-1]
    assert buckets_of(array(MAX_VALUE)).tolist() == [BUCKET_COUNT - 1]


@pytest.mark.parametrize(("value_ns", "bucket"), [(0, 0), (1, 1), (2, 36), (3, 56)])
def test_smallest_values(value_ns: int, bucket: int) -> None:
    # 1.0202...^35 is the first power that reaches 2, ^55 the first that reaches 3.
    assert buckets_of(array(value_ns)).tolist() == [bucket]


def test_the_table_of_whole_milliseconds_agrees_with_the_search() -> None:
    whole_ms = np.arange(70_000)
    values_ns = whole_ms.astype(np.int64) * 1_000_000
    expected = buckets_of(values_ns)
    in_table = whole_ms < 65_536
    assert buckets_of_ms(whole_ms[in_table].astype(np.float64), values_ns[in_table]).tolist() == (
        expected[in_table].tolist()
    )
    assert buckets_of_ms(whole_ms.astype(np.float64), values_ns).tolist() == expected.tolist()


@pytest.mark.parametrize("value_ms", [65_535, 65_536])
def test_the_end_of_the_table_is_no_border(value_ms: int) -> None:
    values_ns = array(value_ms * 1_000_000)
    assert buckets_of_ms(np.array([float(value_ms)]), values_ns).tolist() == buckets_of(values_ns).tolist()


def test_a_fraction_of_a_millisecond_is_not_cut_off() -> None:
    values_ms = np.array([1.0, 1.999])
    placed = buckets_of_ms(values_ms, array(1_000_000, 1_999_000)).tolist()
    assert placed == buckets_of(array(1_000_000, 1_999_000)).tolist()
    assert placed[1] > placed[0]


def test_no_values_have_no_buckets() -> None:
    assert buckets_of_ms(np.zeros(0), array()).tolist() == []


def test_sizes_are_in_the_buckets_of_their_numbers() -> None:
    sizes = array(0, 1, 2, 65_535, 65_536, 65_537, 10**12, MAX_VALUE)
    assert buckets_of_bytes(sizes).tolist() == buckets_of(sizes).tolist()
    assert buckets_of_bytes(sizes[:4]).tolist() == buckets_of(sizes[:4]).tolist()
    assert buckets_of_bytes(sizes[:0]).tolist() == []
