"""What custom meters add up to is what a naive reading of the events adds up to, however they arrive."""

import json
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.metering.log import Log, LogKind
from gatemeter.metering.partition import PartitionCounter
from gatemeter.metering.start_position import StartPosition
from gatemeter.schema import EPOCH_LEDGER, METER_USAGE
from tests.support.declared_meters import BYTES_OUT, CREDITS, EXPORTS, SEATS, metering_with, unscaled
from tests.support.kong_events import STARTED_AT_MS
from tests.support.logs import chunk_of, flush_to

METERING = metering_with(CREDITS + BYTES_OUT + EXPORTS + SEATS)
HOUR_MS = 3_600_000
CREDIT_TEXTS = st.sampled_from([None, "", "0", "1", "0.125", "12.5", "1e3", "9" * 15, "0.0001", "-2", "free", "9" * 30])


class Total(NamedTuple):
    events: int = 0
    value: Decimal = Decimal(0)
    unusable: int = 0
    members: frozenset[str] = frozenset()


@st.composite
def requests(draw: st.DrawFn, number: int) -> dict[str, Any]:
    headers = {"x-credits": draw(CREDIT_TEXTS), "x-plan": draw(st.sampled_from(["gold", "free"]))}
    size = draw(st.integers(0, 10**12))
    return {
        "started_at": STARTED_AT_MS + HOUR_MS * draw(st.integers(0, 1)),
        "request": {"id": f"r{number}"},
        "response": {"status": draw(st.sampled_from([200, 302, 404])), "size": size, "headers": headers},
        "consumer": {"id": draw(st.sampled_from(["c1", "c2"]))},
    }


@st.composite
def exports(draw: st.DrawFn, number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": draw(st.sampled_from(["report.exported", "report.opened"])),
        "source": "reports",
        "id": str(number),
        "subject": draw(st.sampled_from(["c1", "c2"])),
        "time": "2026-02-03T10:30:00Z",
        "data": {"rows": draw(st.integers(0, 10**6)), "user": draw(st.sampled_from(["ada", "bob", "cy"]))},
    }


@st.composite
def logs(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [draw(st.one_of(requests(number), exports(number))) for number in range(draw(st.integers(1, 12)))]


def naive(events: list[dict[str, Any]]) -> dict[tuple[str, ...], Total]:
    """By meter, consumer and plan, event by event, with decimals."""
    totals: dict[tuple[str, ...], Total] = defaultdict(Total)

    def add(key: tuple[str, ...], value: Decimal | None, member: str | None = None) -> None:
        before = totals[key]
        members = before.members | ({member} if member else set())
        is_unusable = value is None
        totals[key] = Total(before.events + 1, before.value + (value or 0), before.unusable + is_unusable, members)

    for event in events:
        if "request" in event:
            consumer, response = event["consumer"]["id"], event["response"]
            headers = response["headers"]
            add(("credits", consumer, headers["x-plan"]), credits_of(headers["x-credits"]))
            if response["status"] < 400:
                add(("bytes-out", consumer, ""), Decimal(response["size"]))
        elif event["type"] == "report.exported":
            add(("exports", event["subject"], ""), Decimal(event["data"]["rows"]))
            add(("seats", event["subject"], ""), Decimal(0), event["data"]["user"])
    return dict(totals)


def credits_of(text: str | None) -> Decimal | None:
    return Decimal(text) if text in ("0", "1", "0.125", "12.5", "1e3", "9" * 15) else None


def stored(sink: MemorySink) -> dict[tuple[str, ...], Total]:
    """The same of the stored rows, all hours and epochs together; `members` are as many as there are hashes."""
    totals: dict[tuple[str, ...], Total] = defaultdict(Total)
    for row in sink.rows(METER_USAGE):
        key = (row["meter"], row["consumer_id"], row["group_1"])
        before = totals[key]
        totals[key] = Total(
            before.events + row["events"],
            before.value + unscaled(row["value_scaled"], row["decimals"]),
            before.unusable + row["without_value"] + row["refused"],
            before.members | {str(each) for each in row["distinct_hashes"]},
        )
    return dict(totals)


def sizes(totals: dict[tuple[str, ...], Total]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    return {key: (*total[:3], len(total.members)) for key, total in totals.items()}


@st.composite
def framings(draw: st.DrawFn, events: list[dict[str, Any]]) -> list[bytes]:
    """Events with copies, in any order, as frames, arrays, and messages of one event."""
    shuffled = draw(st.permutations(events + draw(st.lists(st.sampled_from(events), max_size=4))))
    values: list[bytes] = []
    while shuffled:
        size = draw(st.integers(1, len(shuffled)))
        part, shuffled = shuffled[:size], shuffled[size:]
        texts = [json.dumps(event).encode() for event in part]
        form = draw(st.sampled_from(["lines", "array", "single"]))
        values += texts if form == "single" else [b"\n".join(texts) if form == "lines" else json.dumps(part).encode()]
    return values


def counted(values: list[bytes], epoch_size: int, cuts: list[int], sink: MemorySink) -> None:
    """Count a log in portions that end at `cuts`, with a flush after each, as workers do."""
    counter = PartitionCounter(Log("log", "log", LogKind.KAFKA, epoch_size), 0, StartPosition(0, 0), METERING)
    borders = sorted({0, len(values), *(cut for cut in cuts if cut < len(values))})
    for first, end in pairwise(borders):
        counter.add(chunk_of(first, values[first:end]))
        flush_to(counter, sink)


@given(st.data(), st.sampled_from([8, 1_000]), st.lists(st.integers(1, 15), max_size=3))
def test_meters_add_up_to_what_a_naive_reading_does(data: st.DataObject, epoch_size: int, cuts: list[int]) -> None:
    events = data.draw(logs())
    sink = MemorySink()
    # Copies are known within an epoch and the one after it, so a log of copies is counted in one.
    counted(data.draw(framings(events)), 1_000, cuts, sink)
    assert sizes(stored(sink)) == sizes(naive(events))
    plain = MemorySink()
    counted([json.dumps(event).encode() for event in events], epoch_size, cuts, plain)
    assert sizes(stored(plain)) == sizes(naive(events))


@given(st.data(), st.integers(1, 5), st.lists(st.integers(1, 15), max_size=3))
def test_a_replay_changes_no_row(data: st.DataObject, epoch_size: int, cuts: list[int]) -> None:
    values = data.draw(framings(data.draw(logs())))
    once, again = MemorySink(), MemorySink()
    counted(values, epoch_size, [], once)
    counted(values, epoch_size, cuts, again)
    counted(values, epoch_size, cuts[:1], again)
    for table in (METER_USAGE, EPOCH_LEDGER):
        rows = [[{**row, "version": 0} for row in sink.rows(table)] for sink in (once, again)]
        assert rows[0] == rows[1]


@given(logs())
def test_the_account_holds_what_meters_took(events: list[dict[str, Any]]) -> None:
    sink = MemorySink()
    counted([json.dumps(event).encode() for event in events], 4, [], sink)
    rows = sink.rows(EPOCH_LEDGER)
    assert sum(row["meter_events"] for row in rows) == sum(total.events for total in naive(events).values())
    assert sum(row["metered_other"] for row in rows) == sum(event.get("type") == "report.exported" for event in events)
