"""The rows of a correction, which retracts one event that was counted although a copy of it was.

A correction is an epoch of this one event, in a log of its own beside the event's log. The epoch begins at a hash of
the event's location: the same epoch with the same rows, whoever books it and however often.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from gatemeter.errors import StopError
from gatemeter.metering.deduplication import hashed_offset
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE, Epoch
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.ruleset import Metering
from gatemeter.recompute.event_lookup import ReadEvent
from gatemeter.schema import CORRECTIONS, EPOCH_LEDGER, EVENT_LEDGER, METER_USAGE, Column, Table, TableRows
from gatemeter.schema.bookkeeping import CORRECTED, OTHER_KIND
from gatemeter.schema.rollups import ROLLUPS
from gatemeter.schema.stored_event import CrossEpochDuplicate
from gatemeter.schema.table import MONEY

CORRECTION_PREFIX = "correction:"
"""What the identity of a log of corrections begins with; the identity of the corrected log follows."""

_EPOCH_SIZE = 1
_EVENTS_INDEX = METER_USAGE.column_names.index("events")
_BOOKKEEPING = {EPOCH_LEDGER.name, EVENT_LEDGER.name, CORRECTIONS.name}
_MEMBERS = {(rollup.name, name) for rollup in ROLLUPS for name in rollup.members}
_EXTREMES = ("_min_ns", "_max_ns", "_min_bytes", "_max_bytes")
_COUNT_TYPES = {"Int64", "Int128", MONEY}


def reversed_usage(duplicate: CrossEpochDuplicate, event: ReadEvent, metering: Metering) -> list[TableRows]:
    """The rows of usage of `event`, which was read at the duplicate's location, reversed."""
    first_offset = hashed_offset(duplicate.location.within_log)
    epoch = Epoch(_log_of(duplicate), duplicate.location.partition, first_offset, 0, set(), metering)
    epoch.add(
        event.batch, LogChunk(first_offset, first_offset + 1, [first_offset], [event.text], None, event.log_format)
    )
    return [reversed_rows(rows) for rows in epoch.take_rows() if rows.table.name not in _BOOKKEEPING]


def reversing_ledger_row(
    duplicate: CrossEpochDuplicate, metering: Metering, usage: Sequence[TableRows] = ()
) -> TableRows:
    """The epoch ledger's row: nothing was consumed, what was counted is a duplicate. `usage` is `reversed_usage`."""
    meter_events = sum(sum(rows.columns[_EVENTS_INDEX]) for rows in usage if rows.table is METER_USAGE)
    first_offset, is_other = hashed_offset(duplicate.location.within_log), duplicate.outcome == OTHER_KIND
    log = _log_of(duplicate)
    return _row(
        EPOCH_LEDGER,
        {
            "log": log.identity,
            "partition": duplicate.location.partition,
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
            "content_hash": duplicate.location.within_log,
            "unterminated_line": NO_UNTERMINATED_LINE,
            "fields_left_out": 0,
            "rules": metering.ruleset_version,
            "first_event_time": None,
            "unkeyed": 0,
            "identities": "",
            "slimmed": "",
            "meter_events": meter_events,
            "metered_other": -1 if is_other and meter_events else 0,
            "minutes_from": metering.minutes.first_second(),
        },
    )


def correction_row(duplicate: CrossEpochDuplicate, reason: str, booked_at: datetime) -> TableRows:
    """The row that says why. Of several for one event the one that was booked first stays."""
    booked_at_ms = int(booked_at.timestamp() * 1000)
    return _row(
        CORRECTIONS,
        {
            **duplicate.location.columns(),
            **duplicate.canonical.columns("kept_"),
            **_event_columns(duplicate),
            "version": -booked_at_ms,
            "reason": reason,
            "booked_at": booked_at_ms,
            "row_hash": sha256(
                f"{duplicate.location}\n{duplicate.canonical}\n{duplicate.id_hash}\n{booked_at_ms}\n{reason}".encode()
            ).hexdigest(),
        },
    )


def corrected_event_row(duplicate: CrossEpochDuplicate) -> TableRows:
    """The event ledger's row: the event is corrected, and stays so when its log is counted again."""
    return _row(
        EVENT_LEDGER,
        {
            **duplicate.location.columns(),
            **_event_columns(duplicate),
            "epoch_first_offset": duplicate.epoch_first_offset,
            "version": duplicate.location.offset + 2,
            "outcome": CORRECTED,
        },
    )


def _event_columns(duplicate: CrossEpochDuplicate) -> dict[str, Any]:
    return {
        "id_hash": duplicate.id_hash,
        "topic": duplicate.topic,
        "time": duplicate.time_ms,
        "consumer_id": duplicate.consumer_id,
    }


def _log_of(duplicate: CrossEpochDuplicate) -> Log:
    return Log(f"{CORRECTION_PREFIX}{duplicate.location.log}", duplicate.topic, LogKind.CORRECTION, _EPOCH_SIZE)


def _row(table: Table, values: Mapping[str, Any]) -> TableRows:
    return TableRows(table, [[values[name]] for name in table.column_names])


def reversed_rows(rows: TableRows) -> TableRows:
    """`rows` of usage with the opposite sign of counts, sums, amounts and sketches; keys and texts stay.

    Extremes become 0 and sets of members empty: what a duplicate adds to them, its canonical copy has added too.
    Raises StopError for a column that nothing says how to reverse.
    """
    key_count = len(rows.table.dimensions) + len(rows.table.lineage)
    measures = zip(rows.table.measures, rows.columns[key_count:], strict=True)
    reversals = [list(map(_reversal_of(rows.table, column), values)) for column, values in measures]
    return TableRows(rows.table, [*rows.columns[:key_count], *reversals])


def _reversal_of(table: Table, column: Column) -> Callable[[Any], Any]:
    if column.name.endswith(_EXTREMES):
        return _zero
    if (table.name, column.name) in _MEMBERS:
        return _no_members
    if column.name.endswith("_bucket_counts"):
        return _negate_each
    if column.name.endswith("_buckets") or column.type == "String":
        return _unchanged
    if column.type in _COUNT_TYPES:
        return _negate
    raise StopError(f"nobody has said how {table.name}.{column.name} is retracted", do="please report this")


def _negate(value: Any) -> Any:
    # The minus sign would round an amount to the 28 digits of Python's default context.
    return value.copy_negate() if isinstance(value, Decimal) and value else -value


def _negate_each(counts: Sequence[int]) -> list[int]:
    return [-count for count in counts]


def _zero(_value: int) -> int:
    return 0


def _no_members(_members: Sequence[int]) -> list[int]:
    return []


def _unchanged(value: Any) -> Any:
    return value
