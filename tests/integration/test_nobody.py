"""Usage of nobody, and of consumers who are called as nobody is: never added up."""

from collections.abc import Iterator, Sequence

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.explain.metric import ExplainedMetric
from gatemeter.explain.number import explain_number
from gatemeter.mcp.answers import top_consumers
from gatemeter.mcp.arguments import TopConsumersArguments
from gatemeter.metrics.answer import answer
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.absence import why_no_rows
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.usage_parameters import AllowedRows, Subject
from gatemeter.schema import API_USAGE
from tests.support.databases import DatabasePool
from tests.support.stored_rows import usage, usage_rows

pytestmark = pytest.mark.clickhouse

CONSUMERS = [
    ("", "", 1),
    ("anonymous", "", 2),
    ("u1", "anonymous", 4),
    ("u2", "anonymous (name)", 8),
    ("u3", "Empty", 16),
    ("u4", "(all others)", 32),
    ("u5", "", 64),
]
BY_ID = {"anonymous": 1, "anonymous (name)": 2, "u1": 4, "u2": 8, "u3": 16, "u4": 32, "u5": 64}
BY_NAME = {
    "anonymous": 1,
    "anonymous (name)": 2 + 4,
    "anonymous (name) (name)": 8,
    "Empty (name)": 16,
    "(all others) (name)": 32,
    "u5": 64,
}
SUBJECTS = [(Subject.ID, BY_ID), (Subject.USERNAME, BY_NAME)]


@pytest.fixture(scope="module")
def client(database_pool: DatabasePool) -> Iterator[Client]:
    with database_pool.store() as store, store.client() as client:
        rows = (usage(consumer_id=i, consumer_username=name, requests=count) for i, name, count in CONSUMERS)
        ClickHouseSink(client).write([usage_rows(*rows)])
        yield client


@pytest.mark.parametrize(("subject", "expected"), SUBJECTS)
def test_a_bill_of_nobody_holds_no_consumer(client: Client, subject: Subject, expected: dict[str, int]) -> None:
    rows = billable_report(client, BillableParameters(subject=subject))
    words = {"Empty": "Empty (name)", "(all others)": "(all others) (name)"}  # a report has no such groups
    assert {words.get(row.consumer_id, row.consumer_id): row.requests for row in rows} == expected


@pytest.mark.parametrize(("subject", "expected"), SUBJECTS)
def test_an_answer_tells_nobody_and_namesakes_apart(client: Client, subject: Subject, expected: dict[str, int]) -> None:
    query = MetricsQuery(period=None, by=("consumer",), subject=subject)
    found = {row["consumer"]: row["request_count"] for row in answer(client, query).rows}
    assert found == expected


@pytest.mark.long(reason="asks for each name; filters of names are in `make test`")
@pytest.mark.parametrize(("subject", "expected"), SUBJECTS)
def test_a_filter_tells_nobody_and_namesakes_apart(client: Client, subject: Subject, expected: dict[str, int]) -> None:
    for name, count in expected.items():
        named = Filter("consumer", Operator.IN, (name,))
        one = answer(client, MetricsQuery(period=None, by=("consumer",), subject=subject, filters=[named])).rows
        assert one == [{"consumer": name, "request_count": count}]


def test_no_name_and_the_name_for_none_are_two_groups(client: Client) -> None:
    query = MetricsQuery(period=None, by=("consumer_username",))
    found = {row["consumer_username"]: row["request_count"] for row in answer(client, query).rows}
    assert found == {
        "Empty": 1 + 2 + 64,
        "anonymous": 4,
        "anonymous (name)": 8,
        "Empty (name)": 16,
        "(all others) (name)": 32,
    }


def test_a_group_called_as_the_rest_goes_into_the_rest(client: Client) -> None:
    rows = answer(client, MetricsQuery(period=None, by=("consumer_username",), limit=2)).rows
    assert [(row["consumer_username"], row["request_count"]) for row in rows] == [("Empty", 67), ("(all others)", 60)]


def test_agents_are_told_nobody_and_namesakes_apart(client: Client) -> None:
    found = top_consumers(client, TopConsumersArguments(limit=100), AllowedRows())
    assert {row["consumer"]: row["request_count"] for row in found["rows"]} == BY_NAME


@pytest.mark.parametrize(
    ("wanted", "requests"), [(("anonymous",), 1), (("anonymous (name)",), 2 + 4), (("u1", "anonymous"), 5)]
)
def test_a_number_of_nobody_is_explained_by_itself(client: Client, wanted: Sequence[str], requests: int) -> None:
    usage = BillableParameters(consumers=wanted)
    assert explain_number(client, ExplainedMetric.REQUESTS, usage, samples=0).total == requests
    assert sum(row.requests for row in billable_report(client, usage)) == requests


def test_whoever_is_not_there_is_not_nobody(client: Client) -> None:
    found = why_no_rows(client, BillableParameters(consumers=["anonymous (name) (name) (name)"]), table=API_USAGE.name)
    assert found.startswith("no consumer is called")
