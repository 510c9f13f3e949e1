"""The questions of docs/sql.md: each runs, and its numbers are what plain Python counts of generated traffic."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect.driver.client import Client

from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.metrics.metrics_query import MetricsQuery
from tests.support.command_in_process import run
from tests.support.crash.cost_oracle import PRICES
from tests.support.crash.oracle import Oracle
from tests.support.databases import DatabasePool, Store
from tests.support.documented_sql import dashboard_queries, grafana_queries, questions
from tests.support.metrics_oracle import MetricsOracle
from tests.support.told_questions import DIMENSIONS, TOLD, Told

pytestmark = pytest.mark.clickhouse

LINES = 1_200
QUESTIONS = questions()


@dataclass(frozen=True, slots=True)
class Counted:
    """A store with January and February, and the plain counts of each."""

    store: Store
    client: Client
    january: MetricsOracle
    february: MetricsOracle
    february_log: Oracle


def counted_log(plan: TrafficPlan, log: Path) -> Oracle:
    lines = list(Traffic(plan).lines())
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    oracle = Oracle(epoch_size=LINES * 2)
    for offset, line in enumerate(lines):
        oracle.add(0, offset, line, None)
    return oracle


@contextmanager
def counted_in(database_pool: DatabasePool, folder: Path) -> Iterator[Counted]:
    plans = {
        "january": TrafficPlan(LINES // 3, "2026-01", seed=4, consumers=18),
        "february": TrafficPlan(LINES, "2026-02", seed=5, bad=0.02, streams=0.02, ai=0.4),
    }
    logs = {name: counted_log(plan, folder / name) for name, plan in plans.items()}
    oracles = {name: MetricsOracle.of(oracle) for name, oracle in logs.items()}
    with database_pool.store() as store:
        for name in plans:
            run("meter", folder / name, *store.flags, "--prices", PRICES)
        with store.client() as client:
            yield Counted(store, client, **oracles, february_log=logs["february"])


@pytest.fixture(scope="module")
def counted(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    with counted_in(database_pool, tmp_path_factory.mktemp("questions")) as counted:
        yield counted


def rows_of(counted: Counted, question: str) -> list[dict[str, Any]]:
    result = counted.client.query(QUESTIONS[question])
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


def group_of(row: Mapping[str, Any], told: Told) -> tuple[str, ...]:
    values = {name: row[column] for column, name in told.columns.items() if name in DIMENSIONS}
    texts = {name: text_of(value) for name, value in values.items()}
    return tuple(texts[name] for name in sorted(texts))


def text_of(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:00:00Z}"
    return "Empty" if value is None else str(value)


def expected_groups(counted: Counted, told: Told) -> dict[tuple[str, ...], dict[str, Any]]:
    """The metrics of each group, which is named by its dimensions in the order of their names."""
    by = sorted(name for name in told.columns.values() if name in DIMENSIONS and name != "period")
    has_period = "period" in told.columns.values()
    metrics = [name for name in told.columns.values() if name not in DIMENSIONS]
    query = MetricsQuery(period=told.period if has_period else None, metrics=metrics, by=by, filters=list(told.filters))
    found = counted.february.answer(query)
    groups = {}
    for (period, values), answer in found.items():
        names = dict(zip(by, values, strict=True)) | ({"period": period} if has_period else {})
        groups[tuple(names[name] for name in sorted(names))] = answer
    return groups


@pytest.mark.parametrize("question", TOLD)
def test_the_answer_is_what_plain_python_counts(counted: Counted, question: str) -> None:
    told, rows = TOLD[question], rows_of(counted, question)
    expected, found = expected_groups(counted, told), {group_of(row, told): row for row in rows}
    assert len(found) == len(rows) > 0
    for group, row in found.items():
        for column, name in told.columns.items():
            if name not in DIMENSIONS:
                assert is_same(row[column], expected[group][name], told.rel), (column, row, expected[group])
    left = [answer for group, answer in expected.items() if group not in found]
    if told.limit is None:
        assert all(not value for answer in left for value in answer.values())  # 0, or not known
    else:
        [metric, *_] = [name for name in told.columns.values() if name not in DIMENSIONS]
        assert len(rows) == told.limit
        assert min(expected[group][metric] for group in found) >= max(answer[metric] or 0 for answer in left)


def is_same(found: Any, expected: Any, rel: float) -> bool:
    if found is None:  # also where a cache answered and the price of its embedding is not known
        return not expected
    if expected is None:
        return False
    if isinstance(found, Decimal):
        return bool(Fraction(found) == expected)
    return bool(found == pytest.approx(float(expected), rel=rel))


def api_hours(counted: Counted) -> Counter[datetime]:
    hours = Counter[datetime]()
    for row in counted.february.rows:
        if row.source == "api":
            hours[datetime.fromtimestamp(row.names["toUnixTimestamp(hour)"], UTC)] += int(row.measure("requests"))
    return hours


def requests_of(oracle: MetricsOracle) -> dict[str, int]:
    answers = oracle.answer(MetricsQuery(by=("consumer",)))
    return {consumer: answer["request_count"] for (_, (consumer,)), answer in answers.items()}


def test_shares_of_consumers_are_of_all_requests(counted: Counted) -> None:
    requests = requests_of(counted.february)
    for row in rows_of(counted, "Who makes most of the requests?"):
        assert row["share"] == pytest.approx(requests[row["consumer_id"]] / sum(requests.values()))


def test_days_of_berlin_begin_an_hour_before_those_of_utc(counted: Counted) -> None:
    days = Counter[date]()
    for hour, requests in (api_hours(counted)).items():
        days[hour.astimezone(ZoneInfo("Europe/Berlin")).date()] += requests
    january = Counter[str]()
    found = {row["day"]: row["total"] for row in rows_of(counted, "And each day in Berlin?")}
    late = datetime(2026, 1, 31, 23, tzinfo=UTC).timestamp()
    for row in counted.january.rows:
        if row.source == "api" and row.names["toUnixTimestamp(hour)"] == late:
            january["2026-02-01"] += int(row.measure("requests"))
    days.pop(date(2026, 3, 1), None)
    assert found == days | Counter({date(2026, 2, 1): days[date(2026, 2, 1)] + january["2026-02-01"]})


def test_hours_of_the_day_and_hours_without_traffic(counted: Counted) -> None:
    hours = api_hours(counted)
    of_day = Counter[int]()
    for hour, requests in hours.items():
        of_day[hour.hour] += requests
    asked = rows_of(counted, "At which hours of the day is there most traffic?")
    assert {row["hour_of_day"]: row["total"] for row in asked} == of_day
    month = [datetime(2026, 2, 1, tzinfo=UTC) + timedelta(hours=each) for each in range(28 * 24)]
    silent = [row["each_hour"].replace(tzinfo=UTC) for row in rows_of(counted, "In which hours was there no traffic?")]
    assert silent == [hour for hour in month if hour not in hours]
    assert silent


def test_changes_against_the_month_before(counted: Counted) -> None:
    before, now = requests_of(counted.january), requests_of(counted.february)
    rows = rows_of(counted, "What changed against the month before?")
    assert {row["consumer_id"]: (row["before"], row["now"]) for row in rows} == {
        consumer: (before.get(consumer, 0), now.get(consumer, 0)) for consumer in before | now
    }
    for row in rows:
        change = (row["now"] - row["before"]) / row["before"] if row["before"] else None
        assert row["change"] == (None if change is None else pytest.approx(change))
    moved = {row["consumer_id"]: row["what"] for row in rows_of(counted, "Which consumers appeared or left?")}
    appeared, left = dict.fromkeys(now.keys() - before, "appeared"), dict.fromkeys(before.keys() - now, "left")
    assert moved == appeared | left
    assert moved


def test_the_share_of_slow_requests(counted: Counted) -> None:
    gamma = 1.01 / 0.99
    slow, measured = Counter[str](), Counter[str]()
    for row in counted.february.rows:
        for name, count in row.sums.items():
            if row.source == "api" and name.startswith("request_bucket_"):
                service, bucket = row.dimension("service") or "Empty", int(name.removeprefix("request_bucket_"))
                measured[service] += int(count)
                slow[service] += int(count) if 2 * gamma ** (bucket - 1) / (gamma + 1) / 1e6 > 1000 else 0
    rows = rows_of(counted, "Which share of requests took more than a second?")
    assert {row["service"] or "Empty": row["slow_share"] for row in rows} == {
        service: pytest.approx(slow[service] / count) for service, count in measured.items()
    }
    assert slow.total() > 0


def test_costs_by_evidence_stand_in_rows_of_their_own(counted: Counted) -> None:
    query = MetricsQuery(metrics=("llm_cost", "llm_cost_evidence_reported"), by=("provider",))
    expected = {provider: answer for (_, (provider,)), answer in counted.february.answer(query).items()}
    names = {"price book": "llm_cost", "gateway": "llm_cost_evidence_reported"}
    rows = rows_of(counted, "What did gateways report, beside what the price book says?")
    for row in rows:
        assert is_same(row["total_cost"], expected[row["provider"] or "Empty"][names[row["told_by"]]], 0), row
    assert {row["told_by"] for row in rows} == set(names)
    query = MetricsQuery(metrics=("llm_cost_evidence_computed", "llm_cost_evidence_estimated"))
    [answer] = counted.february.answer(query).values()
    for row in rows_of(counted, "How much of the cost is an estimate?"):
        assert Fraction(row["total_cost"]) == answer[f"llm_cost_evidence_{row['evidence']}"]


SUMS = {
    "api_usage": "sum(requests), sum(errors), sum(response_bytes), sum(latency_request_count)",
    "llm_usage": "sum(calls), sum(total_tokens), sum(unpriced_calls), sum(latency_llm_count)",
    "llm_costs_computed": "sum(calls), sum(cost), sum(savings), sum(unpriced_calls)",
    "llm_costs_reported": "sum(calls), sum(cost), sum(calls_without_reported_cost)",
    "agentic_usage": "sum(calls), sum(errors), uniqExactArray(session_hashes)",
}


OF_MONEY = {"api_usage", "llm_costs_computed"}


def test_days_and_months_tell_what_hours_tell_settled_or_not(counted: Counted) -> None:
    require_the_same_of_days_and_months(counted, {view: SUMS[view] for view in OF_MONEY})


@pytest.mark.long(reason="meters another store; requests and costs are compared in `make test`")
def test_days_and_months_of_other_views_tell_so_too(database_pool: DatabasePool, tmp_path: Path) -> None:
    with counted_in(database_pool, tmp_path) as counted:
        require_the_same_of_days_and_months(counted, {view: SUMS[view] for view in SUMS.keys() - OF_MONEY})


def require_the_same_of_days_and_months(counted: Counted, compared: Mapping[str, str]) -> None:
    def told(view: str, month: str) -> Any:
        sums = compared[view.removesuffix("_days").removesuffix("_months")]
        query = f"SELECT consumer_id, {month} AS of_month, {sums} FROM {view} GROUP BY 1, 2 ORDER BY 1, 2"
        return counted.client.query(query).result_rows

    of_hours = {view: told(view, "toStartOfMonth(hour)") for view in compared}
    bill = rows_of(counted, "What is the month's bill of each consumer?")
    for _ in ("not settled", "settled"):
        assert {view: told(f"{view}_days", "toStartOfMonth(day)") for view in compared} == of_hours
        assert {view: told(f"{view}_months", "month") for view in compared} == of_hours
        assert rows_of(counted, "What is the month's bill of each consumer?") == bill
        run("settle", "--quiet", "0s", *counted.store.flags)
    assert all(of_hours.values())
    count = "SELECT (SELECT count() FROM api_usage_months) < (SELECT count() FROM api_usage)"
    assert counted.client.query(count).result_rows == [(1,)]


def test_every_line_is_accounted_for(counted: Counted) -> None:
    totals = counted.february_log.totals()
    rows = {Path(row["topic"]).name: row for row in rows_of(counted, "Is every event accounted for?")}
    found = rows["february"]
    assert found["holds"]
    for name in ("consumed", "counted", "duplicates", "dead_letters", "other_kind"):
        assert found[name] == getattr(totals, name)
    letters = rows_of(counted, "Why could events not be counted, and where is the latest?")
    assert sum(row["letters"] for row in letters) == sum(row["dead_letters"] for row in rows.values())
    assert all(row["reason"] for row in letters)


def test_sessions_are_counted_apart_from_requests(counted: Counted) -> None:
    rows = rows_of(counted, "How much did TCP sessions move?")
    assert sum(row["all_sessions"] for row in rows) == counted.february_log.sessions["sessions"]


def test_each_question_runs_and_most_are_compared(counted: Counted) -> None:
    assert len(QUESTIONS) >= 30
    assert set(TOLD) <= set(QUESTIONS)
    assert len(TOLD) > len(QUESTIONS) / 2
    for question in QUESTIONS.keys() - TOLD:  # those are run where they are compared
        rows_of(counted, question)


def test_queries_for_grafana_run_with_its_macros_filled_in(counted: Counted) -> None:
    for query in grafana_queries():
        assert counted.client.query(query).result_rows
    assert "$" not in "".join(grafana_queries())


@pytest.mark.parametrize("panel", dashboard_queries())
def test_each_panel_for_grafana_shows_something_of_one_consumer(counted: Counted, panel: str) -> None:
    query = dashboard_queries()[panel]
    assert "$" not in query
    assert any(value is not None for row in counted.client.query(query).result_rows for value in row)


def test_the_panels_for_grafana_tell_what_the_questions_tell(counted: Counted) -> None:
    requests = requests_of(counted.february)
    assert counted.client.query(dashboard_queries()["Requests"]).result_rows == [(requests["anonymous"],)]
    shown = counted.client.query(dashboard_queries()["Consumers with most requests"]).result_rows
    assert [row[:2] for row in shown] == [("anonymous", requests["anonymous"])]
