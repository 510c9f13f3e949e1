"""Stored costs priced again on the real engine: what is wrong, and what is not known."""

from functools import partial

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.metering.ruleset import Metering
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.second_look import Look
from gatemeter.verification.stored_costs import check_stored_costs
from tests.support.price_books import table
from tests.support.restored_rows import RestoredRows
from tests.support.verified_store import count_values, falsify, log_values

pytestmark = pytest.mark.clickhouse

PRICES = table("entries = [{provider = 'openai', model = 'gpt-4o-mini', prices = {input = 1, output = 2}}]")
NO_PRICES = table("entries = []")


@pytest.fixture
def priced(engine: Client, rows: RestoredRows) -> Client:
    """A store that counted a call with a price."""
    rows.restore("priced", partial(count_values, values=log_values(), metering=Metering(PRICES)))
    return engine


@pytest.fixture
def unpriced(engine: Client, rows: RestoredRows) -> Client:
    """A store that counted a call without one."""
    rows.restore("unpriced", partial(count_values, values=log_values(), metering=Metering(NO_PRICES)))
    return engine


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
def test_costs_are_compared_as_far_as_they_were_stored(priced: Client, change: str, found: int) -> None:
    assert checked(priced, PRICES).results[0].differences == 0
    falsify(priced, "llm_usage_hourly", change)
    costs = checked(priced, PRICES)
    assert (costs.results[0].differences, list(costs.unchecked)) == (found, [])


@pytest.mark.long(reason="verifies prices of another book; stored costs are compared in `make test`")
def test_unpriced_costs_of_another_book_are_not_known(unpriced: Client) -> None:
    falsify(unpriced, "llm_usage_hourly", "'EUR' AS cost_currency, 'no price for openai/x' AS cost_gaps")
    costs = checked(unpriced, NO_PRICES)
    assert costs.results[0].differences == 0
    assert [each.partition(":")[0] for each in list(costs.unchecked)] == ["costs of 1 row"]


@pytest.mark.long(reason="verifies prices of another book; stored costs are compared in `make test`")
@pytest.mark.parametrize(("name", "prices"), [("priced", PRICES), ("unpriced", NO_PRICES)])
def test_gaps_of_a_price_of_another_book_are_not_known(
    request: pytest.FixtureRequest, name: str, prices: PriceTable
) -> None:
    store: Client = request.getfixturevalue(name)
    falsify(store, "llm_usage_hourly", "'openai/x@2025-01-01#17310b70 has no price for audio_input' AS cost_gaps")
    costs = checked(store, prices)
    assert costs.results[0].differences == 0
    assert "openai/x@2025-01-01#17310b70" in " ".join(costs.unchecked)


def test_an_amount_without_a_price_is_found(unpriced: Client) -> None:
    falsify(unpriced, "llm_usage_hourly", "1 AS cost_computed, 'EUR' AS cost_currency")
    assert checked(unpriced, NO_PRICES).results[0].differences == 1
