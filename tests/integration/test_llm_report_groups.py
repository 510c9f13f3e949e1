"""Calls to models told apart by what they have in common, and those of chosen consumers."""

from collections.abc import Iterator, Sequence

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.reports.llm import LlmGroup
from gatemeter.reports.usage_parameters import Subject
from tests.support.databases import DatabasePool
from tests.support.llm_rows import MARCH, llm, report, store_calls
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY

pytestmark = pytest.mark.clickhouse


@pytest.fixture(scope="module")
def two_calls(module_client: Client) -> Client:
    """A client of a store with one call that has all names, and one that has none."""
    names = {"consumer_id": "c1", "provider": "openai", "request_model": "gpt", "response_model": "gpt-1"}
    place = {"service_id": "s-1", "service_name": "chat", "route_id": "r-1", "workspace": "w"}
    store_calls(
        module_client,
        llm(**names, **place, plugin_name="ai-proxy", plugin_id="p-1", cache_status="miss"),
        llm(outcome="failed"),
    )
    return module_client


VALUES = {
    LlmGroup.CONSUMER_ID: ["anonymous", "c1"],
    LlmGroup.PROVIDER: ["", "openai"],
    LlmGroup.REQUEST_MODEL: ["", "gpt"],
    LlmGroup.RESPONSE_MODEL: ["", "gpt-1"],
    LlmGroup.OUTCOME: ["failed", "provider"],
    LlmGroup.SERVICE: ["", "chat"],
    LlmGroup.ROUTE: ["", "r-1"],
    LlmGroup.WORKSPACE: ["", "w"],
    LlmGroup.PLUGIN: ["", "ai-proxy"],
    LlmGroup.CACHE_STATUS: ["", "miss"],
}
"""By group those of `two_calls`."""


class TestGroups:
    def test_all_groups_together_have_the_values_of_each(self, two_calls: Client) -> None:
        found = report(two_calls, *VALUES)
        assert [(row.groups, row.calls) for row in found] == [
            ([values[place] for values in VALUES.values()], 1) for place in range(2)
        ]

    @pytest.mark.parametrize(
        ("by", "values"), smoke(VALUES.items(), 1, reason="each group alone; all of them together are in `make test`")
    )
    def test_every_group_tells_its_values_apart(self, two_calls: Client, by: LlmGroup, values: list[str]) -> None:
        assert [(row.groups, row.calls) for row in report(two_calls, by)] == [([each], 1) for each in values]

    def test_rows_follow_the_period_and_then_the_groups_as_asked_for(self, clickhouse_client: Client) -> None:
        store_calls(
            clickhouse_client,
            llm(provider="b", request_model="x", hour=MARCH),
            llm(provider="a", request_model="z"),
            llm(provider="c", request_model="x"),
            llm(provider="b", request_model="z"),
        )
        rows = report(clickhouse_client, LlmGroup.REQUEST_MODEL, LlmGroup.PROVIDER)
        assert [(row.period, *row.groups) for row in rows] == [
            ("2026-02", "x", "c"),
            ("2026-02", "z", "a"),
            ("2026-02", "z", "b"),
            ("2026-03", "x", "b"),
        ]

    def test_what_is_not_asked_for_is_added_up(self, clickhouse_client: Client) -> None:
        store_calls(clickhouse_client, llm(provider="a", outcome="failed"), llm(provider="a"), llm(provider="b"))
        assert [(row.groups, row.calls) for row in report(clickhouse_client, LlmGroup.PROVIDER)] == [
            (["a"], 2),
            (["b"], 1),
        ]


CONSUMERS = (
    llm(),
    llm(consumer_id="c1", consumer_username="old name", consumer_custom_id="A"),
    llm(consumer_id="c1", consumer_username="acme", consumer_custom_id="A", hour=FEBRUARY.replace(hour=11)),
    llm(consumer_id="c2", consumer_custom_id="A"),
)


@pytest.fixture(scope="module")
def consumers(database_pool: DatabasePool) -> Iterator[Client]:
    """A client of a store with the calls of `CONSUMERS`."""
    with database_pool.store() as store, store.client() as client:
        store_calls(client, *CONSUMERS)
        yield client


class TestConsumers:
    @pytest.mark.parametrize(
        ("subject", "calls"),
        [
            (Subject.ID, {"anonymous": 1, "c1": 2, "c2": 1}),
            (Subject.USERNAME, {"acme": 1, "anonymous": 1, "c2": 1, "old name": 1}),
            (Subject.CUSTOM_ID, {"A": 3, "anonymous": 1}),
        ],
    )
    def test_the_subject_is_the_name_asked_for_else_the_id(
        self, consumers: Client, subject: Subject, calls: dict[str, int]
    ) -> None:
        rows = report(consumers, LlmGroup.CONSUMER_ID, subject=subject)
        assert [(row.groups, row.calls) for row in rows] == [([name], count) for name, count in calls.items()]

    @pytest.mark.parametrize(
        ("names", "calls"),
        smoke(
            [
                (("acme", "anonymous"), 3),
                (("A",), 3),
                (("' OR 1=1 --",), 0),
                (("old name",), 2),
                ((), 4),
                (("c1",), 2),
                (("c",), 0),
            ],
            3,
            reason="asks for more names; names of three kinds are in `make test`",
        ),
    )
    def test_a_consumer_is_found_by_every_name_and_counted_whole(
        self, consumers: Client, names: Sequence[str], calls: int
    ) -> None:
        # Also where consumers are no group, which is then made of the chosen ones alone.
        assert sum(row.calls for row in report(consumers, consumers=names)) == calls
        assert sum(row.calls for row in report(consumers, LlmGroup.CONSUMER_ID, consumers=names)) == calls

    def test_a_consumer_is_found_by_the_names_of_its_subject_in_the_same_period_alone(
        self, clickhouse_client: Client
    ) -> None:
        store_calls(clickhouse_client, *CONSUMERS, llm(consumer_id="c1", consumer_username="acme", hour=MARCH))
        rows = report(clickhouse_client, consumers=("old name",))
        assert [(row.period, row.calls) for row in rows] == [("2026-02", 2)]
        by_name = report(clickhouse_client, LlmGroup.CONSUMER_ID, consumers=("c1",), subject=Subject.USERNAME)
        assert [row.groups for row in by_name] == [["acme"], ["old name"], ["acme"]]
