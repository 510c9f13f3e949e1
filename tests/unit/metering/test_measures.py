"""Sums are exact however large, and what was not measured leaves no trace."""

import numpy as np
import pytest

from gatemeter.metering.measures import ExactSum, LatencyMeasure, MeasuredLatencies, SizeMeasure
from gatemeter.metering.sketch import buckets_of

INT64_MAX = 2**63 - 1
COUNT, SUM_NS, MIN_NS, MAX_NS, BUCKETS, BUCKET_COUNTS = range(6)
NOTHING_MEASURED = [[0], [0], [0], [0], [[]], [[]]]


def add(total: ExactSum, pairs: list[tuple[int, int]], slot_count: int) -> None:
    total.add(np.array([s for s, _ in pairs], dtype=np.intp), np.array([v for _, v in pairs], np.int64), slot_count)


def measured(*values_ms: float) -> LatencyMeasure:
    measure = LatencyMeasure()
    latencies = MeasuredLatencies.of(np.array(values_ms, dtype=np.float64))
    measure.add(np.zeros(len(values_ms), dtype=np.intp), latencies, 1)
    return measure


@pytest.mark.parametrize("value", [2**36 - 1, 2**36, 2**36 + 1, 2**62, INT64_MAX])
def test_a_thousand_equal_values_sum_exactly(value: int) -> None:
    total = ExactSum()
    for _ in range(10):
        add(total, [(0, value)] * 100, 1)
    assert total.values([0]) == [1000 * value]


def test_huge_and_ordinary_values_of_a_slot_are_added_together() -> None:
    total = ExactSum()
    add(total, [(0, 5), (1, INT64_MAX), (0, INT64_MAX), (0, 7)], 3)
    assert total.values([2, 0, 1]) == [0, INT64_MAX + 12, INT64_MAX]


def test_slots_may_be_added_later() -> None:
    total = ExactSum()
    add(total, [(0, 1)], 1)
    add(total, [(199, 2), (0, 3)], 200)
    assert total.values([0, 199, 100]) == [4, 2, 0]


@pytest.mark.parametrize("values_ms", [(), (-1.0,), (-0.5,), (9_000_000_000_001.0,), (1e300,), (float("inf"),)])
def test_negative_and_impossible_latencies_are_not_measured(values_ms: tuple[float, ...]) -> None:
    assert measured(*values_ms).columns([0]) == NOTHING_MEASURED


def test_zero_is_a_measured_latency() -> None:
    assert measured(0.0, -1.0).columns([0]) == [[1], [0], [0], [0], [[0]], [[1]]]


def test_fractions_of_a_millisecond_round_to_nanoseconds() -> None:
    columns = measured(0.1, 37.5, 0.0000006).columns([0])
    assert [columns[COUNT], columns[SUM_NS], columns[MIN_NS], columns[MAX_NS]] == [[3], [37_600_001], [1], [37_500_000]]


def test_minimum_and_maximum_are_those_of_each_slot() -> None:
    measure = LatencyMeasure()
    measure.add(np.array([0, 1, 0]), MeasuredLatencies.of(np.array([3.0, 70_000.0, 5.0])), 2)
    columns = measure.columns([1, 0])
    assert columns[MIN_NS] == [70_000_000_000, 3_000_000]
    assert columns[MAX_NS] == [70_000_000_000, 5_000_000]
    assert columns[SUM_NS] == [70_000_000_000, 8_000_000]


def test_the_longest_latency_is_summed_exactly() -> None:
    columns = measured(*[9_000_000_000_000.0] * 5).columns([0])
    assert columns[SUM_NS] == [45 * 10**18]


def test_a_sketch_counts_each_bucket_once_in_order() -> None:
    columns = measured(2.0, 0.0, 2.0).columns([0])
    (buckets,), (bucket_counts,) = columns[BUCKETS], columns[BUCKET_COUNTS]
    assert buckets == sorted(buckets)
    assert (buckets[0], bucket_counts) == (0, [1, 2])


def test_adding_sketches_is_measuring_all_values_at_once() -> None:
    columns_of_each = [measured(1.0, 5.0, 900.25).columns([0]), measured(5.0, -1.0, 0.0).columns([0])]
    merged: dict[int, int] = {}
    for columns in columns_of_each:
        for bucket, count in zip(columns[BUCKETS][0], columns[BUCKET_COUNTS][0], strict=True):
            merged[bucket] = merged.get(bucket, 0) + count
    whole = measured(1.0, 5.0, 900.25, 5.0, -1.0, 0.0).columns([0])
    assert sorted(merged.items()) == list(zip(whole[BUCKETS][0], whole[BUCKET_COUNTS][0], strict=True))


def test_the_highest_bucket_does_not_reach_into_the_next_slot() -> None:
    measure = LatencyMeasure()
    measure.add(np.array([0]), MeasuredLatencies.of(np.array([9_000_000_000_000.0])), 2)
    (highest, none), _ = measure.columns([0, 1])[BUCKETS:]
    assert (highest, none) == ([bucket_of_longest()], [])


def bucket_of_longest() -> int:
    return int(buckets_of(np.array([9 * 10**18], dtype=np.int64))[0])


def test_only_known_sizes_are_sketched_and_0_is_one() -> None:
    measure = SizeMeasure()
    measure.admit([True, False])
    measure.add(np.array([0, 1, 0, 0], dtype=np.intp), np.array([7, 0, 0, 7], dtype=np.int64))
    measure.admit([True])
    measure.add(np.array([2], dtype=np.intp), np.array([2**40], dtype=np.int64))
    counts, *others = measure.columns([0, 1, 2], np.array([3, 1, 1]))
    assert counts == [3, 0, 1]
    [bucket_of_7], [large] = (buckets_of(np.array([each])).tolist() for each in (7, 2**40))
    assert others == [[0, 0, 2**40], [7, 0, 2**40], [[0, bucket_of_7], [], [large]], [[1, 2], [], [1]]]
