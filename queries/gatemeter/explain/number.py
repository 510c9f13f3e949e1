"""From a consumer's number to the ranges of the logs that it was counted from, and to some of their events."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.explain.metric import METRIC_SOURCES, ExplainedMetric, MetricSource, exact_sum, reported_total
from gatemeter.reports.query import fetch
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.verification.cross_epoch_duplicates import event_ledger_in_use
from gatemeter.wire.event_location import EventLocation

CORRECTION = "correction"
"""The log kind of ranges that take events back."""


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """One of the events of a range; `kept`, of a corrected one, is the place of its copy that stays counted.

    `time` is text (UTC), `outcome` what the event ledger says became of it.
    """

    id_hash: int
    place: EventLocation
    time: str
    consumer_id: str
    outcome: str
    kept: EventLocation | None = None
    booked_at: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedRange:
    """Part of a number: what the rows of one epoch of a log add to it; of replays and corrections, of many of them.

    Offsets from `first_offset` up to, not including, `next_offset`; None for replays and corrections. `reason` is that
    of corrections. `value` is exact, and negative where events are taken back. `log_kind` is '' while the ledger does
    not speak of the range yet. `events` is how many the event ledger holds of the consumer and period, `is_covered`
    whether it holds all events of the range.
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
    """`total` is the sum of the ranges' values, `reported` what the report says (None: that nothing is known of it)."""

    metric: ExplainedMetric
    total: Decimal
    reported: Decimal | None
    report: str
    ranges: Sequence[ExplainedRange]

    @property
    def agrees(self) -> bool:
        """Whether the report says the same; where it says nothing there must be nothing to say."""
        return self.total == (self.reported or 0)

    @property
    def contradicted(self) -> Sequence[ExplainedRange]:
        """Ranges of whose requests the event ledger, which holds all of their events, knows another number."""
        if self.metric is not ExplainedMetric.REQUESTS:
            return []
        return [each for each in self.ranges if each.is_covered and each.events != each.value]


def explain_number(
    client: Client, metric: ExplainedMetric, usage: UsageParameters, *, samples: int
) -> NumberExplanation:
    """Take the number of `metric` that the report with `usage` shows apart, with at most `samples` events a range.

    Samples, and numbers of events, are there only while the event ledger is; a range of which it knows requests of the
    consumer is there without rows too. Raises as `fetch` does.
    """
    source = METRIC_SOURCES[metric]
    rows = fetch(client, source.query, {**usage.query_parameters, "metric": metric.value})
    consumer_ids = sorted(_asked_ids(usage) | {consumer_id for row in rows for consumer_id in row["consumer_ids"]})
    chosen = {**usage.span.parameters, "consumer_ids": consumer_ids, "samples": samples}
    events = _sampled(
        fetch(client, "explain/samples", {**chosen, "outcomes": list(source.outcomes)}) if samples else []
    )
    taken_back = _taken_back(fetch(client, "explain/corrected_samples", chosen) if samples else [])
    known = _events_known(client, source, usage, consumer_ids)
    explained = [_range(row, events, taken_back, known) for row in rows]
    without_rows = _without_rows(rows, known) if metric is ExplainedMetric.REQUESTS else []
    ranges = explained + [_range(row, events, taken_back, known) for row in without_rows]
    return NumberExplanation(
        metric,
        exact_sum(each.value for each in ranges),
        reported_total(client, metric, usage),
        source.report,
        ranges,
    )


def _asked_ids(usage: UsageParameters) -> set[str]:
    """Ids by which the consumers may be known where no row of usage says so."""
    return {"" if name == "anonymous" else name for name in usage.consumers}


_RangePlace = tuple[Any, ...]


def _events_known(
    client: Client, source: MetricSource, usage: UsageParameters, consumer_ids: Sequence[str]
) -> dict[_RangePlace, dict[str, Any]]:
    if not event_ledger_in_use(client):
        return {}
    is_all = int("other_kind" in source.outcomes)
    chosen = {**usage.span.parameters, "consumer_ids": consumer_ids, "is_all": is_all, "spanned": 0}
    return {_range_place(row): row for row in _named_as_ranges(fetch(client, "explain/events_by_range", chosen))}


def _named_as_ranges(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield {**row, "first_offset": row["range_first_offset"], "next_offset": row["range_next_offset"]}


def _range_place(row: dict[str, Any]) -> _RangePlace:
    return (row["log"], row["partition"], row["rules"], row["first_offset"])


def _without_rows(rows: Sequence[dict[str, Any]], known: dict[_RangePlace, dict[str, Any]]) -> list[dict[str, Any]]:
    """Ranges without a row of usage of the consumer, of which the event ledger knows events of it."""
    nothing = {"reason": "", "epochs": 0, "hours": 0, "row_count": 0, "value": "0"}
    missing = known.keys() - {_range_place(row) for row in rows}
    lost = [row for place, row in known.items() if place in missing and row["is_whole"] and row["events"]]
    return [{**row, **nothing} for row in lost]


_Samples = dict[tuple[Any, ...], list[SampleEvent]]


def _sampled(rows: Sequence[dict[str, Any]]) -> _Samples:
    found: _Samples = defaultdict(list)
    for row in rows:
        sample = SampleEvent(row["id_hash"], EventLocation.of(row), row["time"], row["consumer_id"], row["outcome"])
        found[row["log"], row["partition"], row["epoch_first_offset"]].append(sample)
    return found


def _taken_back(rows: Sequence[dict[str, Any]]) -> _Samples:
    found: _Samples = defaultdict(list)
    for row in rows:
        place, kept = EventLocation.of(row), EventLocation.of(row, "kept_")
        sample = SampleEvent(
            row["id_hash"], place, row["time"], row["consumer_id"], "corrected", kept, row["booked_at"]
        )
        found[f"{CORRECTION}:{row['log']}", row["partition"], row["reason"]].append(sample)
    return found


def _range(
    row: dict[str, Any], events: _Samples, taken_back: _Samples, known: dict[_RangePlace, dict[str, Any]]
) -> ExplainedRange:
    if row["log_kind"] == CORRECTION:
        samples = taken_back.get((row["log"], row["partition"], row["reason"]), [])
    else:
        samples = events.get((row["log"], row["partition"], row["first_offset"]), [])
    values = {name: row[name] for name in ("log_kind", "topic", "log", "partition", "first_offset", "next_offset")}
    counts = {name: row[name] for name in ("rules", "reason", "epochs", "hours", "row_count")}
    ledger = known.get(_range_place(row), {"events": 0, "is_whole": 0})
    return ExplainedRange(
        **values,
        **counts,
        value=Decimal(row["value"]),
        samples=samples,
        events=row["epochs"] if row["log_kind"] == CORRECTION else int(ledger["events"]),
        is_covered=bool(ledger["is_whole"]),
    )
