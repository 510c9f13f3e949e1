"""How single events decode, field by field: for people who ask why an event was counted as it was.

The readers that meter an event also read it here, one event at a time, and therefore slowly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gatemeter.errors import RejectedEvent
from gatemeter.events.access_event import AccessEvent, TimeRange
from gatemeter.formats.reader import Reader
from gatemeter.formats.registry import reader_of
from gatemeter.lenient.event_text import EventDocument
from gatemeter.meters.meter import MeterReading
from gatemeter.meters.meters import NO_METERS, Meters
from gatemeter.wire.frames import DEFAULT_FORMAT

DEAD_LETTER = "dead_letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodeExplanation:
    """What one event decodes to: an `event` of the format `log_format`, or the `reason` and `detail` of a dead letter.

    `ignored_fields` are the dotted paths of fields that could not be used, and what of the text had to be mended.
    `envelopes` are the kinds of those that the event lay in, the outermost first. `meters` is what custom meters take.
    """

    event: AccessEvent | None = None
    log_format: str = ""
    reason: str = ""
    detail: str = ""
    ignored_fields: list[str] = field(default_factory=list)
    envelopes: Sequence[str] = ()
    meters: Sequence[MeterReading] = ()

    @property
    def kind(self) -> str:
        """A value of `EventKind`, or `DEAD_LETTER`."""
        return DEAD_LETTER if self.event is None else self.event.kind.value


def explain_decoding(
    text: bytes,
    times: TimeRange,
    format_name: str = DEFAULT_FORMAT,
    message_time_ms: int | None = None,
    meters: Meters = NO_METERS,
) -> list[DecodeExplanation]:
    """An explanation of every event in the line `text`, or of one dead letter if the line cannot be taken apart.

    `message_time_ms` is when the message was written that `text` came in, if it came in one.
    """
    try:
        reader = reader_of(format_name)
        events = reader.events(text)
    except RejectedEvent as rejected:
        return [_dead_letter(rejected)]
    return [_explained(event, times, reader, message_time_ms, meters) for event in events]


def _explained(
    source_event: EventDocument, times: TimeRange, reader: Reader, message_time_ms: int | None, meters: Meters
) -> DecodeExplanation:
    ignored_fields: list[str] = []
    try:
        event = reader.read(source_event, ignored_fields).at_its_time(message_time_ms)
        times.check(event.started_at_ms)
    except RejectedEvent as rejected:
        return _dead_letter(rejected, source_event.envelopes)
    log_format = reader.format_name(source_event)
    of_format = meters.of(log_format)
    return DecodeExplanation(
        event=event,
        log_format=log_format,
        ignored_fields=ignored_fields,
        envelopes=source_event.envelopes,
        meters=() if of_format is None else list(of_format.readings(reader.members(source_event, event))),
    )


def _dead_letter(rejected: RejectedEvent, envelopes: Sequence[str] = ()) -> DecodeExplanation:
    return DecodeExplanation(reason=rejected.reason, detail=rejected.detail, envelopes=envelopes)
