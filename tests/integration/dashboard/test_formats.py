"""How numbers, amounts, times and filters are written: the modules themselves, in the browser."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from gatemeter.dashboard.assets import version
from gatemeter.escaping import escaped
from gatemeter.metrics.filters import Filter
from tests.support.api_client import no_store
from tests.support.browser import watched_page
from tests.support.dashboard_pages import plain
from tests.support.served_dashboard import served_dashboard

pytestmark = [pytest.mark.loopback, pytest.mark.xdist_group("dashboard")]

NUMBERS: list[tuple[str, list[Any], str]] = [
    ("count", [1234567], "1234567"),
    ("count", [None], "not known"),
    ("duration", [0], "0ms"),
    ("duration", [0.01234], "0.0123ms"),
    ("duration", [12.345], "12.3ms"),
    ("duration", [99.96], "100ms"),
    ("duration", [999.4], "999ms"),
    ("duration", [999.6], "1.00s"),
    ("duration", [98_765], "98.8s"),
    ("duration", [None], "not known"),
    ("percent", [0.07425], "7.42%"),
    ("percent", [None], "not known"),
    ("bytes", [12_345_678], "12.3MB"),
    ("change", [-0.0113], "-1.1%"),
    ("change", [0], "±0%"),
    ("change", [None], "not known"),
]
AMOUNTS = [
    ("1234567.895", "1234567.90EUR"),
    ("0.995", "1.00EUR"),
    ("0.00012344", "0.000123EUR"),
    ("0", "0.00EUR"),
    ("-0.125", "-0.13EUR"),
    ("90071992547409931.015", "90071992547409931.02EUR"),
    (None, "not known"),
]
FILTERS = [
    Filter.parse("status_class not in 4xx,5xx"),
    Filter.parse('service in "a,b","say ""hi""", plain'),
    Filter.parse("team not empty"),
]


FEBRUARY = {"tz": "UTC", "startMs": 1_769_904_000_000, "endMs": 1_772_323_200_000}


@pytest.fixture(scope="module")
def modules(running_browser: Browser) -> Iterator[Page]:
    with served_dashboard(no_store) as served, watched_page(running_browser) as watched:
        watched.expected.append("404")  # Chromium looks for an icon
        watched.page.goto(f"{served.url}/dashboard/static/{version()}/icon.svg")
        yield watched.page


def call(page: Page, module: str, function: str, arguments: list[Any]) -> Any:
    address = f"/dashboard/static/{version()}/{module}.js"
    run = "([address, name, given]) => import(address).then(found => found[name](...given))"
    return page.evaluate(run, [address, function, arguments])


def test_numbers_have_three_digits_that_count_and_null_is_not_known(modules: Page) -> None:
    found = [plain(call(modules, "format/numbers", name, arguments)) for name, arguments, _ in NUMBERS]
    assert found == [text for _, _, text in NUMBERS]
    assert call(modules, "format/numbers", "count", [1234567]) == "1\u202f234\u202f567"


def test_amounts_are_rounded_on_their_digits_and_have_a_currency(modules: Page) -> None:
    assert [plain(call(modules, "format/money", "money", [each, "EUR"])) for each, _ in AMOUNTS] == [
        text for _, text in AMOUNTS
    ]
    assert "currency not known" in call(modules, "format/money", "money", ["1", "Empty"])
    limit = {"currency": None, "limit": "1000", "used_at_least": "1200", "left": "-200", "is_known": True}
    spend = {"currency": "EUR", "limit": "10", "used_at_least": "2.5", "left": None, "note": "1 unpriced_calls"}
    assert [plain(call(modules, "parts/limits", "usedOf", [each])) for each in (limit, spend)] == [
        "1200 of 1000 used, 200 over the limit",
        "at least 2.50EUR of 10.00EUR used, what is left is not known (1 unpriced_calls)",
    ]


def test_amounts_in_charts_are_told_from_their_digits(modules: Page) -> None:
    rows = [{"period": "2026-02", "model": "m", "llm_cost": "90071992547409931.015"}]
    lines = call(modules, "chart/series", "linesOfGroups", [rows, "llm_cost", ["model"], "month", FEBRUARY, 0])
    assert lines["series"][0]["told"] == ["90071992547409931.015"]


@pytest.mark.parametrize(
    ("granularity", "stored", "begins"),
    [
        ("week", ["2026-01-26", "2026-02-09"], ["2026-01-26", "2026-02-02", "2026-02-09", "2026-02-16", "2026-02-23"]),
        ("month", ["2026-02"], ["2026-02-01"]),
        ("year", ["2024"], ["2024-01-01", "2026-01-01"]),
    ],
)
def test_periods_without_rows_are_gaps_between_those_with_some(
    modules: Page, granularity: str, stored: list[str], begins: list[str]
) -> None:
    address = f"/dashboard/static/{version()}/chart/periods.js"
    run = "([address, ...given]) => import(address).then(found => found.periodsOf(...given).xs)"
    found = modules.evaluate(run, [address, stored, granularity, FEBRUARY])
    assert [f"{datetime.fromtimestamp(each, UTC):%Y-%m-%d}" for each in found] == begins


def test_the_rest_of_the_groups_is_named_once_and_one_call_is_no_calls(modules: Page) -> None:
    rest = {"method": "(all others)", "status": "(all others)"}
    assert call(modules, "format/words", "groupOf", [rest, ["method", "status"], " "]) == "(all others)"
    some = {"method": "GET", "status": "(all others)"}
    assert call(modules, "format/words", "groupOf", [some, ["method", "status"], " "]) == "GET (all others)"
    assert [call(modules, "format/numbers", "counted", [each, "call"]) for each in (1, 2)] == ["1 call", "2 calls"]


def cost_row(consumer: str, username: str, currency: str, cost: str | None, unpriced: int = 0) -> dict[str, Any]:
    names = {"consumer": consumer, "consumer_username": username, "consumer_custom_id": "Empty"}
    return {**names, "cost_currency": currency, "llm_cost": cost, "unpriced_calls": unpriced}


COSTS = [
    cost_row("a", "anne", "EUR", "1.5"),
    cost_row("a", "anne", "USD", "2"),
    cost_row("a", "renamed", "EUR", "4"),
    cost_row("b", "bob", "Empty", None, 3),
    cost_row("c", "carl", "Empty", "0"),
]


@pytest.mark.parametrize(
    ("rows", "asked", "costs"),
    [
        (COSTS, "abcd", ["1.50EUR and 2.00USD", "4.00EUR", "3 calls without a price", None, None]),
        (COSTS, "abc", ["1.50EUR and 2.00USD", "4.00EUR", "3 calls without a price", None, "not known"]),
        (None, "abcd", ["not known"] * 5),
    ],
    ids=["all of them", "one was not asked for", "no answer yet"],
)
def test_what_consumers_cost_is_none_only_where_that_is_known(
    modules: Page, rows: list[Any] | None, asked: str, costs: list[str | None]
) -> None:
    address = f"/dashboard/static/{version()}/pages/consumers.js"
    shown = [*(COSTS[number] for number in (0, 2, 3, 4)), cost_row("d", "dora", "", None)]
    run = "([address, rows, ids, shown]) => import(address).then(found => shown.map(found.costsOf(rows, new Set(ids))))"
    found = modules.evaluate(run, [address, rows, asked, shown])
    assert [each and plain(each) for each in found] == costs


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ([cost_row("a", "", "Empty", "0")], "0: nothing had to be paid"),
        ([cost_row("a", "", "Empty", "0", unpriced=1)], "not known"),
        ([cost_row("a", "", "Empty", None)], "not known"),
        ([cost_row("a", "", "Empty", "0.5")], "not known"),
        ([], "no calls"),
    ],
)
def test_a_cost_without_a_currency_is_0_only_if_nothing_was_to_be_paid(
    modules: Page, rows: list[Any], shown: str
) -> None:
    assert call(modules, "parts/costs", "unnamedCost", [rows]) == shown


def test_characters_that_cannot_be_seen_are_written_as_in_a_terminal(modules: Page) -> None:
    for text in ("acme\u202egnp.exe", "a\x1b[31m\x85", "b\u2066\u200fc\ufeff", "d\U000e0041", "caf\u00e9 \u65e5\u672c"):
        assert call(modules, "format/words", "valueOf", [text]) == escaped(text)
        as_json = json.dumps({"by": [text]}, ensure_ascii=False)
        shown = call(modules, "format/escaped", "escapedJson", [as_json])
        assert json.loads(shown) == {"by": [text]}
        assert shown.isprintable()


def test_a_day_begins_when_the_clock_of_the_zone_says_so(modules: Page) -> None:
    begins = [
        call(modules, "state/time-range", "instantOf", [day, "Europe/Berlin"]) / 3_600_000
        for day in ("2026-10-25", "2026-10-26", "2026-03-29", "2026-03-30T00:00")
    ]
    assert (begins[1] - begins[0], begins[3] - begins[2]) == (25, 23)
    assert call(modules, "format/time", "wallClock", [begins[0] * 3_600_000, "Europe/Berlin"]) == "2026-10-25T00:00"


def test_filters_are_written_as_the_command_line_reads_them(modules: Page) -> None:
    for each in FILTERS:
        members = {"dimension": each.dimension, "operator": each.operator, "values": list(each.values)}
        assert Filter.parse(call(modules, "state/filters", "written", [members])) == each
        if each.values:
            text = call(modules, "state/filters", "written", [members]).split(f"{each.operator} ", 1)[1]
            assert call(modules, "state/filters", "split", [text]) == list(each.values)
