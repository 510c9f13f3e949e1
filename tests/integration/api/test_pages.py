"""Pages put together are the whole answer, each row once, also while numbers change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.wiring.store import open_store
from tests.support.api_client import ApiClient, api_client
from tests.support.databases import Store
from tests.support.smoke import smoke
from tests.support.stored_rows import usage, usage_rows
from tests.support.tenant_apis import EVERYBODY, Apis, ask

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]

ASKED: list[dict[str, Any]] = [
    {"by": ["consumer", "service"]},
    {"by": ["consumer"], "granularity": "hour", "tz": "Europe/Berlin"},
    {"metrics": ["llm_cost", "request_count"], "by": ["team", "cost_currency"], "granularity": "week"},
    {"by": ["workspace"], "granularity": "year", "last": "52w"},
]


def pages(apis: Apis, asked: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    following = None
    while True:
        found = ask(apis, {**asked, "page_size": size, **({"next": following} if following else {})})
        assert found.status == 200, found
        yield found.json()
        following = found.json()["next"]
        if following is None:
            return


@pytest.mark.parametrize("asked", smoke(ASKED[:2], 1, reason="twenty pages; hours in pages are in `make test` below"))
def test_pages_together_are_all_rows_each_once(apis: Apis, asked: dict[str, Any]) -> None:
    whole = ask(apis, asked).json()
    found = list(pages(apis, asked, 4))
    rows = [row for page in found for row in page["rows"]]
    assert len(rows) == whole["row_count"] > 4
    assert sorted(map(repr, rows)) == sorted(map(repr, whole["rows"]))
    assert {len(page["rows"]) for page in found[:-1]} == {4}
    assert {page["row_count"] for page in found} == {None}


def test_a_page_that_holds_everything_knows_how_many_rows_there_are(apis: Apis) -> None:
    for asked in ASKED[:1]:
        [page] = pages(apis, asked, 1_000)
        assert page["row_count"] == len(page["rows"])


def test_hours_that_a_clock_shows_twice_stay_in_their_order(store: Store) -> None:
    with store.client() as client:
        hours = [datetime(2026, 10, 24, 23, tzinfo=UTC) + timedelta(hours=each) for each in range(4)]
        rows = [usage(hour=each, partition=number) for number, each in enumerate(hours)]
        ClickHouseSink(client).write([usage_rows(*rows)])
    with api_client(partial(open_store, None, store.url, only_reads=True)) as client_of_api:
        asked = {"granularity": "hour", "tz": "Europe/Berlin"}
        periods = [row["period"] for row in client_of_api.query(asked).json()["rows"]]
        assert [row["period"] for row in rows_of_pages(client_of_api, asked)] == periods
        assert periods[1:3] == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]


def rows_of_pages(client: ApiClient, asked: dict[str, Any], size: int = 1) -> Iterator[dict[str, Any]]:
    following: dict[str, str] = {}
    while True:
        page = client.query({**asked, "page_size": size, **following}).json()
        yield from page["rows"]
        if page["next"] is None:
            return
        following = {"next": page["next"]}


def test_no_row_is_told_twice_while_numbers_change(store: Store) -> None:
    names = [f"c{number}" for number in range(6)]
    with store.client() as client, api_client(partial(open_store, None, store.url, only_reads=True)) as api:
        sink = ClickHouseSink(client)
        sink.write([usage_rows(*(usage(consumer_id=each, partition=n) for n, each in enumerate(names)))])
        seen = []
        for number, row in enumerate(rows_of_pages(api, {"by": ["consumer"]}, 2)):
            seen.append(row["consumer"])
            sink.write([usage_rows(usage(consumer_id="c0", partition=100 + number, requests=1_000))])
            sink.write([usage_rows(usage(consumer_id="c5", partition=200 + number, requests=5_000))])
    assert seen == names


def test_a_bill_has_pages_with_a_link_to_the_next(apis: Apis) -> None:
    whole = apis.everything.get("/billable", "period=hour", EVERYBODY).json()
    rows, query = [], "period=hour&page_size=7"
    while query:
        found = apis.everything.get("/billable", query, EVERYBODY)
        rows += found.json()
        link = found.headers.get("link", "")
        query = link.partition("?")[2].partition(">")[0]
        assert bool(query) == link.endswith('rel="next"')
    assert rows == whole


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"order": "-request_count"}, "pages are in the order"),
        ({"limit": 3}, "pages are in the order"),
        ({"compare": True, "from": "2026-03-01", "to": "2026-03-02"}, "pages are in the order"),
        ({"next": "x"}, "no text that a page has given"),
        ({"next": "bm9uZQ=="}, "no text that a page has given"),
        ({"page_size": 10_001}, "less than or equal to 10000"),
    ],
)
def test_what_has_no_pages_is_refused(apis: Apis, more: dict[str, Any], said: str) -> None:
    found = ask(apis, {"page_size": 2, **more})
    assert found.status == 400
    assert said in found.detail


def test_a_page_of_another_question_is_refused(apis: Apis) -> None:
    following = ask(apis, {"by": ["consumer"], "page_size": 1}).json()["next"]
    found = ask(apis, {"by": ["service"], "page_size": 1, "next": following})
    assert (found.status, found.detail.partition(";")[0]) == (400, "next: it was given for another question")
    assert ask(apis, {"by": ["consumer"], "next": following}).status == 400
    assert ask(apis, {"page_size": 1}, accept="text/csv").status == 400
