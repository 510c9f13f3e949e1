"""An event, wherever it was read, and what became of it there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.log import LogPlace, log_readers
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import InputError, KafkaUnavailable
from gatemeter.events.batch import ApiRequests, IdentifiedEvents
from gatemeter.events.redaction import redact
from gatemeter.events.time_range import TimeRange
from gatemeter.explain.event import MOST_DEAD_LETTERS, EventAtPlace, dead_letters_holding, events_by_hash, events_like
from gatemeter.formats.cloudevents.event import identity_of
from gatemeter.formats.registry import Decoders
from gatemeter.metering.deduplication import hashed
from gatemeter.metering.sink import StoredEpoch
from gatemeter.progress import report_progress
from gatemeter.recompute.event_lookup import EventReader, EventSearch, FoundEvent, ReadEvent
from gatemeter.reports.dead_letters import DeadLetterRow
from gatemeter.reports.output import count_of, harmless, json_text
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.cross_epoch_duplicates import event_ledger_in_use
from gatemeter.wire.event_location import EventLocation

_EVERY_TIME = TimeRange(0, 2**62)


@dataclass(frozen=True, slots=True)
class AskedEvent:
    """By its id (and its source, for a CloudEvent), or by a place."""

    event_id: str
    source: str | None
    place: EventLocation | None

    @property
    def name(self) -> str:
        """As it was asked for."""
        return self.event_id if self.place is None else str(self.place)

    @property
    def id_hashes(self) -> list[int]:
        """The hashes by which the duplicate filter knows it, as a request or as another event."""
        own = self.event_id if self.source is None else identity_of(self.source, self.event_id)
        requests, others = ApiRequests(), IdentifiedEvents([own])
        requests.event_ids.append(own)
        return hashed([*requests.identities, *others.identities])


@dataclass(frozen=True, slots=True)
class EventInLog:
    """An event that only its log knows: where it stands, and the epoch of that offset (None: none is stored)."""

    place: EventLocation
    topic: str
    epoch: StoredEpoch | None
    text: str

    @property
    def meaning(self) -> str:
        """What the ledger of epochs says of its offset, in a sentence."""
        if self.epoch is None:
            return "no epoch stored here holds this offset: it is not counted here"
        return (
            f"in the epoch from {self.epoch.first_offset} up to {self.epoch.version}, which is counted by the rules "
            f"{self.epoch.ruleset_version or 'of an older version'}; what became of the event in it, "
            "only the event ledger says"
        )


def explain_asked_event(client: Client, asked: AskedEvent, place: LogPlace, *, json: bool) -> None:
    """Put out every place of the event, and its text where a log is given. Raises InputError if nothing is known."""
    events = events_by_hash(client, asked.id_hashes) if asked.place is None else events_like(client, asked.place)
    letters = dead_letters_holding(client, asked.event_id) if not events and asked.place is None else []
    in_logs = [] if events else _in_logs(client, asked, place)
    if not events and not letters and not in_logs:
        raise _nothing_known(client, asked, place)
    if len(letters) > MOST_DEAD_LETTERS:
        letters = letters[:MOST_DEAD_LETTERS]
        click.echo(
            f"more than {MOST_DEAD_LETTERS} dead letters hold the id; the first {MOST_DEAD_LETTERS} are shown", err=True
        )
    texts = _texts(client, events, place)
    if json:
        records = [
            {**event.model_dump(), "meaning": meaning(event), "text": texts.get(event.place)} for event in events
        ]
        dead_letter_records = [letter.model_dump() for letter in letters]
        document: dict[str, Any] = {
            "event": asked.name,
            "places": records,
            "dead_letters": dead_letter_records,
            "in_logs": [_log_record(each) for each in in_logs],
        }
        click.echo(json_text(document), nl=False)
        return
    click.echo("\n".join(_described(asked, events, letters, texts, in_logs)))


def meaning(event: EventAtPlace) -> str:
    """What became of the event at this place, in a sentence."""
    whose = f"for {event.consumer_id or 'anonymous'} in the hour {event.hour}"
    match event.outcome:
        case "counted":
            return f"counted {whose}"
        case "duplicate":
            return "not counted: the same event came before, near by in the same partition"
        case "other_kind":
            return f"no API request: what it used, if anything, is counted {whose} apart from requests"
        case "corrected":
            booked = f" on {event.booked_at} because: {event.reason}" if event.kept is not None else ""
            return f"counted {whose}, and taken back{booked}"
        case other:
            return other


def _in_logs(client: Client, asked: AskedEvent, place: LogPlace) -> list[EventInLog]:
    """What the given logs themselves hold of the event; looking for an id reads all of them."""
    if not place.is_given:
        return []
    sink, found = ClickHouseSink(client), []
    readers = log_readers(place, sink)
    for reader in readers:
        stored = sink.stored_epochs(reader.log.identity)
        for each in _copies_in(reader, asked):
            epochs = (epoch for epoch in stored if _holds(epoch, each.place))
            found.append(EventInLog(each.place, reader.log.name, next(epochs, None), _shown_text(each.event)))
    return found


def _copies_in(reader: LogReader, asked: AskedEvent) -> list[FoundEvent]:
    decoders = Decoders(_EVERY_TIME)
    if asked.place is not None:
        event = EventReader([reader], decoders).read([asked.place])[asked.place]
        return [FoundEvent(asked.place, event)] if isinstance(event, ReadEvent) else []
    total = sum(map(len, reader.ranges().values()))
    with report_progress(f"looking through {reader.log.name}", total) as progress:
        search = EventSearch(decoders, asked.event_id, asked.id_hashes)
        return list(search.find(reader, lambda offsets: progress.update(offsets, offsets)))


def _holds(epoch: StoredEpoch, place: EventLocation) -> bool:
    return epoch.partition == place.partition and epoch.first_offset <= place.offset < epoch.version


def _log_record(found: EventInLog) -> dict[str, Any]:
    epoch = found.epoch
    return {
        "place": str(found.place),
        "topic": found.topic,
        "meaning": found.meaning,
        "epoch_first_offset": None if epoch is None else epoch.first_offset,
        "epoch_next_offset": None if epoch is None else epoch.version,
        "rules": None if epoch is None else epoch.ruleset_version,
        "text": found.text,
    }


def _nothing_known(client: Client, asked: AskedEvent, place: LogPlace) -> InputError:
    is_kept = event_ledger_in_use(client)
    searched = "neither the event ledger nor the text of any dead letter holds it"
    if asked.place is not None:
        searched = "the event ledger does not hold it"
    if place.is_given:
        searched += ", nor does the log that is named"
    return InputError(
        f"nothing is known of this event: {searched}{'' if is_kept else ' (the event ledger is empty)'}",
        where=asked.name,
        do="give the id as the event has it, with --source for a CloudEvent"
        if is_kept
        else "single events are known only when counted with --event-ledger, or with the log that holds them named: "
        "FILE..., or --kafka and --topic",
    )


def _texts(client: Client, events: Sequence[EventAtPlace], place: LogPlace) -> dict[str, str]:
    """The redacted texts by place, of those events that the given logs hold."""
    if not events or not place.is_given:
        return {}
    places = [EventLocation.parse(event.place) for event in events]
    try:
        readers = log_readers(place, ClickHouseSink(client))
        read = EventReader(readers, Decoders(_EVERY_TIME)).read(places)
    except KafkaUnavailable as error:
        click.echo(f"texts are not shown: {error}", err=True)
        return {}
    return {str(at): _shown_text(found) for at, found in read.items() if isinstance(found, ReadEvent)}


def _shown_text(event: ReadEvent) -> str:
    return harmless(redact(event.text).decode("utf-8", "backslashreplace"))


def _described(
    asked: AskedEvent,
    events: Sequence[EventAtPlace],
    letters: Sequence[DeadLetterRow],
    texts: Mapping[str, str],
    in_logs: Sequence[EventInLog],
) -> Iterator[str]:
    places = count_of(len(events) + len(letters) + len(in_logs), "place")
    yield f"event {harmless(asked.name)}: read at {places}"
    for event in events:
        yield ""
        yield f"{harmless(event.place)}: {harmless(meaning(event))}"
        yield from _fields(event)
        if event.place in texts:
            yield f"  text: {texts[event.place]}"
    for letter in letters:
        detail = f" ({letter.detail})" if letter.detail else ""
        yield ""
        yield f"{harmless(letter.place)}: not counted, a dead letter: {harmless(letter.reason + detail)}"
        yield f"  topic: {harmless(letter.topic)}"
        yield f"  its text holds the id; see: gatemeter dead-letters show {harmless(letter.place)}"

    for found in in_logs:
        yield ""
        yield f"{found.place}: stands in {harmless(found.topic)}, and is not in the event ledger"
        yield f"  {harmless(found.meaning)}"
        yield f"  text: {found.text}"


def _fields(event: EventAtPlace) -> Iterator[str]:
    yield f"  event time: {event.time}"
    yield f"  log: {event.log_kind or 'not settled yet'} {harmless(event.topic)}, partition {event.partition}"
    if event.log_kind in ("kafka", "file"):
        yield f"  offset {event.offset}, in the epoch from {event.epoch_first_offset} up to {event.epoch_next_offset}"
    if event.outcome != "duplicate":
        yield (
            f"  rows: hour {event.hour}, consumer {harmless(event.consumer_id or 'anonymous')}, "
            f"epoch_first_offset {event.epoch_first_offset}"
        )
    if event.rules:
        yield f"  counting rules: {harmless(event.rules)}"
    if event.kept is not None:
        yield f"  its copy that stays counted: {harmless(event.kept)}"
