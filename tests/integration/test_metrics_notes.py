"""What answers say beside their rows: names that are merged, and times that are not over."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.mcp.answers import billable, top_consumers
from gatemeter.mcp.arguments import BillableArguments, TopConsumersArguments
from gatemeter.metrics.answer import answer, streamed_answer
from gatemeter.metrics.answer_page import answer_page
from gatemeter.metrics.filters import Filter
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.metrics.span import AskedSpan
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.usage_parameters import AllowedRows, Subject
from tests.support.databases import DatabasePool
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY, usage, usage_rows

pytestmark = pytest.mark.clickhouse

MERGED = "one name, consumers of several workspaces: alice; the subject workspace/username keeps them apart"
BY_NAME = MetricsQuery(period=None, by=("consumer",), subject=Subject.USERNAME)
HALF_PAST = FEBRUARY.replace(minute=30)


@pytest.fixture(scope="module")
def client(database_pool: DatabasePool) -> Iterator[Client]:
    """90 requests in the hour from 2026-02-03T10:00Z, of two consumers with one name and one with another."""
    with database_pool.store() as store, store.client() as client:
        rows = (
            usage(consumer_id=i, consumer_username=name, workspace=workspace, requests=30)
            for i, name, workspace in (("c1", "alice", "w1"), ("c2", "alice", "w2"), ("c3", "bob", "w1"))
        )
        ClickHouseSink(client).write([usage_rows(*rows)])
        yield client


@pytest.mark.parametrize(
    ("query", "notes"),
    smoke(
        [
            (BY_NAME, [MERGED]),
            (MetricsQuery(period=None, by=("consumer",)), []),
            (MetricsQuery(period=None, metrics=("active_consumers",), subject=Subject.USERNAME), [MERGED]),
            (MetricsQuery(period=None, subject=Subject.USERNAME), []),
            (MetricsQuery(period=None, by=("consumer",), subject=Subject.WORKSPACE_USERNAME), []),
            (
                MetricsQuery(
                    period=None,
                    by=("consumer",),
                    subject=Subject.USERNAME,
                    filters=[Filter.parse("consumer not in alice")],
                ),
                [],
            ),
            (
                MetricsQuery(
                    period=None, by=("consumer",), subject=Subject.USERNAME, allowed=AllowedRows(workspaces=("w1",))
                ),
                [],
            ),
        ],
        3,
        reason="an answer with the note and without are in `make test`",
    ),
)
def test_a_name_of_several_consumers_is_said_wherever_it_is_shown(
    client: Client, query: MetricsQuery, notes: list[str]
) -> None:
    assert answer(client, query).notes == notes
    assert answer_page(client, query, 10, None).notes == notes
    streamed = streamed_answer(client, query)
    assert ([*streamed.rows], streamed.notes) == (answer(client, query).rows, notes)


def test_agents_are_told_of_a_name_of_several_consumers(client: Client) -> None:
    assert top_consumers(client, TopConsumersArguments(), AllowedRows())["notes"] == [MERGED]
    assert billable(client, BillableArguments(subject=Subject.USERNAME), AllowedRows())["notes"] == [MERGED]
    assert billable(client, BillableArguments(), AllowedRows())["notes"] == []


@pytest.mark.parametrize(
    ("period", "span", "minutes"),
    [
        (Period.HOUR, TimeSpan(), 30),
        (Period.DAY, TimeSpan(), 10 * 60 + 30),
        (Period.MONTH, TimeSpan(), (2 * 24 + 10) * 60 + 30),
        (None, TimeSpan.parse("2026-02-02", "2026-02-05"), (24 + 10) * 60 + 30),
        (None, TimeSpan.parse("2026-02-03T10:00", "2026-02-03T11:00"), 30),
    ],
)
def test_a_rate_of_what_is_not_over_is_of_the_minutes_passed(
    client: Client, period: Period | None, span: TimeSpan, minutes: int
) -> None:
    found = answer(client, MetricsQuery(period=period, span=span, metrics=("requests_per_minute",), now=HALF_PAST))
    assert [row["requests_per_minute"] for row in found.rows] == [90 / minutes]
    assert found.notes == ["rates of what is not over yet are over the minutes up to 2026-02-03T10:30Z"]


def test_a_rate_of_a_time_that_is_over_is_of_all_its_minutes(client: Client) -> None:
    span, later = TimeSpan.parse("2026-02-03", "2026-02-04"), datetime(2026, 2, 4, tzinfo=UTC)
    found = answer(client, MetricsQuery(period=None, span=span, metrics=("requests_per_minute",), now=later))
    assert (found.rows, found.notes) == ([{"requests_per_minute": 90 / 1440}], [])


def test_a_rate_of_minutes_that_did_not_pass_is_not_known(client: Client) -> None:
    asked = MetricsQuery(period=Period.HOUR, metrics=("requests_per_minute",), now=datetime(2026, 2, 3, 9, tzinfo=UTC))
    assert [row["requests_per_minute"] for row in answer(client, asked).rows] == [None]


def test_a_part_beside_a_whole_is_said_to_be_one(client: Client) -> None:
    asked = MetricsQuery(period=None, metrics=("request_count", "requests_per_minute"))
    spans = AskedSpan.parse("2026-02-03", "2026-02-04", None, HALF_PAST, is_compared=True)
    found = answer(client, spans.of(client, asked))
    assert "the time asked for is not over, and the time before is: it is 2026-02-03T10:30Z" in found.notes
    assert found.rows[0]["requests_per_minute"] == 90 / 630
