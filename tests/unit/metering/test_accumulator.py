"""Running values per key, and which of them have to be written."""

import pytest

from gatemeter.events.usage_rows import UsageRows
from gatemeter.metering import accumulator as rollup_accumulator
from gatemeter.metering.accumulator import RollupAccumulator
from gatemeter.pricing.price_table import PriceTable
from gatemeter.schema.bookkeeping import COUNTED
from gatemeter.schema.rollups import API_USAGE_ROLLUP

INT64_MAX = 2**63 - 1
NO_PRICES = PriceTable("USD", [])


def accumulator() -> RollupAccumulator:
    return RollupAccumulator(API_USAGE_ROLLUP, NO_PRICES)


def add(target: RollupAccumulator, *keys: str, size: int = 10, latency_ms: float = 2.0) -> None:
    sizes, latencies = [size] * len(keys), [latency_ms] * len(keys)
    rows = UsageRows(API_USAGE_ROLLUP, None)
    rows.keys += [(0, key, *[""] * 10, 200, "", "wire", "wire") for key in keys]
    for amounts in rows.sums:
        amounts += sizes
    for measured_ms in rows.latencies_ms:
        measured_ms += latencies
    target.add(rows, COUNTED)


def taken(target: RollupAccumulator) -> dict[str, tuple[int, ...]]:
    """Key to requests, request bytes, response bytes, measured requests and their sum in ns."""
    keys, columns = target.take_dirty()
    return {key[1]: tuple(column[index] for column in columns[:5]) for index, key in enumerate(keys)}


def test_each_key_has_its_own_count_and_sums() -> None:
    target = accumulator()
    add(target, "a", "b", "a")
    assert taken(target) == {"a": (2, 20, 20, 2, 4_000_000), "b": (1, 10, 10, 1, 2_000_000)}


def test_changed_keys_are_taken_with_their_whole_values() -> None:
    target = accumulator()
    add(target, "a", "b")
    taken(target)
    add(target, "b", size=INT64_MAX)
    assert taken(target) == {"b": (2, INT64_MAX + 10, INT64_MAX + 10, 2, 4_000_000)}
    assert taken(target) == {}


def test_dirty_count_falls_to_zero_when_taken() -> None:
    target = accumulator()
    add(target, "a", "b", "a")
    assert target.dirty_count == 2
    taken(target)
    assert target.dirty_count == 0


def test_columns_are_those_the_rollup_names() -> None:
    target = accumulator()
    add(target, "a")
    assert len(target.take_dirty()[1]) == len(API_USAGE_ROLLUP.measure_names())


def test_every_key_ever_seen_is_listed_with_its_count() -> None:
    target = accumulator()
    add(target, "a", "b", "a")
    taken(target)
    add(target, "c")
    assert {key[1]: count for key, count in target.counts_by_key()} == {"a": 2, "b": 1, "c": 1}


@pytest.mark.parametrize("fold_at", [1, 3, 1000])
def test_folding_early_or_late_changes_no_value(monkeypatch: pytest.MonkeyPatch, fold_at: int) -> None:
    monkeypatch.setattr(rollup_accumulator, "_FOLD_AT", fold_at)
    target = accumulator()
    for number in range(20):
        add(target, f"k{number % 3}", size=number, latency_ms=number / 4)
    # k0 holds 0, 3, ..., 18; k1 1, 4, ..., 19; k2 2, 5, ..., 17.
    assert taken(target) == {
        "k0": (7, 63, 63, 7, 63 * 250_000),
        "k1": (7, 70, 70, 7, 70 * 250_000),
        "k2": (6, 57, 57, 6, 57 * 250_000),
    }


def test_a_key_that_changes_often_is_one_row_to_write() -> None:
    target = accumulator()
    add(target, *["a"] * 50, "b")
    taken(target)
    add(target, *["a"] * 50)
    assert target.dirty_count <= 2  # of the two keys that there are
