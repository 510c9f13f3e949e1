"""Decoding messages into batches, each by the format that its header names."""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.events.identity import MessagePositions
from gatemeter.events.rejection import LINE_TOO_LONG, TOO_MANY_REJECTED
from gatemeter.formats import registry
from gatemeter.formats.format import JsonFormat
from gatemeter.formats.lines import LineDecoder
from gatemeter.formats.ndjson import FrameDecoder
from gatemeter.formats.reader import JsonReader, LineReader, Reader
from gatemeter.lenient.event_text import MOST_EVENTS_OF_A_LINE
from gatemeter.meters.meters import NO_METERS, Meters
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.frames import OVERSIZED_FORMAT

logger = logging.getLogger(__name__)

_NOT_OF_THE_MESSAGE = (MemoryError,)


class Decoder(Protocol):
    """Turns messages into columns; never raises for what a message holds."""

    def decode(self, values: Sequence[bytes], batch: EventBatch, positions: MessagePositions) -> None:
        """Append all events of `values` to `batch`; they depend on the bytes of each and its position alone."""


class _RejectAll:
    """Dead-letters each message whole, as one event."""

    def __init__(self, reason: str, detail: str) -> None:
        self._reason = reason
        self._detail = detail

    def decode(self, values: Sequence[bytes], batch: EventBatch, positions: MessagePositions) -> None:
        for index, value in enumerate(values):
            batch.reject((index, 1, 0), self._reason, self._detail, value)


class Decoders:
    """The decoders by format. Messages of an unknown format are dead-lettered, so that they can be replayed later.

    With `keeps_event_refs` they add a ref of every readable event. Without `has_budget` they read the originals of
    dead letters: to the end, whatever that costs. With `skips_counted` these are texts of `RejectedText`. The
    rows of `meters` come with the events that they take.
    """

    def __init__(
        self,
        times: TimeRange,
        *,
        keeps_event_refs: bool = False,
        has_budget: bool = True,
        skips_counted: bool = False,
        meters: Meters = NO_METERS,
    ) -> None:
        most_events = MOST_EVENTS_OF_A_LINE if has_budget else None

        def by_line(reader: Reader) -> LineDecoder:
            return LineDecoder(
                reader,
                times,
                keeps_event_refs=keeps_event_refs,
                has_budget=has_budget,
                skips_counted=skips_counted,
                meters=meters,
            )

        def json_decoder(otherwise: JsonFormat) -> Decoder:
            decoder = by_line(JsonReader(registry.beside(otherwise), otherwise, most_events))
            fast_path, of_format = otherwise.fast_path, meters.of(otherwise.name)
            if fast_path is None:
                return decoder
            return FrameDecoder(decoder, fast_path, times, keeps_event_refs=keeps_event_refs, meters=of_format)

        self._by_format: dict[str, Decoder] = {
            OVERSIZED_FORMAT: _RejectAll(LINE_TOO_LONG, "cut to its first bytes before it was sent"),
        }
        for each in registry.known_formats():
            decoder = json_decoder(each) if isinstance(each, JsonFormat) else by_line(LineReader(each))
            self._by_format[each.name] = decoder

    def decode(self, log_format: str, values: Sequence[bytes], positions: MessagePositions) -> EventBatch:
        """All events of `values`, which are messages of `log_format` that stand at `positions`."""
        decoder = self._by_format.get(log_format) or _RejectAll("unknown_format", registry.no_decoder(log_format))
        batch = EventBatch()
        try:
            decoder.decode(values, batch, positions)
        except _NOT_OF_THE_MESSAGE:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours, and its text may quote the message
            where = "".join(traceback.format_tb(error.__traceback__))
            logger.error("a decoder failed: %s; looking for the message\n%s", type(error).__name__, where)  # noqa: TRY400
            return _decode_each(decoder, values, positions)
        return batch


class OriginalDecoders:
    """The decoders of what dead letters hold, which is read to its end."""

    def __init__(self, times: TimeRange, *, keeps_event_refs: bool = False, meters: Meters = NO_METERS) -> None:
        self._whole = Decoders(times, keeps_event_refs=keeps_event_refs, has_budget=False, meters=meters)
        self._rejected = Decoders(
            times, keeps_event_refs=keeps_event_refs, has_budget=False, skips_counted=True, meters=meters
        )

    def decode(
        self,
        log_format: str,
        text: bytes,
        location: EventLocation,
        reason: str = "",
        message_time_ms: int | None = None,
        source_positions: str = "",
    ) -> EventBatch:
        """All events of `text`, which was rejected for `reason`, or is a correction of what was, at `location`.

        `message_time_ms` is when its message was written, if that is known, `source_positions` where its lines stood in
        what they were read from, if their sender told.
        """
        decoders = self._rejected if reason == TOO_MANY_REJECTED else self._whole
        at = MessagePositions.at(location, location.line, source_positions or None, message_time_ms)
        at = replace(at, first_told_line=location.line)
        return decoders.decode(log_format, [text], at)


def _decode_each(decoder: Decoder, values: Sequence[bytes], positions: MessagePositions) -> EventBatch:
    """One message at a time, so that the message with the flaw is dead-lettered and cannot stop worker after worker."""
    whole = EventBatch()
    for index, value in enumerate(values):
        batch = EventBatch()
        try:
            decoder.decode([value], batch, positions.of_message(index))
        except _NOT_OF_THE_MESSAGE:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of ours, kept with its message
            batch = EventBatch()
            _RejectAll("decoder_failed", type(error).__name__).decode([value], batch, positions)
        whole.extend(batch, first_value_index=index)
    return whole
