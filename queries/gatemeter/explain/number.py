"""Explains a consumer's number: the ranges of the logs that it was counted from, and some of their events."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.explain.metric import (
    METRIC_SOURCES,
    ExplainedMetric,
    MetricSource,
    amount_doubts,
    exact_sum,
    reported_total,
)
from gatemeter.output.placeholders import NOBODY, meant_name
from gatemeter.reports.meters import MetersParameters
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.verification.cross_epoch_duplicates import event_ledger_in_use
from gatemeter.wire.event_location import EventLocation

CORRECTION = "correction"
"""The log kind of ranges that are corrections."""


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """One event of a range. `time` is text (UTC), `outcome` the event's outcome in the event ledger.

    A corrected event has `canonical`, the location of its copy that stays counted, and `booked_at` (text, UTC).
    """

    id_hash: int
    location: EventLocation
    time: str
    consumer_id: str
    outcome: str
    canonical: EventLocation | None = None
    booked_at: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedRange:
    """A part of a number: what the rows of one epoch of a log add to it, or all replays or corrections of a log.

    Offsets run from `first_offset` up to, not including, `next_offset`; both are None for replays and corrections.
    `reason` is '' except for corrections. `value` is exact, and negative for corrections. `log_kind` is '' while a
    flush is under way and the ledger does not hold the epoch yet. `events` counts the consumer's events that the event
    ledger holds; `is_covered` says whether it holds all events of the range.
    """

    log_kind: str
    topic: str
    log: str
    partition: int
    first_offset: int | None
    next_offset: int | None
    rules: str
    reason: str
    epochs: int
    hours: int
    row_count: int
    value: Decimal
    samples: Sequence[SampleEvent] = field(default_factory=list)
    events: int = 0
    is_covered: bool = False


@dataclass(frozen=True, slots=True)
class NumberExplanation:
    """`total` is the sum of the values of `ranges`, `reported` the number in the report (None if it is unknown).

    `doubts` say what an amount of money does not hold for certain.
    """

    metric: ExplainedMetric
    total: Decimal
    reported: Decimal | None
    report: str
    ranges: Sequence[ExplainedRange]
    doubts: Sequence[str] = ()

    @property
    def agrees(self) -> bool:
        """Whether the report has the same number; an unknown one agrees with 0."""
        return self.total == (self.reported or 0)

    @property
    def contradicted(self) -> Sequence[ExplainedRange]:
        """Ranges whose requests are not as many as their events, though the event ledger holds all of these."""
        if self.metric is not ExplainedMetric.REQUESTS:
            return []
        return [each for each in self.ranges if each.is_covered and each.events != each.value]


def value_of(metric: ExplainedMetric, value: Decimal) -> int | str:
    """A number of `metric` as JSON has it: whole, or a decimal one as exact text."""
    if not metric.is_decimal:
        return int(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def range_record(metric: ExplainedMetric, each: ExplainedRange) -> dict[str, Any]:
    """What a range adds to a number of `metric`, and where its log holds it, as JSON has it."""
    return {
        "value": value_of(metric, each.value),
        "log_kind": each.log_kind,
        "topic": each.topic,
        "partition": each.partition,
        "first_offset": each.first_offset,
        "next_offset": each.next_offset,
        "events": each.events if each.is_covered else None,
    }


def explain_number(
    client: Client, metric: ExplainedMetric, usage: UsageParameters, *, samples: int
) -> NumberExplanation:
    """The ranges of the number that the report of `metric` shows for `usage`, with at most `samples` events a range.

    Samples and numbers of events need the event ledger. A range without rows is included if the event ledger has
    requests of the consumer there. The ledger knows events by consumer alone, so for some of the rows it is not asked.
    Raises as `fetch` does.
    """
    source = METRIC_SOURCES[metric]
    chosen = usage.chosen_meters if isinstance(usage, MetersParameters) else {"metric": metric.value}
    rows = fetch(client, source.query, {**usage.query_parameters, **chosen})
    consumer_ids = sorted(_possible_ids(usage) | {consumer_id for row in rows for consumer_id in row["consumer_ids"]})
    selection = {**usage.span.parameters, "consumer_ids": consumer_ids}
    counted = _event_counts(client, source, selection) if usage.allowed.is_all else {}
    if metric is ExplainedMetric.REQUESTS:
        rows += _ranges_without_rows(rows, counted)
    is_sampled = samples and usage.allowed.is_all
    found = _samples(client, source, {**selection, "samples": samples}) if is_sampled else {}
    ranges = [_range(row, found, counted) for row in rows]
    total = exact_sum(each.value for each in ranges)
    reported, doubts = reported_total(client, metric, usage), amount_doubts(client, metric, usage)
    return NumberExplanation(metric, total, reported, source.report, ranges, doubts)


def _possible_ids(usage: UsageParameters) -> set[str]:
    """The consumer ids that `usage` may mean even if no row of usage has them."""
    return {"" if name == NOBODY else meant_name(name, NOBODY) for name in usage.consumers}


_RangeKey = tuple[Any, ...]
_EventCounts = Mapping[_RangeKey, Mapping[str, Any]]
_Samples = Mapping[tuple[Any, ...], Sequence[SampleEvent]]


def _event_counts(client: Client, source: MetricSource, selection: Mapping[str, Any]) -> _EventCounts:
    """The rows of `events_by_range` by the range that they count."""
    if not event_ledger_in_use(client):
        return {}
    is_all = int("other_kind" in source.outcomes)
    rows = fetch(client, "explain/events_by_range", {**selection, "is_all": is_all})
    renamed = [
        {**row, "first_offset": row["range_first_offset"], "next_offset": row["range_next_offset"]} for row in rows
    ]
    return {_range_key(row): row for row in renamed}


def _range_key(row: Mapping[str, Any]) -> _RangeKey:
    return (row["log"], row["partition"], row["rules"], row["first_offset"])


def _ranges_without_rows(rows: Sequence[Mapping[str, Any]], counted: _EventCounts) -> list[dict[str, Any]]:
    """Ranges that the event ledger has events of the consumer in, and that have no row of the consumer's usage."""
    nothing = {"reason": "", "epochs": 0, "hours": 0, "row_count": 0, "value": "0"}
    missing = counted.keys() - {_range_key(row) for row in rows}
    lost = [row for key, row in counted.items() if key in missing and row["is_whole"] and row["events"]]
    return [{**row, **nothing} for row in lost]


def _samples(client: Client, source: MetricSource, selection: Mapping[str, Any]) -> _Samples:
    """Events by (log, partition, first offset of the epoch), and corrections by (log, partition, reason)."""
    found: dict[tuple[Any, ...], list[SampleEvent]] = defaultdict(list)
    for row in fetch(client, "explain/samples", {**selection, "outcomes": list(source.outcomes)}):
        sample = SampleEvent(row["id_hash"], EventLocation.of(row), row["time"], row["consumer_id"], row["outcome"])
        found[row["log"], row["partition"], row["epoch_first_offset"]].append(sample)
    for row in fetch(client, "explain/corrected_samples", selection):
        found[f"{CORRECTION}:{row['log']}", row["partition"], row["reason"]].append(_corrected_sample(row))
    return found


def _corrected_sample(row: Mapping[str, Any]) -> SampleEvent:
    location, canonical = EventLocation.of(row), EventLocation.of(row, "kept_")
    return SampleEvent(
        row["id_hash"], location, row["time"], row["consumer_id"], "corrected", canonical, row["booked_at"]
    )


def _range(row: Mapping[str, Any], samples: _Samples, counted: _EventCounts) -> ExplainedRange:
    is_correction = row["log_kind"] == CORRECTION
    ledger = counted.get(_range_key(row), {"events": 0, "is_whole": 0})
    place = {name: row[name] for name in ("log_kind", "topic", "log", "partition", "first_offset", "next_offset")}
    counts = {name: row[name] for name in ("rules", "reason", "epochs", "hours", "row_count")}
    return ExplainedRange(
        **place,
        **counts,
        value=Decimal(row["value"]),
        samples=samples.get((row["log"], row["partition"], row["reason" if is_correction else "first_offset"]), ()),
        events=row["epochs"] if is_correction else int(ledger["events"]),
        is_covered=bool(ledger["is_whole"]),
    )
