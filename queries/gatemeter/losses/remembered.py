"""Comparisons with a gateway's own counts as the store remembers them, and what a bill says of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field

from gatemeter.clickhouse.errors import with_retry
from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.losses.comparison import GatewayComparison
from gatemeter.losses.gap import gap_text
from gatemeter.reports.period import TimeSpan

_TABLE = "gateway_comparisons"
_COLUMN_TYPES = {
    "compared_at": "DateTime64(3, 'UTC')",
    "position": "UInt32",
    "month": "String",
    "counted_from": "Nullable(DateTime('UTC'))",
    "counted_to": "DateTime('UTC')",
    "counter": "String",
    "service": "String",
    "gateway_requests": "UInt64",
    "counted_least": "Int64",
    "counted_most": "Int64",
    "dead_letters_most": "UInt64",
    "gap_least": "Nullable(Int64)",
    "gap_most": "Nullable(Int64)",
    "restarts": "UInt32",
    "cause": "String",
    "reason": "String",
    "is_finding": "UInt8",
}
_MOST_SHOWN = 300
_MOST_MONTHS = 3
NOBODY_COMPARED = "lost before they arrived: not known, nobody compared with the gateway's own counters (docs/loss.md)"


class RememberedCount(BaseModel):
    """A count of the gateway beside ours. Times are UTC; what is not known is null, `service` is '' for all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    compared_at: str
    month: str = Field(description="As 2026-02; '' where nobody knows since when the counter counts.")
    counted_from: str
    counted_to: str
    counter: str
    service: str
    gateway_requests: int
    counted_least: int
    counted_most: int
    dead_letters_most: int
    gap_least: int | None
    gap_most: int | None
    restarts: int
    cause: str
    reason: str
    is_finding: bool


def record_comparison(client: Client, comparison: GatewayComparison) -> None:
    """Remember all counts of a comparison. Raises as `insert_columns` does."""
    rows = [
        (
            comparison.at,
            position,
            each.gap.reading.window.month,
            None if each.gap.reading.window.is_since_unknown else each.gap.reading.window.start.earliest,
            each.gap.reading.window.end.latest,
            each.gap.reading.counter,
            each.gap.reading.service,
            each.gap.reading.seen,
            *each.gap.counted,
            each.gap.dead_letters,
            each.gap.least,
            each.gap.most,
            len(each.gap.reading.resets),
            str(each.explained.cause),
            each.explained.reason,
            int(each.is_finding),
        )
        for position, each in enumerate(comparison.counts)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        with_retry(lambda: insert_columns(client, _TABLE, _COLUMN_TYPES, columns))


def remembered_counts(client: Client, months: Sequence[str] = ()) -> list[RememberedCount]:
    """Of each month, counter and service the last comparison, the newest month first. Raises as `fetch` does."""
    rows = fetch(client, "losses/last_comparisons", {"months": list(months), "limit": _MOST_SHOWN})
    return [RememberedCount.model_validate(row) for row in rows]


def loss_sentence(client: Client, span: TimeSpan) -> str:
    """What a bill of these hours says about requests that never arrived, in one line. Raises as `fetch` does."""
    months = _months(span)
    sums = [each for each in remembered_counts(client, months) if not each.service and each.month]
    told = {month: _best([each for each in sums if each.month == month]) for month in {each.month for each in sums}}
    if not told:
        return NOBODY_COMPARED
    named = [f"{month}: {_amount(told[month])}" for month in sorted(told, reverse=True)[:_MOST_MONTHS]]
    more = len(told) - len(named)
    missing = [month for month in months if month not in told]
    return "requests that the gateway counted and no event tells of: " + "; ".join(
        [*named, *([f"{more} earlier months: gatemeter verify --against"] if more else [])]
        + ([f"nobody compared {len(missing)} of {len(months)} months"] if missing else [])
    )


def _amount(count: RememberedCount) -> str:
    cause = "" if count.cause == "none" else f" ({count.cause})"
    return f"{gap_text(count.gap_least, count.gap_most)} of {count.gateway_requests:,}{cause}"


def _best(counts: Sequence[RememberedCount]) -> RememberedCount:
    """The one that says most: with both bounds, the closest together; else with one."""

    def width(count: RememberedCount) -> tuple[int, int]:
        if count.gap_least is not None and count.gap_most is not None:
            return 0, count.gap_most - count.gap_least
        return (1 if count.gap_least is not None else 2), 0

    return min(counts, key=width)


def _months(span: TimeSpan) -> list[str]:
    """The months that a closed span touches; empty for an open one."""
    if not span.is_closed:
        return []
    months, month = [], datetime(span.start.year, span.start.month, 1, tzinfo=UTC)
    while month < span.end:
        months.append(f"{month:%Y-%m}")
        month = (month + timedelta(days=31)).replace(day=1)
    return months
