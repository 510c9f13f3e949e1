"""Stored rows priced again: only costs change, and they are what metering with these prices would have stored."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import Metering
from gatemeter.pricing.book_files import book_from_text
from gatemeter.pricing.price_table import PriceTable
from gatemeter.pricing.reprice import CostDifference, GroupCosts, Repricing
from gatemeter.schema import LLM_USAGE, TableRows
from tests.support.kong_events import event_text
from tests.support.logs import FROM_THE_START, as_records, chunk_of, flush_to, kafka_log
from tests.support.price_books import table, yoctos

BEFORE = table("entries = [{provider = 'p', model = 'm', prices = {input = 1, output = 2}}]")
AFTER = table(
    """
    entries = [
      {provider = "p", model = "m", prices = {input = 3, output = 2}},
      {provider = "p", model = "n", prices = {input = 5, output = 5}},
    ]
    """
)
COST_COLUMNS = LLM_USAGE.column_names[-8:]


def call(event_id: str, consumer: str, model: str, *, status: int = 200, **meta: str) -> bytes:
    """100 prompt and 10 completion tokens, none of them for a failure; reported at 0.5."""
    completion_tokens = 10 if status < 400 else 0
    usage = {"prompt_tokens": 100, "completion_tokens": completion_tokens, "cost": 0.5}
    usage["total_tokens"] = 100 + completion_tokens
    ai = {
        "proxy": {
            "usage": usage,
            "meta": {"provider_name": "p", "request_model": model, "request_mode": "oneshot", **meta},
        }
    }
    extra = f'"consumer":{{"id":"{consumer}"}},"ai":{json.dumps(ai)}'
    return event_text(event_id=f'"{event_id}"', status=str(status), extra=extra)


CALLS = [
    call("1", "a", "m"),
    call("2", "a", "m"),
    call("3", "b", "m"),
    call("4", "b", "asked", response_model="n"),
    call("5", "", "m", status=429),
]


def metered(prices: PriceTable, calls: Sequence[bytes] = CALLS) -> list[dict[str, Any]]:
    sink, counter = MemorySink(), PartitionCounter(kafka_log(100), 0, FROM_THE_START, Metering(prices))
    counter.add(chunk_of(0, calls))
    flush_to(counter, sink)
    return sink.rows(LLM_USAGE)


def columns_of(rows: Sequence[dict[str, Any]]) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in LLM_USAGE.column_names]


def without_costs(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in COST_COLUMNS}


def records(rows: TableRows) -> list[dict[str, Any]]:
    return as_records([rows], LLM_USAGE)


def test_changed_rows_are_what_metering_would_store() -> None:
    before, expected = metered(BEFORE), metered(AFTER)
    changed = records(Repricing(AFTER).reprice(columns_of(before)))
    assert changed == [row for row in expected if row not in before]
    assert len(changed) == 3


def test_nothing_but_costs_changes() -> None:
    before = metered(BEFORE)
    changed = records(Repricing(AFTER).reprice(columns_of(before)))
    assert all(without_costs(row) in list(map(without_costs, before)) for row in changed)
    assert {row["cost_reported"] for row in changed} == {Decimal("0.5"), Decimal(1)}


def test_the_difference_is_by_consumer_and_model() -> None:
    repricing = Repricing(AFTER)
    repricing.reprice(columns_of(metered(BEFORE)))
    assert (repricing.row_count, repricing.changed_count) == (4, 3)
    found = {(group.consumer_id, group.model): each for group, each in repricing.differences.items()}
    assert found == {
        ("a", "m"): CostDifference(2, costs("0.00024"), costs("0.00064")),
        ("b", "m"): CostDifference(1, costs("0.00012"), costs("0.00032")),
        ("b", "n"): CostDifference(1, GroupCosts(unpriced_calls=1), costs("0.00055")),
    }


def test_the_difference_names_its_reason_and_the_price() -> None:
    repricing = Repricing(AFTER)
    repricing.reprice(columns_of(metered(BEFORE)))
    (dearer, again, priced) = sorted(repricing.differences)
    old, new = dearer.reason.split(" -> ")
    assert old.startswith("p/m#")
    assert (new, again.reason) == (dearer.price_version, dearer.reason)
    assert priced.reason == "no price for p/n -> computed"
    assert priced.price_version.startswith("p/n#")


def test_a_currency_that_is_told_now_is_no_difference() -> None:
    rows = [{**row, "cost_currency": ""} for row in metered(BEFORE)]
    repricing = Repricing(BEFORE)
    written = records(repricing.reprice(columns_of(rows)))
    assert (repricing.changed_count, repricing.currency_count, repricing.differences) == (0, 4, {})
    assert [row["cost_currency"] for row in written] == ["USD"] * 4


def test_a_cost_that_changes_with_its_currency_is_a_difference() -> None:
    rows = [{**row, "cost_currency": ""} for row in metered(BEFORE, CALLS[:1])]
    repricing = Repricing(AFTER)
    repricing.reprice(columns_of(rows))
    assert (repricing.changed_count, repricing.currency_count) == (1, 0)


def costs(amount: str, rows: int = 1) -> GroupCosts:
    """Computed costs alone, in `rows` rows that are priced."""
    return GroupCosts(cost_computed=yoctos(amount), priced_rows=rows)


def test_a_price_that_is_removed_makes_calls_unpriced() -> None:
    repricing = Repricing(table("entries = []"))
    (row,) = records(repricing.reprice(columns_of(metered(BEFORE, CALLS[:2]))))
    assert tuple(row[name] for name in COST_COLUMNS) == (
        0, 0, 0, 2, "unpriced", "", "USD", "no price for p/m",
    )  # fmt: skip
    (difference,) = repricing.differences.values()
    assert difference.before.unpriced_calls == 0
    assert difference.after == GroupCosts(unpriced_calls=2)


def test_chunks_add_up_to_the_whole() -> None:
    rows, whole, parts = metered(BEFORE), Repricing(AFTER), Repricing(AFTER)
    whole.reprice(columns_of(rows))
    for row in rows:
        parts.reprice(columns_of([row]))
    assert (parts.row_count, parts.changed_count) == (whole.row_count, whole.changed_count)
    assert parts.differences == whole.differences


def test_a_second_time_there_is_nothing_to_change() -> None:
    again = Repricing(AFTER)
    assert again.reprice(columns_of(metered(AFTER))).row_count == 0
    assert (again.row_count, again.changed_count, dict(again.differences)) == (4, 0, {})


def test_another_price_version_changes_a_row_of_equal_cost() -> None:
    """The row says which price it was made of; a price for something it did not use makes another version."""
    renamed = table("entries = [{provider = 'p', model = 'm', prices = {input = 1, output = 2, audio_input = 9}}]")
    repricing = Repricing(renamed)
    (row,) = records(repricing.reprice(columns_of(metered(BEFORE, CALLS[:1]))))
    assert row["price_version"] == metered(renamed, CALLS[:1])[0]["price_version"]
    assert list(repricing.differences.values()) == [CostDifference(1, costs("0.00012"), costs("0.00012"))]


def test_no_rows_give_no_changed_rows() -> None:
    repricing = Repricing(AFTER)
    assert repricing.reprice([[] for _ in LLM_USAGE.columns]).row_count == 0
    assert repricing.row_count == 0


def test_the_difference_of_a_group_adds_up_its_rows() -> None:
    """Another service tier makes another row of the same consumer and model."""
    rows = metered(BEFORE, [call("1", "a", "m"), call("2", "a", "m"), call("3", "a", "m", service_tier="flex")])
    assert len(rows) == 2
    repricing = Repricing(AFTER)
    repricing.reprice(columns_of(rows))
    assert sum(each.calls for each in repricing.differences.values()) == 3
    assert {group[:3] for group in repricing.differences} == {("a", "p", "m")}


def in_currency(currency: str) -> PriceTable:
    text = f"currency = '{currency}'\nentries = [{{provider = 'p', model = 'm', prices = {{input = 1, output = 2}}}}]"
    return PriceTable.from_books([book_from_text(text, "mine.toml")])


def of_two_books(calls: Sequence[bytes], *, told: bool) -> list[dict[str, Any]]:
    """A row of `calls` by a book in EUR, and one by a book with the same numbers in GBP."""
    rows = [row for currency in ("EUR", "GBP") for row in metered(in_currency(currency), calls)]
    return rows if told else [{**row, "cost_currency": ""} for row in rows]


DOUBTFUL = table("entries = [{provider = 'p', model = 'm', doubtful = 'old', prices = {input = 3, output = 2}}]")


def test_costs_before_in_two_currencies_are_two_differences() -> None:
    repricing = Repricing(DOUBTFUL)
    repricing.reprice(columns_of(of_two_books(CALLS[:1], told=True)))
    found = {(group.currency_before, group.currency_after): each for group, each in repricing.differences.items()}
    assert found == {
        ("EUR", "USD"): CostDifference(1, costs("0.00012"), costs("0.00032")),
        ("GBP", "USD"): CostDifference(1, costs("0.00012"), costs("0.00032")),
    }
    assert not any(group.is_comparable for group in repricing.differences)


def test_costs_of_currencies_that_are_not_known_are_not_added() -> None:
    rows = of_two_books(CALLS[:1], told=False)
    unknown = Repricing(DOUBTFUL)
    unknown.reprice(columns_of(rows))
    assert [each.calls for each in unknown.differences.values()] == [1, 1]
    assert {group.currency_before for group in unknown.differences} == {""}
    assert all(f"(the currency of {row['price_version']} is not known)" in str(unknown.differences) for row in rows)
    known = Repricing(DOUBTFUL, {rows[0]["price_version"]: "EUR", rows[1]["price_version"]: "GBP"}.__getitem__)
    known.reprice(columns_of(rows))
    assert {group.currency_before for group in known.differences} == {"EUR", "GBP"}


def test_what_had_no_price_before_can_be_compared() -> None:
    repricing = Repricing(AFTER)
    repricing.reprice(columns_of(metered(in_currency("EUR"), CALLS[3:4])))
    [group] = repricing.differences
    assert (group.currency_before, group.currency_after, group.is_comparable) == ("", "USD", True)
