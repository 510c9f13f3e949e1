"""Consumed Kafka records, as far as the guard and the chunks read them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FakeRecord:
    offset: int
    value: bytes | None = b"{}"
    timestamp: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def records(*offsets: int) -> list[FakeRecord]:
    return [FakeRecord(offset, timestamp=offset * 10) for offset in offsets]
