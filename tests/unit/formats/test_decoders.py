"""The decoder is chosen by format, and a fault in one never stops the worker."""

from collections.abc import Sequence

import pytest

from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.events.identity import MessagePositions
from gatemeter.formats.decoders import Decoders
from gatemeter.formats.ndjson import FrameDecoder
from gatemeter.wire.frames import DEFAULT_FORMAT, OVERSIZED_FORMAT
from tests.support.kong_events import request_line
from tests.support.positions import ANYWHERE


@pytest.fixture
def decoders() -> Decoders:
    return Decoders(TimeRange())


def test_an_unknown_format_is_dead_lettered_whole(decoders: Decoders) -> None:
    batch = decoders.decode("envoy-json", [b"{}\n{}", b"{}"], ANYWHERE)
    assert [(rejection.value_index, rejection.reason) for rejection in batch.rejections] == [
        (0, "unknown_format"),
        (1, "unknown_format"),
    ]


def test_a_cut_line_is_dead_lettered_as_too_long(decoders: Decoders) -> None:
    (rejection,) = decoders.decode(OVERSIZED_FORMAT, [b'{"apikey":"k-1'], ANYWHERE).rejections
    assert (rejection.reason, rejection.raw) == ("line_too_long", b"(text, %d bytes)" % rejection.raw_size_bytes)


def test_a_message_that_the_decoder_fails_on_is_dead_lettered_alone(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = FrameDecoder.decode

    def fragile(self: FrameDecoder, values: Sequence[bytes], batch: EventBatch, positions: MessagePositions) -> None:
        if b"poison" in values:
            raise ZeroDivisionError
        decode(self, values, batch, positions)

    monkeypatch.setattr(FrameDecoder, "decode", fragile)
    batch = decoders.decode(DEFAULT_FORMAT, [request_line("a"), b"poison", b"7", request_line("b")], ANYWHERE)
    assert batch.requests.event_ids == ["a", "b"]
    assert [(rejection.value_index, rejection.reason) for rejection in batch.rejections] == [
        (1, "decoder_failed"),
        (2, "not_an_object"),
    ]


def test_a_machine_out_of_memory_is_no_fault_of_the_message(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(FrameDecoder, "decode", exhausted)
    with pytest.raises(MemoryError):
        decoders.decode(DEFAULT_FORMAT, [request_line("a")], ANYWHERE)
