"""`gatemeter report llm` and `gatemeter report tools` from the command line, and `--subject` of all usage reports."""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import SettingsError
from gatemeter.schema import AGENTIC_USAGE, LLM_USAGE
from gatemeter.wiring.store import open_store
from tests.support.command_in_process import invoked
from tests.support.databases import DatabasePool, Store
from tests.support.smoke import smoke
from tests.support.stored_rows import sketch, table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

ROW = {"log": "log-1", "version": 1, "calls": 1}
ZOE = {"consumer_id": "c1", "consumer_username": "Zoë", "consumer_custom_id": "A"}
BATCH = [
    usage_rows(usage(**ZOE), usage(consumer_id="c2", consumer_custom_id="A"), usage()),
    table_rows(
        LLM_USAGE,
        {
            **ROW,
            **ZOE,
            "provider": "openai",
            "request_model": "gpt-4o-mini",
            "response_model": "gpt-4o-mini-2024-07-18",
            "outcome": "provider",
            "prompt_tokens": 120,
            "completion_tokens": 48,
            "total_tokens": 168,
            "cached_tokens": 64,
            "cost_reported": Decimal("0.0000468"),
            "cost_reported_spend": Decimal("0.0000468"),
            "unpriced_calls": 1,
            **sketch("llm", [912_000_000]),
        },
        {**ROW, "provider": "openai", "outcome": "cache_hit", "cost_savings": Decimal("1.50")},
    ),
    table_rows(
        AGENTIC_USAGE,
        {**ROW, **ZOE, "kind": "mcp", "method": "tools/call", "tool": "search", "session_hashes": [7]},
        {**ROW, "kind": "a2a", "method": "message/send", "task_state": "failed", "errors": 1, "response_bytes": 9},
    ),
]
LATENCY_COLUMNS = ["count", "avg_ms", "min_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms"]
NOT_MEASURED = dict(zip(LATENCY_COLUMNS, [0, *[None] * 7], strict=True))


@pytest.fixture(scope="module")
def data(database_pool: DatabasePool) -> Iterator[Store]:
    """A store that holds `BATCH`, for all tests here: they only read it."""
    with database_pool.store() as store:
        with store.client() as client:
            ClickHouseSink(client).write(BATCH)
        yield store


run = partial(invoked, "report")


def rows_of(*arguments: object) -> list[dict[str, Any]]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    return rows


def test_llm_has_the_documented_columns_in_their_order(data: Store) -> None:
    hit, call = rows_of("llm", *data.flags)
    assert list(call.items()) == [
        ("period", "2026-02"),
        ("consumer_id", "c1"),
        ("provider", "openai"),
        ("request_model", "gpt-4o-mini"),
        ("response_model", "gpt-4o-mini-2024-07-18"),
        ("outcome", "provider"),
        ("calls", 1),
        ("prompt_tokens", 120),
        ("completion_tokens", 48),
        ("total_tokens", 168),
        ("cached_tokens", 64),
        ("cost_reported", "0.0000468"),
        ("cost_computed", None),
        ("calls_without_reported_cost", 0),
        ("unpriced_calls", 1),
        *zip(LATENCY_COLUMNS, [1, *[912.0] * 7], strict=True),
        ("reasoning_tokens", 0),
        ("embeddings_tokens", 0),
        ("embeddings_cost", "0"),
        ("cost_savings", "0"),
        ("cost_estimated", "0"),
        ("estimated_calls", 0),
        ("cost_currency", ""),
        ("cost_reported_currency", ""),
    ]
    assert (hit["consumer_id"], hit["cost_reported"], hit["cost_computed"], hit["cost_savings"]) == (
        "anonymous",
        "0",
        "0",
        "1.5",
    )
    assert NOT_MEASURED.items() <= hit.items()


def test_tools_have_the_documented_columns_in_their_order(data: Store) -> None:
    task, tool = rows_of("tools", *data.flags)
    assert list(task.items()) == [
        ("period", "2026-02"),
        ("kind", "a2a"),
        ("method", "message/send"),
        ("tool", ""),
        ("task_state", "failed"),
        ("calls", 1),
        ("errors", 1),
        ("response_bytes", 9),
        *NOT_MEASURED.items(),
        ("sessions", 0),
        ("calls_without_response_bytes", 0),
    ]
    assert (tool["kind"], tool["tool"], tool["sessions"]) == ("mcp", "search", 1)


@pytest.mark.long(reason="asks each report twice; the same is held for queries in `make test`")
def test_a_server_answers_as_the_engine_in_the_process_does(data: Store, data_directory: Path) -> None:
    with open_store(data_directory, None) as client:
        ClickHouseSink(client).write(BATCH)
    for report in (["llm"], ["llm", "--by", "period"], ["tools", "--consumer", "Zoë"], ["billable"]):
        assert rows_of(*report, *data.flags) == rows_of(*report, "--data", data_directory) != []


@pytest.mark.parametrize("report", smoke(["tools", "llm"], 1, reason="the other report is in `make test`"))
def test_csv_holds_the_same_as_json_with_empty_fields_for_null(data: Store, report: str) -> None:
    rows = rows_of(report, *data.flags)
    lines = list(csv.DictReader(io.StringIO(run(report, *data.flags, "--csv").stdout)))
    assert lines == [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]


@pytest.mark.parametrize(
    ("report", "name"),
    smoke([("llm", "0.0000468"), ("tools", "message/send")], 1, reason="the other report is in `make test`"),
)
def test_people_get_a_table_with_dashes_for_null(data: Store, report: str, name: str) -> None:
    result = run(report, *data.flags)
    assert (result.exit_code, result.stderr) == (0, "")
    assert name in result.stdout
    assert " - " in result.stdout
    assert "None" not in result.stdout


@pytest.mark.parametrize(
    ("by", "columns"),
    smoke(
        [
            (["--by", "outcome", "--by", "consumer"], ["outcome", "consumer_id"]),
            (["--by", "cache-status,period"], ["cache_status"]),
            (["--by", "provider"], ["provider"]),
            (["--by", "outcome,provider"], ["outcome", "provider"]),
            (["--by", "model"], ["request_model"]),
            (["--by", "period"], []),
        ],
        2,
        reason="names that are given in two ways, and another name of a column, are in `make test`",
    ),
)
def test_only_the_columns_named_group(data: Store, by: list[str], columns: list[str]) -> None:
    rows = rows_of("llm", *data.flags, *by)
    assert [list(row)[: len(columns) + 2] for row in rows] == [["period", *columns, "calls"]] * len(rows)
    assert sum(row["calls"] for row in rows) == 2


def test_tools_take_other_groups(data: Store) -> None:
    rows = rows_of("tools", *data.flags, "--by", "consumer,error", "--period", "year")
    assert [(row["period"], row["consumer_id"], row["error"], row["calls"]) for row in rows] == [
        ("2026", "anonymous", "", 1),
        ("2026", "c1", "", 1),
    ]


@pytest.mark.parametrize("report", smoke(["tools", "llm"], 1, reason="the other report is in `make test`"))
def test_a_consumer_and_a_span_choose_rows(data: Store, report: str) -> None:
    assert [row["calls"] for row in rows_of(report, *data.flags, "--consumer", "Zoë", "--by", "period")] == [1]
    assert rows_of(report, *data.flags, "--from", "2026-03") == []


@pytest.mark.parametrize(
    ("subject", "billed"),
    smoke(
        [
            ("custom_id", [("A", "Zoë", 2), ("anonymous", "", 1)]),
            ("username", [("Zoë", "Zoë", 1), ("anonymous", "", 1), ("c2", "", 1)]),
            ("id", [("anonymous", "", 1), ("c1", "Zoë", 1), ("c2", "", 1)]),
        ],
        2,
        reason="other reports of `make test` are by the id",
    ),
)
def test_requests_are_billed_to_the_subject(data: Store, subject: str, billed: list[tuple[str, str, int]]) -> None:
    rows = rows_of("billable", *data.flags, "--subject", subject)
    found = [(row["consumer_id"], row["consumer_username"], row["requests"]) for row in rows]
    assert sorted(found) == sorted(billed)


@pytest.mark.parametrize("report", smoke(["llm", "tools"], 1, reason="the other report is in `make test`"))
def test_calls_are_billed_to_the_subject(data: Store, report: str) -> None:
    rows = rows_of(report, *data.flags, "--subject", "custom_id", "--by", "consumer_id")
    assert [(row["consumer_id"], row["calls"]) for row in rows] == [("A", 1), ("anonymous", 1)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["llm", "--by", "nonsense"], "--by: 'nonsense' is nothing to group by; name some of consumer_id, provider,"),
        (["tools", "--by", "kind,provider"], "--by: 'provider' is nothing to group by; name some of kind, method,"),
        (["latency", "--by", "period"], "--by: 'period' is nothing to group by; name some of service, route, consumer"),
        (["llm", "--json", "--csv"], "--json and --csv are both given"),
        (["tools", "--from", "2026-13"], "--from: '2026-13' is not in the calendar"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_opened(arguments: list[str], message: str) -> None:
    result = run(*arguments, "--data", "x")
    assert isinstance(result.exception, SettingsError)
    assert str(result.exception).startswith(message)
    assert result.stdout == ""


@pytest.mark.parametrize("flag", [["--subject", "name"], ["--period", "fortnight"]])
def test_other_choices_are_wrong_usage(flag: list[str]) -> None:
    result = run("llm", "--data", "x", *flag)
    assert result.exit_code == 2
    assert f"Invalid value for '{flag[0]}': '{flag[1]}' is not one of" in result.output


def test_latency_takes_groups_between_commas(data: Store) -> None:
    header = run("latency", *data.flags, "--by", "consumer,service", "--csv").stdout.splitlines()[0]
    assert header.startswith("consumer,service,latency,count,")


class TestCharts:
    @pytest.mark.parametrize("form", smoke(["--json", "--csv"], 1, reason="JSON is in `make test`"))
    def test_a_chart_is_nothing_for_programs(self, data: Store, form: str) -> None:
        asked = ("report", "billable", *data.flags, form)
        assert invoked(*asked, "--chart").stdout == invoked(*asked).stdout

    @pytest.mark.parametrize("report", smoke(["llm", "tools", "billable"], 2, reason="others are in `make test`"))
    def test_every_report_of_usage_has_a_chart(self, data: Store, report: str) -> None:
        result = invoked("report", report, *data.flags, "--chart", env={"COLUMNS": "60"})
        assert result.exit_code == 0
        assert "█" in result.stdout
        assert max(map(len, result.stdout.splitlines())) <= 60

    def test_a_query_has_a_chart_of_each_metric_and_says_what_it_does_not_hold(self, data: Store) -> None:
        metrics = "request_count,llm_cost"
        result = invoked("query", "--metrics", metrics, "--by", "consumer", *data.flags, "--chart")
        assert "1 unpriced_calls are not in llm_cost" in result.stdout
        assert [line for line in result.stdout.splitlines() if line.startswith(("request_count", "llm_cost"))] != []
        assert "█" in result.stdout
