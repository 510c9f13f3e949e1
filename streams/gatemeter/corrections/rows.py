"""The rows that take stored rows back: added to them, nothing is left.

The rows that take back one event that was counted although a copy of it was.

The correction is an epoch of this one event, in a log of its own beside the event's log, and begins at a hash of the
event's place: the same epoch with the same rows, whoever books it and however often.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from gatemeter.errors import StopError
from gatemeter.metering.deduplication import hashed_offset
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE, Epoch
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.rules import Metering
from gatemeter.recompute.event_lookup import ReadEvent
from gatemeter.schema import CORRECTIONS, EPOCH_LEDGER, EVENT_LEDGER, Column, Table, TableRows
from gatemeter.schema.bookkeeping import CORRECTED, OTHER_KIND
from gatemeter.schema.rollups import ROLLUPS
from gatemeter.schema.table import MONEY
from gatemeter.wire.event_location import EventLocation

_MEMBERS = {(rollup.name, name) for rollup in ROLLUPS for name in rollup.members}
_COUNT_TYPES = {"Int64", "Int128", MONEY}


def negated(rows: TableRows) -> TableRows:
    """`rows` of usage with counts, sums, amounts and sketches negated.

    Extremes are 0 and members none: what a copy adds to them, the copy that stays has added too. Texts stay.
    """
    key_count = len(rows.table.dimensions) + len(rows.table.lineage)
    measures = zip(rows.table.measures, rows.columns[key_count:], strict=True)
    negations = [list(map(_negation(rows.table, column), values)) for column, values in measures]
    return TableRows(rows.table, [*rows.columns[:key_count], *negations])


def _negation(table: Table, column: Column) -> Callable[[Any], Any]:
    if column.name.endswith(("_min_ns", "_max_ns")):
        return _nothing
    if (table.name, column.name) in _MEMBERS:
        return _nobody
    if column.name.endswith("_bucket_counts"):
        return _negated_each
    if column.name.endswith("_buckets") or column.type == "String":
        return _unchanged
    if column.type in _COUNT_TYPES:
        return _negated
    raise StopError(f"nobody has said how {table.name}.{column.name} is taken back", do="please report this")


def _negated(value: Any) -> Any:
    # The minus sign would round an amount to the 28 digits of Python's default context.
    return value.copy_negate() if isinstance(value, Decimal) and value else -value


def _negated_each(counts: Sequence[int]) -> list[int]:
    return [-count for count in counts]


def _nothing(_value: int) -> int:
    return 0


def _nobody(_members: Sequence[int]) -> list[int]:
    return []


def _unchanged(value: Any) -> Any:
    return value


CORRECTION_PREFIX = "correction:"

_EPOCH_SIZE = 1
_BOOKKEEPING = {EPOCH_LEDGER.name, EVENT_LEDGER.name, CORRECTIONS.name}


@dataclass(frozen=True, slots=True)
class CountedCopy:
    """An event that was counted, as the event ledger has it, and the place of the copy of it that stays counted.

    `topic` and `kept_topic` name the logs that the two stand in, `outcome` is `counted` or `other_kind`, `time_ms` the
    event's own time in Unix ms.
    """

    place: EventLocation
    kept: EventLocation
    id_hash: int
    outcome: str
    topic: str
    kept_topic: str
    time_ms: int
    consumer_id: str
    epoch_first_offset: int


def usage_taken_back(copy: CountedCopy, event: ReadEvent, metering: Metering) -> list[TableRows]:
    """The rows of usage of `event`, which stands at the copy's place, with everything negated."""
    first_offset = hashed_offset(copy.place.within_log)
    log = _log_of(copy)
    epoch = Epoch(log, copy.place.partition, first_offset, 0, set(), metering)
    epoch.add(
        event.batch, LogChunk(first_offset, first_offset + 1, [first_offset], [event.text], None, event.log_format)
    )
    return [negated(rows) for rows in epoch.take_rows() if rows.table.name not in _BOOKKEEPING]


def account_of(copy: CountedCopy, metering: Metering) -> TableRows:
    """The ledger's row: nothing was consumed; what was counted is a duplicate now."""
    first_offset, is_other = hashed_offset(copy.place.within_log), copy.outcome == OTHER_KIND
    log = _log_of(copy)
    return _row(
        EPOCH_LEDGER,
        {
            "log": log.identity,
            "partition": copy.place.partition,
            "epoch_first_offset": first_offset,
            "version": first_offset + 1,
            "topic": log.name,
            "log_kind": log.kind.value,
            "epoch_size": log.epoch_size,
            "consumed": 0,
            "counted": 0 if is_other else -1,
            "duplicates": 1,
            "dead_letters": 0,
            "other_kind": -1 if is_other else 0,
            "content_hash": copy.place.within_log,
            "unterminated_line": NO_UNTERMINATED_LINE,
            "fields_left_out": 0,
            "rules": metering.rules,
        },
    )


def reason_of(copy: CountedCopy, reason: str, booked_at: datetime) -> TableRows:
    """The row that says why. Of several for one event the one that was booked first stays."""
    booked_at_ms = int(booked_at.timestamp() * 1000)
    known = {"id_hash": copy.id_hash, "topic": copy.topic, "time": copy.time_ms, "consumer_id": copy.consumer_id}
    booked = {"version": -booked_at_ms, "reason": reason, "booked_at": booked_at_ms}
    return _row(CORRECTIONS, {**copy.place.columns(), **known, **copy.kept.columns("kept_"), **booked})


def outcome_of(copy: CountedCopy) -> TableRows:
    """The event ledger's row: the event is corrected, whoever counts its log again."""
    return _row(
        EVENT_LEDGER,
        {
            **copy.place.columns(),
            "id_hash": copy.id_hash,
            "epoch_first_offset": copy.epoch_first_offset,
            "version": copy.place.offset + 2,
            "topic": copy.topic,
            "time": copy.time_ms,
            "consumer_id": copy.consumer_id,
            "outcome": CORRECTED,
        },
    )


def _log_of(copy: CountedCopy) -> Log:
    return Log(f"{CORRECTION_PREFIX}{copy.place.log}", copy.topic, LogKind.CORRECTION, _EPOCH_SIZE)


def _row(table: Table, values: Mapping[str, Any]) -> TableRows:
    return TableRows(table, [[values[name]] for name in table.column_names])
