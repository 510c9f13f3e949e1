"""All that is counted of a line, to compare two lines by."""

from typing import Any

from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import IdentifiedEvents
from gatemeter.events.identity import MessagePositions
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.explain import explain_decoding
from gatemeter.wire.source_positions import SourcePosition, encode_positions
from tests.support.positions import SOMEWHERE

_TIME_MS = 1_770_000_000_000
_DECODERS = Decoders(TimeRange(), keeps_event_refs=True)
_TOLD = encode_positions([SourcePosition("host:log", 7)]).decode()


def counted(log_format: str, line: bytes) -> tuple[Any, ...]:
    """Rows, identities, and why events are rejected."""
    batch = _DECODERS.decode(log_format, [line], MessagePositions.at(SOMEWHERE, 1, _TOLD, _TIME_MS))
    why = [(each.line, each.event_index, each.reason, each.detail) for each in batch.rejections]
    return _rows_of(batch.requests), _rows_of(batch.others), why, batch.ignored_fields, batch.identity_kinds


def explained(log_format: str, line: bytes) -> list[Any]:
    """What `decode` shows of each event."""
    found = explain_decoding(line, TimeRange(), log_format, _TIME_MS)
    return [(each.event, each.log_format, each.reason, each.detail, each.ignored_fields) for each in found]


def _rows_of(events: IdentifiedEvents) -> Any:
    usage = {name: (rows.event_indexes, repr(rows.columns)) for name, rows in events.usage.items()}
    return events.event_ids, events.event_refs, usage
