"""Costs of calls to models: exact, in one currency a row, and not known where no call has one."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.reports.llm import LlmGroup, LlmRow
from tests.support.llm_rows import llm, report, store_calls, total

pytestmark = pytest.mark.clickhouse


def rows_of(client: Client, cases: Sequence[Sequence[Mapping[str, Any]]]) -> list[LlmRow]:
    """The row of each case, whose calls are stored in a workspace of their own."""
    store_calls(client, *({**row, "workspace": f"{number:02}"} for number, case in enumerate(cases) for row in case))
    rows = report(client, LlmGroup.WORKSPACE)
    assert [row.groups for row in rows] == [[f"{number:02}"] for number in range(len(cases))]
    return rows


class TestMoney:
    EXACT = (
        (["0.0000468"], "0.0000468"),
        (["0"], "0"),
        (["12.50", "7.50"], "20"),
        # Logged as 4.6800000000000006e-05, so with 21 decimals.
        (["0.000046800000000000006", "0.000046800000000000006", "0.1"], "0.100093600000000000012"),
        (["0.1", "0.2"], "0.3"),
        (["0.000000000000000000000001", "12345678901234"], "12345678901234.000000000000000000000001"),
        # Together more than Decimal(38, 24) holds.
        (["99999999999999.999999999999999999999999"] * 3, "299999999999999.999999999999999999999997"),
        (["-0.5", "0.2"], "-0.3"),
    )

    def test_is_added_up_exactly_and_written_without_exponent(self, clickhouse_client: Client) -> None:
        others = ("cost_computed", "embeddings_cost", "cost_savings")
        columns = ("cost_reported_spend", *others)
        cases = [
            [llm(epoch_first_offset=place, **dict.fromkeys(columns, cost)) for place, cost in enumerate(costs)]
            for costs, _ in self.EXACT
        ]
        found = [
            [getattr(row, column) for column in ("cost_reported", *others)] for row in rows_of(clickhouse_client, cases)
        ]
        assert found == [[text] * 4 for _, text in self.EXACT]

    REPORTED = (
        ([llm(calls_without_reported_cost=1)], None),
        ([llm(calls=3, calls_without_reported_cost=3), llm(outcome="cache_hit")], None),
        ([llm(calls=3, calls_without_reported_cost=2, cost_reported_spend="0.5")], "0.5"),
        ([llm(calls_without_reported_cost=1), llm(provider="b", cost_reported_spend="0.5")], "0.5"),
        ([llm(outcome="cache_hit"), llm(outcome="failed")], "0"),
        ([llm(outcome="failed", cost_reported="0.5")], "0"),
        ([llm(outcome="blocked", calls_without_reported_cost=1)], None),
        ([llm(outcome="unknown", calls_without_reported_cost=1)], None),
        ([llm(outcome="unknown", calls_without_reported_cost=1), llm(outcome="failed")], None),
        ([llm(outcome="unknown", cost_reported_spend="0.5")], "0.5"),
        # One half of a call that two messages report: it has a cost, but the other half counts the call.
        ([llm(calls=0, cost_reported_spend="0.5")], "0.5"),
        ([llm(calls_without_reported_cost=1), llm(provider="b", calls=0, cost_reported_spend="0.5")], "0.5"),
    )

    def test_reported_is_null_where_no_call_has_one(self, clickhouse_client: Client) -> None:
        rows = rows_of(clickhouse_client, [case for case, _ in self.REPORTED])
        assert [row.cost_reported for row in rows] == [cost for _, cost in self.REPORTED]

    COMPUTED = (
        ([llm(unpriced_calls=1)], None),
        ([llm(calls=2, unpriced_calls=2), llm(outcome="cache_hit"), llm(outcome="failed")], None),
        ([llm(unpriced_calls=1), llm(provider="b", cost_computed="0.25")], "0.25"),
        # Priced, and free: 0 is known here.
        ([llm(calls=2, unpriced_calls=1)], "0"),
        ([llm(outcome="cache_hit"), llm(outcome="failed")], "0"),
        ([llm(outcome="unknown", unpriced_calls=1)], None),
        ([llm(outcome="unknown", unpriced_calls=1), llm(cost_computed="0.25")], "0.25"),
        # A hit whose embedding has no price says nothing of the call that has one.
        ([llm(), llm(outcome="cache_hit", unpriced_calls=1)], "0"),
        ([llm(outcome="cache_hit", unpriced_calls=1)], "0"),
        ([llm(calls=0, cost_computed="0.25"), llm(provider="b", unpriced_calls=1)], "0.25"),
    )

    def test_computed_is_null_where_no_call_has_a_price(self, clickhouse_client: Client) -> None:
        rows = rows_of(clickhouse_client, [case for case, _ in self.COMPUTED])
        assert [row.cost_computed for row in rows] == [cost for _, cost in self.COMPUTED]

    OF_EMBEDDINGS = (
        ([llm()], "0"),
        ([llm(unpriced_calls=1, cost_evidence="unpriced")], "0"),
        ([llm(embeddings_evidence="reported", unpriced_calls=1, cost_evidence="unpriced")], None),
        ([llm(embeddings_evidence="estimated", embeddings_cost="0.5", cost_evidence="unpriced")], "0.5"),
        ([llm(embeddings_evidence="reported", cost_evidence="computed")], "0"),
    )

    def test_of_embeddings_is_null_where_none_has_a_price(self, clickhouse_client: Client) -> None:
        rows = rows_of(clickhouse_client, [case for case, _ in self.OF_EMBEDDINGS])
        assert [row.embeddings_cost for row in rows] == [cost for _, cost in self.OF_EMBEDDINGS]

    def test_each_group_has_what_is_known_of_it(self, clickhouse_client: Client) -> None:
        store_calls(
            clickhouse_client,
            llm(provider="a", cost_reported_spend="1", unpriced_calls=1),
            llm(provider="b", calls_without_reported_cost=1, cost_computed="2"),
        )
        rows = report(clickhouse_client, LlmGroup.PROVIDER)
        assert [(row.groups, row.cost_reported, row.cost_computed) for row in rows] == [
            (["a"], "1", None),
            (["b"], None, "2"),
        ]


class TestEvidenceAndCurrency:
    def test_a_total_says_how_much_of_it_is_an_estimate(self, clickhouse_client: Client) -> None:
        store_calls(
            clickhouse_client,
            llm(cost_computed="0.5", cost_evidence="computed", provider="a"),
            llm(cost_computed="0.25", cost_evidence="estimated", provider="b", calls=2, answers=1),
            llm(cost_evidence="unpriced", unpriced_calls=4, calls=4, provider="c"),
        )
        row = total(clickhouse_client)
        assert (row.cost_computed, row.cost_estimated, row.estimated_calls) == ("0.75", "0.25", 3)
        assert (row.calls, row.unpriced_calls) == (7, 4)

    @pytest.mark.parametrize(("name", "amount"), [("cost_currency", "cost_computed"), ("cost_reported_currency", "")])
    def test_two_currencies_are_two_rows(self, clickhouse_client: Client, name: str, amount: str) -> None:
        column = amount or "cost_reported_spend"
        currencies = ("", "EUR", "USD")
        rows = [llm(epoch_first_offset=place, **{name: each, column: "1"}) for place, each in enumerate(currencies)]
        store_calls(clickhouse_client, *rows)
        found = [(getattr(row, name), getattr(row, amount or "cost_reported")) for row in report(clickhouse_client)]
        assert found == [(each, "1") for each in currencies]
