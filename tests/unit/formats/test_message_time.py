"""An event that tells no time has that of its Kafka message, wherever the message is read again."""

from pathlib import Path
from types import SimpleNamespace

from gatemeter.clickhouse.memory_sink import MemorySink
from gatemeter.corrections.replay import decoded_dead_letter
from gatemeter.events.access_event import TimeRange
from gatemeter.events.batch import EventBatch
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.explain import explain_decoding
from gatemeter.metering.log import LogChunk
from gatemeter.metering.partition import PartitionCounter
from gatemeter.schema import API_USAGE
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.shipping.shipper import MessageCounts
from gatemeter.sources.chunks import chunks_of
from gatemeter.sources.contiguity import Delivery
from gatemeter.sources.file_meter import meter_file
from gatemeter.wire.event_location import EventLocation
from tests.support.logs import FROM_THE_START, METERING, counts, flush_to, kafka_log

HOUR_MS = 3_600_000
FIRST_MS = 1_772_002_800_000  # 2026-02-25T07:00
EVENT = b'{"specversion":"1.0","id":"%s","source":"gw","type":"request","data":{"method":"GET"}}'


def chunks(*messages: tuple[int, bytes]) -> list[LogChunk]:
    records = [
        SimpleNamespace(offset=offset, key=b"k", value=value, timestamp=time_ms, headers=[])
        for offset, (time_ms, value) in enumerate(messages)
    ]
    return list(chunks_of(Delivery(0, len(records), records), 100))


def counter_of(*messages: tuple[int, bytes]) -> PartitionCounter:
    counter = PartitionCounter(kafka_log(), 0, FROM_THE_START, METERING)
    for chunk in chunks(*messages):
        counter.add(chunk)
    return counter


def hours(counter: PartitionCounter) -> list[object]:
    sink = MemorySink()
    flush_to(counter, sink)
    return [row["hour"] for row in sink.rows(API_USAGE)]


def test_each_event_is_of_the_hour_of_its_message() -> None:
    counter = counter_of((FIRST_MS, EVENT % b"a"), (FIRST_MS + HOUR_MS, EVENT % b"b"))
    assert counter.totals == counts(2, counted=2)
    assert len(hours(counter)) == 2


def test_copy_in_a_later_message_is_found() -> None:
    counter = counter_of((FIRST_MS, EVENT % b"a"), (FIRST_MS + HOUR_MS, EVENT % b"a"))
    assert counter.totals == counts(2, counted=1, duplicates=1)
    assert len(hours(counter)) == 1


def test_message_without_a_time_is_a_dead_letter() -> None:
    assert counter_of((-1, EVENT % b"a")).totals == counts(1, dead_letters=1)


def test_time_of_the_message_must_be_believed_too() -> None:
    assert counter_of((1_000, EVENT % b"a")).totals == counts(1, dead_letters=1)


def test_event_in_a_file_is_a_dead_letter(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(EVENT % b"a" + b"\n" + EVENT.replace(b'"id"', b'"time":"2026-02-25T07:00:00Z","id"') % b"b")
    assert meter_file(path, MemorySink(), METERING, log_format="cloudevents") == counts(2, counted=1, dead_letters=1)


def test_decode_knows_no_message_and_a_shipper_counts_it() -> None:
    (explanation,) = explain_decoding(EVENT % b"a", TimeRange(), "cloudevents")
    assert explanation.reason == "started_at_missing"
    assert EventCounter(TimeRange()).count("cloudevents", EVENT % b"a") == MessageCounts(1, 0)


def test_replayed_dead_letter_has_the_time_of_its_message() -> None:
    text = EVENT % b"a"
    dead_letter = DeadLetter(
        location=EventLocation("topic", 0, 7, 1, 0),
        topic="access",
        log_format="cloudevents",
        reason="started_at_missing",
        raw=text,
        raw_size_bytes=len(text),
        detail="",
        message_time="2026-02-25T07:00:00.123Z",
    )
    batch = decoded_dead_letter(dead_letter, METERING.decoders_of_originals())
    assert isinstance(batch, EventBatch)
    assert [key[0] for key in batch.requests.api_usage.keys] == [FIRST_MS // 1000]
