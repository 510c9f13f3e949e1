"""Stored costs priced again on the real engine: what is wrong, and what is not known."""

from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.metering.ruleset import Metering
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.second_look import Look
from gatemeter.verification.stored_costs import check_stored_costs
from tests.support.price_books import table
from tests.support.verified_store import falsify, fill

pytestmark = pytest.mark.clickhouse

PRICES = table("entries = [{provider = 'openai', model = 'gpt-4o-mini', prices = {input = 1, output = 2}}]")
NO_PRICES = table("entries = []")


def counted(client: Client, directory: Path, prices: PriceTable) -> Client:
    fill(client, directory, Metering(prices))
    return client


def checked(client: Client, prices: PriceTable) -> Look:
    return check_stored_costs(client, TimeSpan(), prices)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("'' AS cost_currency, '' AS cost_gaps", 0),  # a row from before these were stored
        ("'' AS cost_currency, cost_computed + 1 AS cost_computed", 1),
        ("'EUR' AS cost_currency", 1),
        ("'none' AS cost_gaps", 1),
    ],
)
def test_costs_are_compared_as_far_as_they_were_stored(empty: Client, tmp_path: Path, change: str, found: int) -> None:
    store = counted(empty, tmp_path, PRICES)
    assert checked(store, PRICES).results[0].differences == 0
    falsify(store, "llm_usage_hourly", change)
    costs = checked(store, PRICES)
    assert (costs.results[0].differences, list(costs.unchecked)) == (found, [])


@pytest.mark.long(reason="verifies prices of another book; stored costs are compared in `make test`")
def test_unpriced_costs_of_another_book_are_not_known(empty: Client, tmp_path: Path) -> None:
    store = counted(empty, tmp_path, NO_PRICES)
    falsify(store, "llm_usage_hourly", "'EUR' AS cost_currency, 'no price for openai/x' AS cost_gaps")
    costs = checked(store, NO_PRICES)
    assert costs.results[0].differences == 0
    assert [each.partition(":")[0] for each in list(costs.unchecked)] == ["costs of 1 row"]


@pytest.mark.long(reason="verifies prices of another book; stored costs are compared in `make test`")
@pytest.mark.parametrize("prices", [PRICES, NO_PRICES])
def test_gaps_of_a_price_of_another_book_are_not_known(empty: Client, tmp_path: Path, prices: PriceTable) -> None:
    store = counted(empty, tmp_path, prices)
    falsify(store, "llm_usage_hourly", "'openai/x@2025-01-01#17310b70 has no price for audio_input' AS cost_gaps")
    costs = checked(store, prices)
    assert costs.results[0].differences == 0
    assert "openai/x@2025-01-01#17310b70" in " ".join(costs.unchecked)


def test_an_amount_without_a_price_is_found(empty: Client, tmp_path: Path) -> None:
    store = counted(empty, tmp_path, NO_PRICES)
    falsify(store, "llm_usage_hourly", "1 AS cost_computed, 'EUR' AS cost_currency")
    assert checked(store, NO_PRICES).results[0].differences == 1
