"""The tools for agents on the real engine: what they answer, what they refuse, and whose rows they tell of."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client as ClickHouse
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client, StdioServerParameters

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.explain.metric import ExplainedMetric
from gatemeter.explain.number import explain_number
from gatemeter.httpserver.tokens import Role, TokenFile
from gatemeter.mcp.answers import top_consumers
from gatemeter.mcp.arguments import MOST_ROWS, TopConsumersArguments
from gatemeter.mcp.rights import rows_of_token
from gatemeter.reports.usage_parameters import AllowedRows, UsageParameters
from gatemeter.schema import LLM_USAGE
from tests.support.api_client import make_token
from tests.support.command_in_process import run
from tests.support.databases import Store
from tests.support.gatemeter_command import settings_in_environment
from tests.support.mcp_client import ToolAnswer, call, listed
from tests.support.smoke import smoke
from tests.support.stored_rows import FEBRUARY, table_rows
from tests.support.tenant_apis import NAMES, RESTRICTIONS, Apis, questions

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]

LIMITED = "both"


def ask(apis: Apis, tool: str, arguments: Mapping[str, Any] | None = None, restriction: str = "") -> ToolAnswer:
    rows = RESTRICTIONS[restriction] if restriction else AllowedRows()
    return call(apis.everything.store, tool, arguments, lambda: rows)


def answered(apis: Apis, tool: str, **arguments: Any) -> Any:
    found = ask(apis, tool, arguments)
    assert not found.is_error, found.content
    return found.content


class TestAnswers:
    def test_a_query_tells_rows_with_their_units(self, apis: Apis) -> None:
        found = answered(apis, "query", metrics=["request_count", "latency_request_p99"], by=["method"], order="method")
        assert [row["method"] for row in found["rows"]] == ["GET", "POST"]
        assert found["units"] == {"request_count": "whole number", "latency_request_p99": "milliseconds"}
        assert (found["row_count"], found["rows_left_out"], found["next_offset"]) == (2, 0, None)

    def test_a_page_says_what_is_left_out_and_where_to_go_on(self, apis: Apis) -> None:
        asked = {"by": ["consumer"], "granularity": "hour", "limit": None}
        whole = answered(apis, "query", **asked, max_rows=MOST_ROWS)["rows"]
        first = answered(apis, "query", **asked, max_rows=7)
        rest = answered(apis, "query", **asked, max_rows=MOST_ROWS, offset=first["next_offset"])
        assert first["rows"] + rest["rows"] == whole
        assert (first["rows_left_out"], rest["next_offset"]) == (len(whole) - 7, None)

    def test_money_is_text_with_its_currency_and_what_it_does_not_hold(self, apis: Apis) -> None:
        found = answered(apis, "query", metrics=["llm_cost"], by=["cost_currency"], order="cost_currency")
        assert [row["cost_currency"] for row in found["rows"]] == ["EUR", "USD"]
        assert [type(row["llm_cost"]) for row in found["rows"]] == [str, str]
        assert all("unpriced_calls" in row for row in found["rows"])
        assert found["units"]["llm_cost"] == "exact decimal as text, in cost_currency"

    def test_the_shares_of_the_top_consumers_add_up_to_one(self, apis: Apis) -> None:
        found = answered(apis, "top_consumers", limit=2)
        assert [row["consumer"] for row in found["rows"]][-1] == "(all others)"
        assert sum(row["share"] for row in found["rows"]) == pytest.approx(1, abs=1e-5)

    @pytest.mark.parametrize(("currency", "shares"), [("USD", [0.75, 0.25, 0.0]), ("EUR", [None, None, None])])
    def test_amounts_in_two_currencies_have_no_shares(
        self, clickhouse_client: ClickHouse, currency: str, shares: list[float | None]
    ) -> None:
        common = {"log": "log-1", "version": 1, "calls": 1, "outcome": "provider", "cost_evidence": "computed"}
        costs = [("a", 3, "USD"), ("b", 1, currency), ("c", 0, "")]
        rows = [{**common, "consumer_id": i, "cost_computed": cost, "cost_currency": of} for i, cost, of in costs]
        ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, *rows)])
        found = top_consumers(clickhouse_client, TopConsumersArguments(metric="llm_cost"), AllowedRows())
        assert [row.get("share") for row in found["rows"]] == shares

    def test_a_rate_of_errors_has_no_shares(self, apis: Apis) -> None:
        assert "share" not in answered(apis, "top_consumers", metric="error_rate")["rows"][0]

    def test_what_was_billed_is_explained_with_the_same_number(self, apis: Apis) -> None:
        billed = answered(apis, "billable", consumer=["dora"], period="month", to="2026-03")["rows"]
        found = answered(apis, "explain", consumer="dora", period="2026-02")
        assert found["total"] == found["reported"] == billed[0]["requests"]
        assert found["agrees"]
        assert found["ranges"]

    def test_an_explained_cost_is_in_one_currency(self, apis: Apis) -> None:
        asked = {"period": "2026-02-03T10", "metric": "llm_cost_computed"}
        assert answered(apis, "explain", consumer="B-1", **asked)["currency"] == "USD"
        refused = ask(apis, "explain", {"consumer": "anonymous", "period": "2026-02", "metric": "llm_cost_computed"})
        assert "two currencies cannot be added" in refused.content

    def test_the_catalogue_can_be_searched_and_tells_since_when_usage_is_stored(self, apis: Apis) -> None:
        found = answered(apis, "list_metrics", contains="savings")
        assert "cost_savings" in {each["name"] for each in found["metrics"]}
        assert {each["source"] for each in found["metrics"]} == set(found["usage_begins"]) == {"llm"}
        assert "provider" in {each["name"] for each in found["dimensions"]}
        assert "method" not in {each["name"] for each in found["dimensions"]}
        assert answered(apis, "list_metrics")["usage_begins"]["api"] == f"{FEBRUARY:%Y-%m-%dT%H:%MZ}"

    def test_no_rows_say_why(self, apis: Apis) -> None:
        assert "leave it out" in answered(apis, "billable", **{"from": "2030-01"})["notes"][0]
        assert "leave it out" in answered(apis, "query", **{"from": "2030-01"}, by=["team"])["notes"][0]


@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    smoke(
        [
            ("shell", {}, "there are list_metrics, query"),
            ("explain", {"consumer": "acme", "period": "2026-02", "metric": "meter"}, "belong together"),
            ("query", {"metrics": ["request_cout"]}, "did you mean request_count"),
            ("query", {"metric": "request_count"}, "the arguments are "),
            ("query", {"metrics": ["llm_cost"], "by": ["method"]}, "llm_cost is not known by method"),
            ("query", {"metrics": ["llm_cost"]}, "EUR and USD"),
            ("query", {"tz": "Mars/Base"}, "Mars/Base"),
            ("query", {"max_rows": 10**9}, "max_rows"),
            ("query", {"from": "2026-03", "to": "2026-02"}, "is not before"),
            ("top_consumers", {"metric": "'; DROP TABLE x; --"}, "is no metric"),
            ("billable", {"period": "decade"}, "period"),
            ("explain", {"consumer": "nobody", "period": "2026-02"}, "no requests were counted for 'nobody'"),
            ("explain", {"consumer": "acme", "period": "soon"}, "'soon' is not a period"),
            ("explain", {"period": "2026-02"}, "consumer"),
        ],
        9,
        reason="each has the words of a command, which has tests of its own",
    ),
)
def test_what_cannot_be_asked_is_an_error_that_says_what_can(
    apis: Apis, tool: str, arguments: dict[str, Any], why: str
) -> None:
    found = ask(apis, tool, arguments)
    assert found.is_error
    assert why in found.content
    assert "Traceback" not in found.content


def test_every_tool_only_reads_and_describes_each_argument(apis: Apis) -> None:
    tools = listed(apis.everything.store).tools
    assert [tool.name for tool in tools] == ["list_metrics", "query", "top_consumers", "billable", "explain"]
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.input_schema["additionalProperties"] is False
        undescribed = [name for name, each in tool.input_schema["properties"].items() if "description" not in each]
        assert undescribed == []
    [billable] = [tool for tool in tools if tool.name == "billable"]
    of_rows = {"from", "to", "tz", "subject", "period", "consumer"}
    assert set(billable.input_schema["properties"]) == {*of_rows, "offset", "max_rows"}  # nothing of HTTP alone


class TestRestriction:
    @pytest.mark.parametrize(
        ("tool", "arguments"),
        smoke(
            [
                ("list_metrics", {"contains": "cost"}),
                ("query", {"by": ["consumer", "workspace"], "granularity": "hour", "max_rows": MOST_ROWS}),
                ("top_consumers", {"limit": 1}),
                ("billable", {"period": "hour", "max_rows": MOST_ROWS}),
                ("explain", {"consumer": "acme", "period": "2026-02"}),
                ("explain", {"consumer": "dora", "period": "2026", "metric": "llm_cost_computed"}),
                ("explain", {"consumer": "bolt", "period": "2026"}),
                ("query", {"metrics": ["llm_cost"]}),
                ("query", {"tz": "Asia/Kathmandu"}),
                ("billable", {"from": "2026-03", "to": "2026-04"}),
            ],
            5,
            reason="one call of each tool is in make test",
        ),
    )
    def test_a_limited_agent_is_told_what_a_store_of_its_rows_would_tell(
        self, apis: Apis, tool: str, arguments: dict[str, Any]
    ) -> None:
        found = ask(apis, tool, arguments, LIMITED)
        rows = RESTRICTIONS[LIMITED]
        assert _timeless(found) == _timeless(call(apis.alone(LIMITED).store, tool, arguments, lambda: rows))
        unlimited = call(apis.alone(LIMITED).store, tool, arguments)
        assert tool == "explain" or _timeless(found) == _timeless(unlimited)

    @pytest.mark.long(reason="draws questions for four restrictions; the test above has one of each kind")
    @given(st.sampled_from(sorted(RESTRICTIONS)), questions())
    def test_any_question_of_a_limited_agent_is_of_its_rows_alone(
        self, apis: Apis, restriction: str, asked: dict[str, Any]
    ) -> None:
        found = ask(apis, "query", asked, restriction)
        assert found == call(apis.alone(restriction).store, "query", asked)

    @pytest.mark.long(reason="draws numbers for four restrictions; the test above has some")
    @given(st.sampled_from(sorted(RESTRICTIONS)), NAMES, st.sampled_from(["requests", "llm_calls", "tool_calls"]))
    def test_any_number_that_a_limited_agent_has_explained_is_of_its_rows_alone(
        self, apis: Apis, restriction: str, consumer: str, metric: str
    ) -> None:
        asked = {"consumer": consumer, "period": "2026-02", "metric": metric}
        found, alone = ask(apis, "explain", asked, restriction), call(apis.alone(restriction).store, "explain", asked)
        assert _number(found) == _number(alone)

    def test_a_revoked_token_ends_what_its_agent_is_told(self, apis: Apis, tmp_path: Path) -> None:
        tokens = tmp_path / "tokens.jsonl"
        make_token(tokens, "secret", allowed=RESTRICTIONS[LIMITED])
        allowed = rows_of_token(tokens, "secret")
        asked = {"by": ["consumer"]}
        assert call(apis.everything.store, "query", asked, allowed) == ask(apis, "query", asked, LIMITED)
        TokenFile(tokens).revoke("secret")
        assert "not known" in call(apis.everything.store, "query", asked, allowed).content

    def test_a_token_for_ingesting_may_not_ask(self, apis: Apis, tmp_path: Path) -> None:
        make_token(tmp_path / "tokens.jsonl", "edge", Role.INGEST)
        found = call(apis.everything.store, "query", {}, rows_of_token(tmp_path / "tokens.jsonl", "edge"))
        assert found.is_error
        assert "not for asking" in found.content


def test_the_command_speaks_the_protocol_over_stdin_and_stdout(apis: Apis) -> None:
    arguments = ["-m", "gatemeter", "mcp", "--clickhouse", apis.url, "--consumer", "dora"]
    environment = {name: value for name, value in os.environ.items() if name not in settings_in_environment()}
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment)

    async def asked() -> tuple[Any, Any]:
        async with Client(server) as client:
            return await client.list_tools(), await client.call_tool("query", {"by": ["consumer"]})

    tools, found = asyncio.run(asked())
    assert len(tools.tools) == 5
    assert [row["consumer"] for row in found.structured_content["rows"]] == ["dora"]


def _timeless(found: ToolAnswer) -> Any:
    """An answer without the time at which it was given."""
    return found.content if found.is_error else {**found.content, "now": None}


def _number(found: ToolAnswer) -> Any:
    """What an explanation says without its ranges, which a limited agent is not told."""
    return found.content if found.is_error else {key: found.content[key] for key in ("total", "reported", "doubts")}


def test_events_of_others_explain_nothing_to_a_limited_token(store: Store, tmp_path: Path) -> None:
    """The event ledger knows events by consumer alone: it would tell that others were there."""
    log = tmp_path / "access.log"
    run("generate", "--out", log, "--events", 60, "--seed", 5)
    run("meter", log, "--event-ledger", *store.flags)
    with store.client() as client:
        found = client.query("SELECT DISTINCT consumer_id FROM api_usage_hourly WHERE consumer_id != ''").result_rows
        (own, *_), (other, *_) = found[:2]
        explained = [
            explain_number(
                client, ExplainedMetric.REQUESTS, UsageParameters(consumers=[other], allowed=allowed), samples=3
            )
            for allowed in (AllowedRows(), AllowedRows([own]))
        ]
    assert [bool(each.ranges) for each in explained] == [True, False]
