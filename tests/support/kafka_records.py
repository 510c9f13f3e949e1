"""Consumed Kafka records, as far as the guard and the chunks read them."""

from dataclasses import dataclass

from gatemeter.sources.contiguity import CoveringRecords


@dataclass(frozen=True)
class FakeRecord:
    offset: int
    value: bytes | None = b"{}"
    timestamp: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()
    key: bytes | None = b"k"


def records(*offsets: int, covers_from: int | None = None) -> CoveringRecords:
    """What a read from `covers_from` finds; without it, a read from the first record."""
    read = [FakeRecord(offset, timestamp=offset * 10) for offset in offsets]
    return CoveringRecords(read, covers_from if covers_from is not None else min(offsets, default=0))
