"""The relay's transactions: what an aborted one held is read and sent again, and nothing else counts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME

from gatemeter.clock import ManualClock
from gatemeter.errors import ConflictError
from gatemeter.kafka.transactions import TransactionAborted
from gatemeter.shipping.relay import Relay, TransactionLimits
from gatemeter.shipping.repacker import EventLine, Repacker
from gatemeter.wire.frames import FrameLimits

MESSAGES = [b"event %d" % number for number in range(10)]


@dataclass
class Message:
    """A message of Kafka's client."""

    at: int

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at

    def value(self) -> bytes:
        return MESSAGES[self.at]

    def headers(self) -> None:
        return None

    def timestamp(self) -> tuple[int, int]:
        return TIMESTAMP_CREATE_TIME, 1_770_000_000_000 + self.at


@dataclass
class FakeSource:
    """A topic of one partition, read in batches."""

    clock: ManualClock
    batch: int = 3
    topic: str = "singles"
    consumer: Any = None
    next_offset: int = 0
    committed_offset: int = 0

    @property
    def offsets(self) -> Mapping[int, tuple[int, str]]:
        return {0: (self.next_offset, "id-1")}

    def committed(self) -> None:
        self.committed_offset = self.next_offset

    def rewind(self) -> None:
        self.next_offset = self.committed_offset

    def has_reached(self, ends: Mapping[int, int]) -> bool:
        return self.next_offset >= ends[0]

    def read(self) -> Iterator[Message]:
        self.clock.advance(0.4)
        for _ in range(min(self.batch, len(MESSAGES) - self.next_offset)):
            self.next_offset += 1
            yield Message(self.next_offset - 1)


@dataclass
class FakeTarget:
    """Keeps what is committed; `faults` are raised by the calls with these numbers, sends and commits together."""

    faults: Mapping[int, Exception] = field(default_factory=dict)
    stored: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    calls: int = 0
    _open: list[bytes] | None = None

    def begin(self) -> None:
        self._open = [] if self._open is None else self._open

    def send(
        self, _partition: int, value: bytes, _headers: Sequence[tuple[str, bytes | None]], time_ms: int | None
    ) -> None:
        assert time_ms is None
        self._fail_if_wanted()
        assert self._open is not None
        self._open += value.split(b"\n")

    def commit(self, topic: str, offsets: Mapping[int, tuple[int, str]], _consumer: Any) -> None:
        self._fail_if_wanted()
        assert (topic, self._open is not None) == ("singles", True)
        self.stored += self._open or []
        self.offsets.append(offsets[0][0])
        self._open = None

    def _fail_if_wanted(self) -> None:
        self.calls += 1
        if self.calls in self.faults:
            self._open = None
            raise self.faults[self.calls]


def as_line(_: str, message: bytes) -> Sequence[EventLine]:
    return [EventLine(message)]


def relay_of(target: FakeTarget, limits: TransactionLimits | None = None) -> tuple[Relay, FakeSource]:
    clock = ManualClock(datetime(2026, 2, 3, tzinfo=UTC))
    source = FakeSource(clock)
    repacker = Repacker("id-1", 2, as_line, limits=FrameLimits(max_events=2), clock=clock)
    reads: Any = source
    writes: Any = target
    return Relay(reads, writes, repacker, limits=limits or TransactionLimits(), clock=clock), source


def test_all_before_the_ends_is_committed_with_its_offsets() -> None:
    target = FakeTarget()
    relay, _ = relay_of(target)
    relay.run(ends={0: 10})
    assert sorted(target.stored) == MESSAGES
    assert target.offsets[-1] == 10
    summary = relay.summary
    assert (summary.messages, summary.events, summary.transactions) == (10, 10, len(target.offsets))


@pytest.mark.parametrize("call", range(1, 12))
def test_an_aborted_transaction_is_read_and_sent_again(call: int) -> None:
    target = FakeTarget({call: TransactionAborted("fault"), call + 1: TransactionAborted("fault")})
    relay, _ = relay_of(target)
    relay.run(ends={0: 10})
    assert (sorted(target.stored), relay.summary.events, target.offsets[-1]) == (MESSAGES, 10, 10)


def test_a_transaction_ends_by_its_age_and_by_its_size() -> None:
    aged, sized = FakeTarget(), FakeTarget()
    relay_of(aged, TransactionLimits(max_age_s=0.3))[0].run(ends={0: 10})
    relay_of(sized, TransactionLimits(max_messages=3, max_age_s=1e9))[0].run(ends={0: 10})
    assert aged.offsets == [6, 10]
    assert sized.offsets == [3, 6, 9, 10]


def test_an_idle_relay_commits_its_offsets_again() -> None:
    target = FakeTarget()
    relay, source = relay_of(target, TransactionLimits(max_idle_s=10))
    source.next_offset = source.committed_offset = 10
    steps = iter(range(60))
    relay.run(is_stopping=lambda: next(steps, None) is None)
    assert target.offsets == [10, 10]
    assert (target.stored, relay.summary.messages) == ([], 0)


def test_a_relay_asked_to_stop_commits_what_it_has_read() -> None:
    target = FakeTarget()
    steps = iter([False, True])
    relay_of(target)[0].run(is_stopping=lambda: next(steps))
    assert sorted(target.stored) == MESSAGES[:3]


def test_a_replaced_relay_ends_and_counts_nothing_of_its_transaction() -> None:
    target = FakeTarget({3: ConflictError("replaced")})
    relay, _ = relay_of(target)
    with pytest.raises(ConflictError):
        relay.run(ends={0: 10})
    assert (target.stored, relay.summary.messages) == ([], 0)
