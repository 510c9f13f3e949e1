"""Custom meters in epochs: counted once, accounted for, and never across a change of declarations."""

import json

import pytest

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.rows import reversed_usage, reversing_ledger_row
from gatemeter.events.access_event import TimeRange
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.ruleset import RULESET_VERSION, Metering, ruleset_version
from gatemeter.metering.start_position import decide_start
from gatemeter.recompute.event_lookup import ReadEvent
from gatemeter.schema import EPOCH_LEDGER, METER_USAGE, TABLES
from gatemeter.schema.stored_event import CrossEpochDuplicate
from gatemeter.schema.usage import OTHER_NAMES
from gatemeter.wire.event_location import EventLocation
from tests.support.declared_meters import CREDITS, EXPORTS, SEATS, metering_with
from tests.support.kong_events import HOUR_S, STARTED_AT_MS, event_text
from tests.support.logs import METERING, as_records, chunk_of, counts, flush_to, kafka_log
from tests.support.positions import ANYWHERE

BOTH = metering_with(CREDITS + EXPORTS)


def request(number: int, amount: str = "1.5", plan: str = "gold", consumer: str = "con-1") -> bytes:
    event = json.loads(event_text(event_id=f'"r{number}"', extra=f'"consumer":{{"id":"{consumer}"}}'))
    event["response"]["headers"] = {"x-credits": amount, "x-plan": plan}
    return json.dumps(event).encode()


def export(number: int, rows: int = 10, kind: str = "report.exported") -> bytes:
    members = {"id": str(number), "time": "2026-02-03T10:00:00Z", "data": {"rows": rows, "user": f"u{number % 3}"}}
    return json.dumps({"specversion": "1.0", "type": kind, "source": "s", "subject": "con-2", **members}).encode()


def counted(values: list[bytes], metering: Metering, sink: MemorySink, epoch_size: int = 10) -> EventCounts:
    """Count a log of messages from where the ledger in `sink` says that counting begins."""
    log, stored = kafka_log(epoch_size), sink.stored_epochs("topic-id-1")
    start = decide_start(log, 0, metering.ruleset_version, commit=None, log_start=0, stored=stored).position
    counter = PartitionCounter(log, 0, start, metering)
    counter.add(chunk_of(start.read_from, values[start.read_from :]))
    flush_to(counter, sink)
    return counter.totals


def values_of(sink: MemorySink) -> list[tuple[str, int, int]]:
    return [(row["meter"], row["events"], row["value_scaled"]) for row in sink.rows(METER_USAGE)]


def account(sink: MemorySink) -> list[tuple[int, int, int]]:
    return [(row["other_kind"], row["meter_events"], row["metered_other"]) for row in sink.rows(EPOCH_LEDGER)]


def test_copies_are_metered_once(sink: MemorySink) -> None:
    values = [request(1), request(2, "2.25"), request(1), export(1), export(1)]
    assert counted(values, BOTH, sink) == counts(5, counted=2, duplicates=2, other_kind=1)
    assert values_of(sink) == [("credits", 2, 3_750), ("exports", 1, 10)]
    assert account(sink) == [(1, 3, 1)]


def test_events_that_no_meter_takes_stay_unmetered(sink: MemorySink) -> None:
    total = counted([export(1), export(2, kind="report.opened")], BOTH, sink)
    assert (total, total.holds) == (counts(2, other_kind=2), True)
    assert account(sink) == [(2, 1, 1)]


def test_an_event_of_two_meters_is_one_event_of_another_kind(sink: MemorySink) -> None:
    counted([export(1), export(2)], metering_with(EXPORTS + SEATS), sink)
    assert account(sink) == [(2, 4, 2)]


def test_different_values_are_kept_once_in_an_epoch(sink: MemorySink) -> None:
    counted([export(number) for number in range(15)], metering_with(SEATS), sink)
    assert [(row["events"], len(row["distinct_hashes"])) for row in sink.rows(METER_USAGE)] == [(10, 3), (5, 3)]
    assert len({each for row in sink.rows(METER_USAGE) for each in row["distinct_hashes"]}) == 3


def test_without_meters_there_are_no_rows(sink: MemorySink) -> None:
    counted([request(1), export(1)], METERING, sink)
    assert (values_of(sink), account(sink)) == ([], [(1, 0, 0)])


@pytest.mark.parametrize("first_count", [1, 9, 10, 11, 25])
def test_meters_declared_later_count_from_then_on(sink: MemorySink, first_count: int) -> None:
    values = [request(number) for number in range(30)]
    counted(values[:first_count], METERING, sink)
    before = [sink.rows(table) for table in TABLES]
    counted(values, BOTH, sink)
    assert sum(events for _, events, _ in values_of(sink)) == 30 - first_count
    assert all(row in sink.rows(table) for table, rows in zip(TABLES, before, strict=True) for row in rows)
    assert {row["version"]: row["rules"] for row in sink.rows(EPOCH_LEDGER)}[first_count] == RULESET_VERSION


def test_two_declarations_of_one_name_have_rows_of_their_own(sink: MemorySink) -> None:
    values = [request(number) for number in range(20)]
    counted(values[:5], metering_with(CREDITS), sink)
    counted(values, metering_with(CREDITS.replace("decimals = 3", "decimals = 4")), sink)
    found = {(row["declaration"], row["decimals"]): row["events"] for row in sink.rows(METER_USAGE)}
    assert sorted((decimals, events) for (_, decimals), events in found.items()) == [(3, 5), (4, 10)]
    assert sum(row["events"] for row in sink.rows(METER_USAGE)) == 20


def test_groups_that_clients_make_up_are_bounded(sink: MemorySink) -> None:
    values = [request(number, plan=f"plan {number}") for number in range(1_010)]
    counted(values, metering_with(CREDITS), sink, epoch_size=2_000)
    found = {row["group_1"]: (row["events"], row["value_scaled"]) for row in sink.rows(METER_USAGE)}
    assert len(found) == 1_001
    assert found[OTHER_NAMES] == (10, 15_000)


def test_made_up_groups_of_one_meter_leave_those_of_others_alone(sink: MemorySink) -> None:
    tiers = CREDITS.replace('"credits"\nformat', '"tiers"\nformat').replace("x-plan", "x-tier")
    events = [json.loads(request(number, plan=f"p{number}")) for number in range(1_002)]
    for number, event in enumerate(events):
        event["response"]["headers"]["x-tier"] = "gold" if number < 1_001 else "silver"
    counted([json.dumps(each).encode() for each in events], metering_with(CREDITS + tiers), sink, epoch_size=2_000)
    groups = {(row["meter"], row["group_1"]) for row in sink.rows(METER_USAGE)}
    assert {group for meter, group in groups if meter == "tiers"} == {"gold", "silver"}
    assert ("credits", OTHER_NAMES) in groups


class TestRuleset:
    def test_meters_are_in_the_ruleset_version(self) -> None:
        assert BOTH.ruleset_version == f"{RULESET_VERSION};meters={BOTH.meters.version}"
        times = TimeRange(1, 2)
        assert ruleset_version(times, BOTH.meters) == f"{RULESET_VERSION};times=1..2;meters={BOTH.meters.version}"

    def test_a_version_is_known_by_the_meters_that_are_given(self) -> None:
        assert BOTH.by_ruleset(BOTH.ruleset_version) == BOTH
        assert METERING.by_ruleset(BOTH.ruleset_version) is None
        assert metering_with(CREDITS).by_ruleset(BOTH.ruleset_version) is None

    def test_what_was_counted_before_any_meter_is_known_without(self) -> None:
        known = BOTH.by_ruleset(RULESET_VERSION)
        assert known is not None
        assert not known.meters


def test_a_retracted_event_takes_its_rows_back() -> None:
    where = EventLocation("topic-id-1", 0, 4, 1, 0)
    duplicate = CrossEpochDuplicate(where, where, "access", "access", STARTED_AT_MS, "con-2", "other_kind", 1, 0)
    text = export(1)
    batch = BOTH.decoders().decode("cloudevents", [text], ANYWHERE)
    usage = reversed_usage(duplicate, ReadEvent(text, "cloudevents", batch), BOTH)
    [row] = as_records(usage, METER_USAGE)
    assert (row["hour"], row["events"], row["value_scaled"]) == (HOUR_S, -1, -10)
    [ledger] = as_records([reversing_ledger_row(duplicate, BOTH, usage)], EPOCH_LEDGER)
    assert (ledger["other_kind"], ledger["meter_events"], ledger["metered_other"]) == (-1, -1, -1)
