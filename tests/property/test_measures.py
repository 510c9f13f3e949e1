"""Sums and sketches of any values, against Python's own exact arithmetic."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.metering.measures import ExactSum, LatencyMeasure, MeasuredLatencies
from gatemeter.metering.sketch import buckets_of

VALUES = st.one_of(st.integers(0, 1000), st.integers(2**36 - 2, 2**36 + 2), st.integers(0, 2**63 - 1))
SLOTS = st.integers(0, 3)
WHOLE_NS = st.one_of(st.integers(0, 10**6), st.integers(0, 70 * 10**9), st.just(-1))


@given(st.lists(st.lists(st.tuples(SLOTS, VALUES))))
def test_sums_are_exact(batches: list[list[tuple[int, int]]]) -> None:
    total, expected = ExactSum(), [0, 0, 0, 0]
    for batch in batches:
        for slot, value in batch:
            expected[slot] += value
        slots, values = [slot for slot, _ in batch], [value for _, value in batch]
        total.add(np.array(slots, dtype=np.intp), np.array(values, dtype=np.int64), 4)
    if batches:
        assert total.values([0, 1, 2, 3]) == expected


@given(st.lists(st.tuples(SLOTS, WHOLE_NS), min_size=1), st.integers(0, 50))
def test_latency_measures_equal_exact_arithmetic(pairs: list[tuple[int, int]], cut: int) -> None:
    measure = LatencyMeasure()
    for part in (pairs[:cut], pairs[cut:]):
        slots = np.array([slot for slot, _ in part], dtype=np.intp)
        measure.add(slots, MeasuredLatencies.of(np.array([value / 10**6 for _, value in part], dtype=np.float64)), 4)
    for slot in range(4):
        values = [value for at, value in pairs if at == slot and value >= 0]
        buckets = Counter(buckets_of(np.array(values, dtype=np.int64)).tolist())
        assert [column[0] for column in measure.columns([slot])] == [
            *(len(values), sum(values), min(values, default=0), max(values, default=0)),
            *(sorted(buckets), [buckets[bucket] for bucket in sorted(buckets)]),
        ]
