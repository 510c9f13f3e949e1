"""From a consumer's number to the ranges of the logs that it was counted from, and to some of their events."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.contracts.letter_place import LetterPlace
from gatemeter.queries.explained_metric import METRIC_SOURCES, ExplainedMetric, exact_sum, reported_total
from gatemeter.queries.report_query import fetch
from gatemeter.queries.usage_parameters import UsageParameters

CORRECTION = "correction"
"""The log kind of ranges that take events back."""

_PLACE = ("log", "partition", "offset", "line", "event_index")


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """One of the events of a range; `kept`, of a corrected one, is the place of its copy that stays counted.

    `time` is text (UTC), `outcome` what the event ledger says became of it.
    """

    id_hash: int
    place: LetterPlace
    time: str
    consumer_id: str
    outcome: str
    kept: LetterPlace | None = None
    booked_at: str = ""


@dataclass(frozen=True, slots=True)
class ExplainedRange:
    """Part of a number: what the rows of one epoch of a log add to it; of replays and corrections, of many of them.

    Offsets from `first_offset` up to, not including, `next_offset`; None for replays and corrections. `reason` is that
    of corrections. `value` is exact, and negative where events are taken back. `log_kind` is '' while the ledger does
    not speak of the range yet.
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


def explain_number(
    client: Client, metric: ExplainedMetric, usage: UsageParameters, *, samples: int
) -> NumberExplanation:
    """Take the number of `metric` that the report with `usage` shows apart, with at most `samples` events a range.

    Samples are there only while the event ledger is. Raises as `fetch` does.
    """
    source = METRIC_SOURCES[metric]
    rows = fetch(client, source.query, {**usage.query_parameters, "metric": metric.value})
    consumer_ids = sorted({consumer_id for row in rows for consumer_id in row["consumer_ids"]})
    chosen = {**usage.span.parameters, "consumer_ids": consumer_ids, "samples": samples}
    events = _sampled(
        fetch(client, "explain_samples", {**chosen, "outcomes": list(source.outcomes)}) if samples else []
    )
    taken_back = _taken_back(fetch(client, "explain_corrected_samples", chosen) if samples else [])
    ranges = [_range(row, events, taken_back) for row in rows]
    return NumberExplanation(
        metric,
        exact_sum(each.value for each in ranges),
        reported_total(client, metric, usage),
        source.report,
        ranges,
    )


_Samples = dict[tuple[Any, ...], list[SampleEvent]]


def _sampled(rows: Sequence[dict[str, Any]]) -> _Samples:
    found: _Samples = defaultdict(list)
    for row in rows:
        sample = SampleEvent(row["id_hash"], _place(row), row["time"], row["consumer_id"], row["outcome"])
        found[row["log"], row["partition"], row["epoch_first_offset"]].append(sample)
    return found


def _taken_back(rows: Sequence[dict[str, Any]]) -> _Samples:
    found: _Samples = defaultdict(list)
    for row in rows:
        place, kept = _place(row), _place(row, "kept_")
        sample = SampleEvent(
            row["id_hash"], place, row["time"], row["consumer_id"], "corrected", kept, row["booked_at"]
        )
        found[f"{CORRECTION}:{row['log']}", row["partition"], row["reason"]].append(sample)
    return found


def _range(row: dict[str, Any], events: _Samples, taken_back: _Samples) -> ExplainedRange:
    if row["log_kind"] == CORRECTION:
        samples = taken_back.get((row["log"], row["partition"], row["reason"]), [])
    else:
        samples = events.get((row["log"], row["partition"], row["first_offset"]), [])
    values = {name: row[name] for name in ("log_kind", "topic", "log", "partition", "first_offset", "next_offset")}
    counts = {name: row[name] for name in ("rules", "reason", "epochs", "hours", "row_count")}
    return ExplainedRange(**values, **counts, value=Decimal(row["value"]), samples=samples)


def _place(row: dict[str, Any], prefix: str = "") -> LetterPlace:
    return LetterPlace(*(row[f"{prefix}{name}"] for name in _PLACE))
