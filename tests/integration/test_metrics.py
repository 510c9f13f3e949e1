"""Every metric by any dimensions and periods is what plain Python counts; on the real engine."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Any, get_args

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import ConflictError, ExitCode
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic
from gatemeter.metrics import answer as answers
from gatemeter.metrics.answer import answer
from gatemeter.metrics.catalogue import dimensions, metric
from gatemeter.metrics.filters import Filter, Operator
from gatemeter.metrics.metrics_query import MetricsQuery, Order
from gatemeter.output.placeholders import REST
from gatemeter.reports.period import Period, ReportPeriod, TimeSpan
from gatemeter.reports.rung_spans import RungSpans
from gatemeter.reports.usage_parameters import Subject
from gatemeter.schema import LLM_USAGE, STREAM_SESSIONS
from gatemeter.settling.settler import settle
from tests.support.command_in_process import invoked, read, run
from tests.support.crash.cost_oracle import PRICES
from tests.support.crash.oracle import Oracle
from tests.support.databases import DatabasePool, Store
from tests.support.metrics_oracle import KNOWN_METRICS, MetricsOracle
from tests.support.smoke import smoke
from tests.support.stored_rows import table_rows, usage, usage_rows

pytestmark = pytest.mark.clickhouse

LINES = 1_000
BY = ("consumer",)
NOT_COUNTED = {
    *("cost_reported_currency", "request_size_kind", "response_size_kind", "response_body_kind"),
    *("meter", "meter_declaration"),
}
DIMENSIONS = sorted(set(dimensions()) - NOT_COUNTED)
"""Those that the oracle of Kong's events knows."""
PERIODS = (None, *get_args(ReportPeriod))

FEBRUARY = datetime(2026, 2, 9, 5, tzinfo=UTC)
EDGE_WEEKS = TimeSpan(datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 12, tzinfo=UTC))
"""In which the day of `FEBRUARY` is of two weeks, in zones west of UTC."""


def touch_again(client: Client, hour: datetime) -> None:
    """Take away that a day, and so its month, is settled: it is read by the hour again."""
    touched = "SELECT table, hour, log, partition, 1 FROM usage_touches WHERE hour = fromUnixTimestamp({hour:Int64})"
    insert = f"INSERT INTO usage_touches (table, hour, log, partition, touches) {touched}"
    client.command(insert, parameters={"hour": int(hour.timestamp())})


Counted = tuple[Store, MetricsOracle]


@pytest.fixture(scope="module")
def counted(database_pool: DatabasePool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """A generated month in a store, most of it settled, and the plain count of it."""
    log = tmp_path_factory.mktemp("metrics") / "access.log"
    plan = TrafficPlan(LINES, seed=5, duplicates=0.02, bad=0.01, streams=0.01, ai=0.3)
    lines = list(Traffic(plan).lines())
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    oracle = Oracle(epoch_size=LINES * 2)
    for offset, line in enumerate(lines):
        oracle.add(0, offset, line, None)
    with database_pool.store() as store:
        run("meter", log, *store.flags, "--prices", PRICES)
        with store.client() as client:
            assert sum(each.units for each in settle(client, quiet=timedelta()))
            touch_again(client, FEBRUARY)
        yield store, MetricsOracle.of(oracle)


@pytest.fixture(scope="module")
def client(counted: Counted) -> Iterator[Client]:
    with counted[0].client() as client:
        yield client


def asked(draw: st.DrawFn) -> MetricsQuery:
    metrics = draw(st.lists(st.sampled_from(KNOWN_METRICS), min_size=1, max_size=6, unique=True))
    known = [name for name in DIMENSIONS if all(dimensions()[name].sql(metric(each).source) for each in metrics)]
    filtered = draw(st.lists(st.sampled_from(known), max_size=1))
    operator = draw(st.sampled_from([Operator.EMPTY, Operator.NOT_EMPTY, Operator.PREFIX, Operator.NOT_IN]))
    values = ("a", "2", "openai", "GET") if operator.takes_values else ()
    return MetricsQuery(
        period=draw(st.sampled_from(PERIODS)),
        metrics=metrics,
        by=draw(st.lists(st.sampled_from(known), max_size=2, unique=True)),
        filters=[Filter(name, operator, values) for name in filtered],
    )


queries = st.composite(asked)()


@settings(
    max_examples=settings().max_examples // 2,  # each is a question to the engine
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(query=queries)
def test_any_question_has_the_answer_of_plain_python(query: MetricsQuery, client: Client, counted: Counted) -> None:
    expected = counted[1].answer(query)
    found = {(row.get("period", ""), tuple(row[name] for name in query.by)): row for row in answer(client, query).rows}
    assert found.keys() == expected.keys()
    for group, metrics in expected.items():
        for name, value in metrics.items():
            assert_equal(name, found[group][name], value)


@st.composite
def spans(draw: st.DrawFn) -> TimeSpan:
    day = datetime(2026, 1, 31, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 30)))
    first = day + timedelta(hours=draw(st.sampled_from([0, 0, 5, 23])))
    return TimeSpan(first, first + timedelta(hours=draw(st.sampled_from([1, 23, 24, 49, 24 * 10, 24 * 28]))))


ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Kiritimati")


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
    max_examples=(settings.default or settings()).max_examples // 3,
)
@given(query=queries, span=spans(), time_zone=st.sampled_from(ZONES))
@example(query=MetricsQuery(period=Period.WEEK), span=EDGE_WEEKS, time_zone="America/Sao_Paulo")
def test_rungs_answer_what_the_hours_answer(
    query: MetricsQuery, span: TimeSpan, time_zone: str, client: Client
) -> None:
    asked = replace(query, span=span, time_zone=time_zone)
    by_rungs = answer(client, asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answers, "settled_spans", lambda _client, query, _tables: RungSpans(query.span))
        assert answer(client, asked) == by_rungs


@pytest.mark.parametrize(
    "subject", smoke([Subject.USERNAME, Subject.ID], 1, reason="consumers by their names are in `make test`")
)
def test_a_filter_takes_the_consumers_that_it_names(subject: Subject, client: Client) -> None:
    whole = answer(client, MetricsQuery(period=None, by=BY, subject=subject)).rows
    names = {*(row["consumer"] for row in whole[1:3]), "anonymous", "nobody"}
    named = Filter("consumer", Operator.IN, tuple(names))
    found = answer(client, MetricsQuery(period=None, by=BY, subject=subject, filters=[named])).rows
    assert found == [row for row in whole if row["consumer"] in names]
    assert {"anonymous", whole[1]["consumer"]} <= {row["consumer"] for row in found}


def assert_equal(name: str, found: Any, expected: Any) -> None:
    if expected is None or found is None:
        assert found is expected, name
    elif metric(name).type == "money":
        assert Fraction(Decimal(found)) == expected, name
    elif metric(name).quantile_ppm is not None:
        assert found == pytest.approx(expected, rel=0.0101, abs=1e-6), name
    elif isinstance(found, float):
        assert found == pytest.approx(float(expected), rel=1e-9, abs=1e-6), name
    else:
        assert found == expected, name


@pytest.mark.parametrize("limit", smoke([2, 1], 1, reason="another limit is in `make test`"))
@pytest.mark.parametrize(
    "order",
    smoke(
        [None, Order("service", True), Order("request_count"), Order("service")],
        2,
        reason="no order, and one against the first, are in `make test`",
    ),
)
def test_all_groups_but_the_first_are_one(order: Order | None, limit: int, client: Client) -> None:
    whole = MetricsQuery(period=None, metrics=("request_count", "latency_request_avg"), by=("service",), order=order)
    limited = MetricsQuery(
        period=None, metrics=("request_count", "latency_request_avg"), by=("service",), order=order, limit=limit
    )
    every, found = answer(client, whole).rows, answer(client, limited)
    assert len(every) > 3
    assert found.rows[:limit] == every[:limit]
    assert [row["service"] for row in found.rows[limit:]] == [REST]
    assert found.rows[limit]["request_count"] == sum(row["request_count"] for row in every[limit:])
    assert f"groups beyond the first {limit} are one: {REST}" in found.notes


@pytest.mark.long(reason="a statement a pair; the test of any question draws some of them")
@pytest.mark.parametrize("name", ["request_count", "llm_cost", "mcp_latency_p99"])
def test_every_pair_of_dimensions_is_what_plain_python_counts(name: str, client: Client, counted: Counted) -> None:
    """Each pair in one period, so that every dimension is asked for in all of them."""
    known = [each for each in DIMENSIONS if dimensions()[each].sql(metric(name).source)]
    asked = {dimension: set[Period | None]() for dimension in known}
    for first, second in combinations(range(len(known)), 2):
        by, period = (known[first], known[second]), PERIODS[(first + second) % len(PERIODS)]
        query = MetricsQuery(period=period, metrics=(name,), by=by)
        rows = answer(client, query).rows
        found = {(row.get("period", ""), tuple(row[each] for each in by)): row[name] for row in rows}
        expected = counted[1].answer(query)
        assert found.keys() == expected.keys(), query
        for group, metrics in expected.items():
            assert_equal(name, found[group], metrics[name])
        for dimension in by:
            asked[dimension].add(period)
    assert all(periods == set(PERIODS) for periods in asked.values())


def test_stream_sessions_are_counted_apart_from_requests(clickhouse_client: Client) -> None:
    measured = {"latency_session_count": 2, "latency_session_sum_ns": 3_000_000_000}
    row = {
        "log": "log-1",
        "version": 1,
        "status": 200,
        "sessions": 2,
        "received_bytes": 70,
        "sent_bytes": 9,
        **measured,
    }
    ClickHouseSink(clickhouse_client).write([table_rows(STREAM_SESSIONS, row)])
    names = ("stream_sessions", "stream_received_bytes", "stream_sent_bytes", "stream_duration_avg", "request_count")
    found = answer(clickhouse_client, MetricsQuery(period=None, metrics=names, by=("status",))).rows
    assert found == [{"status": "200", **dict(zip(names, (2, 70, 9, 1500.0, 0), strict=True))}]


def test_the_same_groups_are_shown_in_every_period(client: Client) -> None:
    query = MetricsQuery(period=Period.DAY, by=("consumer",), limit=3)
    by_day = [row["consumer"] for row in answer(client, query).rows]
    assert len(set(by_day)) == 4
    assert by_day[-1] == REST or REST in by_day


def test_requests_per_minute_are_of_the_period_within_the_span(clickhouse_client: Client) -> None:
    """90 requests: in one hour 1.5 a minute; in February 2026 of 28 days 90 / 40,320; in two days 90 / 2,880."""
    ClickHouseSink(clickhouse_client).write([usage_rows(usage(requests=90))])
    for period, span, minutes in (
        (Period.HOUR, TimeSpan(), 60),
        (Period.MONTH, TimeSpan(), 40_320),
        (None, TimeSpan.parse("2026-02-02", "2026-02-04"), 2_880),
        (Period.MONTH, TimeSpan.parse("2026-02-02", "2026-02-04"), 2_880),
    ):
        query = MetricsQuery(period=period, span=span, metrics=("requests_per_minute",))
        assert [row["requests_per_minute"] for row in answer(clickhouse_client, query).rows] == [90 / minutes], period


def test_an_amount_has_its_currency(client: Client) -> None:
    query = MetricsQuery(period=None, metrics=("llm_cost",))
    assert [row["cost_currency"] for row in answer(client, query).rows] == ["EUR"]


def test_amounts_of_two_currencies_are_never_added(clickhouse_client: Client) -> None:
    rows = [
        {"log": "log-1", "version": 1, "consumer_id": consumer, "calls": 1, "outcome": "provider"}
        | {"provider": currency, "cost_currency": currency, "cost_computed": amount}
        for consumer, currency, amount in (("a", "EUR", 1), ("a", "USD", 2), ("b", "USD", 4))
    ]
    ClickHouseSink(clickhouse_client).write([table_rows(LLM_USAGE, *rows)])
    with pytest.raises(ConflictError, match="EUR and USD; add cost_currency to --by"):
        answer(clickhouse_client, MetricsQuery(period=None, metrics=("llm_cost",), by=("consumer",)))
    apart = MetricsQuery(period=None, metrics=("llm_cost",), by=("consumer", "cost_currency"))
    found = [tuple(row.values())[:3] for row in answer(clickhouse_client, apart).rows]
    assert found == [("a", "EUR", "1"), ("b", "USD", "4"), ("a", "USD", "2")]


def test_a_comparison_is_two_answers_beside_each_other(client: Client) -> None:
    now, before = TimeSpan.parse("2026-02-09", "2026-02-16"), TimeSpan.parse("2026-02-02", "2026-02-09")
    alone = [
        {
            row["consumer"]: row["request_count"]
            for row in answer(client, MetricsQuery(period=None, by=BY, span=each)).rows
        }
        for each in (now, before)
    ]
    both = answer(client, MetricsQuery(period=None, by=BY, span=now, before=before))
    found = {row["consumer"]: (row["request_count"], row["request_count_before"]) for row in both.rows}
    assert found == {name: (alone[0].get(name, 0), alone[1].get(name, 0)) for name in {*alone[0], *alone[1]}}
    assert both.notes == ["before: 2026-02-02T00:00Z to 2026-02-09T00:00Z"]


@pytest.mark.parametrize(
    "before",
    smoke(
        [(("2026-01-25", "2026-02-08"),), (("2026-01-31", "2026-02-01"),)],
        1,
        reason="one of which a part is stored is in `make test`",
    ),
)
def test_a_time_before_that_is_not_wholly_stored_is_not_known(client: Client, before: tuple[str, str]) -> None:
    now = TimeSpan.parse("2026-02-09", "2026-02-10")
    found = answer(client, MetricsQuery(period=None, span=now, before=TimeSpan.parse(*before)))
    assert found.notes[1] == "what is stored of requests begins at 2026-02-01T01:00Z: what was before is not known"
    [row] = found.rows
    assert row["request_count"] > 0
    assert (row["request_count_before"], row["request_count_change"]) == (None, None)


def test_no_rows_have_a_reason(client: Client) -> None:
    span = TimeSpan.parse("2025-01", "2025-02")
    [note] = answer(client, MetricsQuery(period=None, span=span)).notes
    assert note.startswith("no rows: usage is stored from 2026-02-01T01:00Z")


def test_the_command_prints_what_the_engine_answers(counted: Counted, client: Client) -> None:
    asked = ("--metrics", "request_count,error_rate", "--by", "status_class", "--filter", "status_class not in 5xx")
    found = read("query", *asked, *counted[0].flags)
    query = MetricsQuery(
        period=None,
        metrics=("request_count", "error_rate"),
        by=("status_class",),
        filters=[Filter("status_class", Operator.NOT_IN, ("5xx",))],
    )
    assert found == answer(client, query).rows


@pytest.mark.parametrize(
    "arguments",
    [
        ("--metrics", "request_count; DROP TABLE api_usage_hourly"),
        ("--by", "consumer, "),
        ("--filter", "consumer = acme"),
        ("--order", "-nothing"),
        ("--tz", "Mars/Base"),
        ("--from", "2026-03", "--to", "2026-02"),
        ("--from", "yesterday"),
        ("--granularity", "minute"),
    ],
)
def test_what_cannot_be_asked_ends_with_2_and_one_line(counted: Counted, arguments: tuple[str, ...]) -> None:
    result = invoked("query", *arguments, *counted[0].flags)
    assert getattr(result.exception, "exit_code", result.exit_code) == ExitCode.USAGE
    assert "\n" not in str(result.exception)


def test_hostile_values_of_filters_are_values(client: Client) -> None:
    hostile = ("x') OR 1=1 --", "\\'", "\n", "{from:String}", "\N{SNOWMAN}")
    query = MetricsQuery(period=None, filters=[Filter("consumer", Operator.IN, hostile)])
    assert answer(client, query).rows == []
