"""How far each partition has been stored, read off the epoch ledger's rows of a flush."""

from collections.abc import Sequence
from datetime import datetime

from gatemeter.metering.log import LogKind
from gatemeter.schema import COUNTED_ENDS, EPOCH_LEDGER, TableRows

_LOG_KINDS = frozenset((LogKind.KAFKA.value, LogKind.FILE.value))
_INDEXES = [EPOCH_LEDGER.column_names.index(name) for name in ("log", "partition", "version", "topic", "log_kind")]


def counted_ends(batch: Sequence[TableRows], counted_at: datetime) -> TableRows:
    """The rows of `COUNTED_ENDS` that follow from `batch`: one for each partition of a topic or file in its ledger."""
    ends: dict[tuple[str, int], tuple[int, str, str]] = {}
    for rows in batch:
        if rows.table is EPOCH_LEDGER:
            for log, partition, version, topic, log_kind in zip(*(rows.columns[at] for at in _INDEXES), strict=True):
                if log_kind in _LOG_KINDS:
                    ends[log, partition] = max(ends.get((log, partition), (0, "", "")), (version, topic, log_kind))
    counted_at_ms = int(counted_at.timestamp() * 1000)
    found = [(*key, *end, counted_at_ms) for key, end in ends.items()]
    return TableRows(COUNTED_ENDS, [list(column) for column in zip(*found, strict=True)] or _NO_ROWS)


_NO_ROWS: list[list[object]] = [[] for _ in COUNTED_ENDS.columns]
