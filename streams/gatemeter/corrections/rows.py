"""The rows of a correction, which retracts one event that was counted although a copy of it was.

A correction is an epoch of this one event, in a log of its own beside the event's log. The epoch begins at a hash of
the event's location: the same epoch with the same rows, whoever books it and however often.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gatemeter.corrections.reversal import reversed_rows
from gatemeter.metering.deduplication import hashed_offset
from gatemeter.metering.epoch import NO_UNTERMINATED_LINE, Epoch
from gatemeter.metering.log import Log, LogChunk, LogKind
from gatemeter.metering.ruleset import Metering
from gatemeter.recompute.event_lookup import ReadEvent
from gatemeter.schema import CORRECTIONS, EPOCH_LEDGER, EVENT_LEDGER, Table, TableRows
from gatemeter.schema.bookkeeping import CORRECTED, OTHER_KIND
from gatemeter.schema.stored_event import CrossEpochDuplicate

CORRECTION_PREFIX = "correction:"
"""What the identity of a log of corrections begins with; the identity of the corrected log follows."""

_EPOCH_SIZE = 1
_BOOKKEEPING = {EPOCH_LEDGER.name, EVENT_LEDGER.name, CORRECTIONS.name}


def reversed_usage(duplicate: CrossEpochDuplicate, event: ReadEvent, metering: Metering) -> list[TableRows]:
    """The rows of usage of `event`, which was read at the duplicate's location, reversed."""
    first_offset = hashed_offset(duplicate.location.within_log)
    epoch = Epoch(_log_of(duplicate), duplicate.location.partition, first_offset, 0, set(), metering)
    epoch.add(
        event.batch, LogChunk(first_offset, first_offset + 1, [first_offset], [event.text], None, event.log_format)
    )
    return [reversed_rows(rows) for rows in epoch.take_rows() if rows.table.name not in _BOOKKEEPING]


def reversing_ledger_row(duplicate: CrossEpochDuplicate, metering: Metering) -> TableRows:
    """The epoch ledger's row: nothing was consumed; what was counted is a duplicate now."""
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
