"""Events that the event ledger knows to be counted more than once, at any distance in the logs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.stored_event import CrossEpochDuplicate
from gatemeter.wire.event_location import EventLocation

_BEFORE_ALL = EventLocation("", 0, 0, 0, 0)
_ALL = 2**62


@dataclass(frozen=True, slots=True)
class CrossEpochDuplicatePair:
    """How many events of `log` are counted although their canonical copies in `kept_log` are counted too.

    `examples` are locations of some copies, each with the location of its canonical copy.
    """

    topic: str
    log: str
    kept_topic: str
    kept_log: str
    copies: int
    examples: Sequence[tuple[EventLocation, EventLocation]]


def cross_epoch_duplicates(
    client: Client, span: TimeSpan, limit: int | None, *, after: EventLocation | None = None
) -> Sequence[CrossEpochDuplicate]:
    """At most `limit` (None: all) duplicates with times in `span`, by location, beginning behind the location `after`.

    Empty if no event ledger is kept. Raises as `fetch` does.
    """
    begin = after or _BEFORE_ALL
    parameters = {**span.parameters, **begin.columns("after_"), "limit": _ALL if limit is None else limit}
    return [_cross_epoch_duplicate(row) for row in fetch(client, "verification/cross_epoch_duplicates", parameters)]


def cross_epoch_duplicate_pages(client: Client, span: TimeSpan, size: int) -> Iterator[Sequence[CrossEpochDuplicate]]:
    """All duplicates in pages of `size`; earlier pages may be corrected before the next is read. Raises as `fetch`."""
    after: EventLocation | None = None
    while page := cross_epoch_duplicates(client, span, size, after=after):
        yield page
        after = page[-1].location


def cross_epoch_duplicate_count(client: Client, span: TimeSpan) -> int:
    """The number of duplicates with times in `span`. Raises as `fetch` does."""
    return int(fetch(client, "verification/cross_epoch_duplicate_count", span.parameters)[0]["copies"])


def cross_epoch_duplicate_pairs(client: Client, span: TimeSpan, examples: int) -> Sequence[CrossEpochDuplicatePair]:
    """The duplicates summed up for each pair of logs, with at most 20 `examples`. Raises as `fetch` does."""
    return [
        _pair(row)
        for row in fetch(client, "verification/cross_epoch_duplicate_pairs", {**span.parameters, "examples": examples})
    ]


def cross_epoch_duplicate_scope(client: Client, span: TimeSpan) -> tuple[int, int]:
    """The number of epochs and of events that are searched for duplicates. Raises as `fetch` does."""
    (row,) = fetch(client, "verification/cross_epoch_duplicate_scope", span.parameters)
    return int(row["epochs"]), int(row["events"])


def event_ledger_in_use(client: Client) -> bool:
    """Whether the event ledger holds any event. Raises as `fetch` does."""
    return bool(fetch(client, "verification/event_ledger_in_use", {})[0]["in_use"])


def _pair(row: dict[str, Any]) -> CrossEpochDuplicatePair:
    examples = [(EventLocation(*copy), EventLocation(*kept)) for copy, kept in row["examples"]]
    return CrossEpochDuplicatePair(
        row["topic"], row["log"], row["kept_topic"], row["kept_log"], row["copies"], examples
    )


def _cross_epoch_duplicate(row: dict[str, Any]) -> CrossEpochDuplicate:
    return CrossEpochDuplicate(
        location=EventLocation.of(row),
        canonical=EventLocation.of(row, "kept_"),
        topic=row["topic"],
        canonical_topic=row["kept_topic"],
        time_ms=row["time_ms"],
        consumer_id=row["consumer_id"],
        outcome=row["outcome"],
        id_hash=row["id_hash"],
        epoch_first_offset=row["epoch_first_offset"],
    )
