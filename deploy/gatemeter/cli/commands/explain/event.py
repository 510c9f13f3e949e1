"""Shows how an event was counted, at every location where it was read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.options.log import LogPlace, log_readers
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.errors import InputError, KafkaUnavailable
from gatemeter.escaping import escaped
from gatemeter.explain.event import MOST_DEAD_LETTERS, EventQuery, LedgerEvent, dead_letters_holding, ledger_events
from gatemeter.explain.log_events import LogEvent, event_texts, log_events
from gatemeter.output.placeholders import subject_of_id
from gatemeter.output.records import json_text
from gatemeter.output.text import count_of
from gatemeter.progress import report_progress
from gatemeter.reports.dead_letters import DeadLetterRow
from gatemeter.verification.cross_epoch_duplicates import event_ledger_in_use


@dataclass(frozen=True, slots=True)
class _Explanation:
    """All that is known of an event; `texts` are those of `events`, by place."""

    events: Sequence[LedgerEvent]
    dead_letters: Sequence[DeadLetterRow] = ()
    in_logs: Sequence[LogEvent] = ()
    texts: dict[str, str] = field(default_factory=dict)


def show_event(client: Client, query: EventQuery, place: LogPlace, *, json: bool) -> None:
    """Output every location of the event, and its text where a log is given. Raises InputError if nothing is known."""
    known = _known(client, query, place)
    if not known.events and not known.dead_letters and not known.in_logs:
        raise _nothing_known(client, query, place)
    if json:
        click.echo(json_text(_document(query, known)), nl=False)
    else:
        click.echo("\n".join(_lines(query, known)))


def _known(client: Client, query: EventQuery, place: LogPlace) -> _Explanation:
    events = ledger_events(client, query)
    if events:
        return _Explanation(events, texts=_texts(client, events, place) if place.is_given else {})
    dead_letters = dead_letters_holding(client, query.event_id) if query.location is None else []
    in_logs: Sequence[LogEvent] = ()
    if place.is_given:
        sink = ClickHouseSink(client)
        in_logs = log_events(log_readers(place, sink), sink, query, _search_progress)
    if len(dead_letters) > MOST_DEAD_LETTERS:
        click.echo(
            f"more than {MOST_DEAD_LETTERS} dead letters hold the id; the first {MOST_DEAD_LETTERS} are shown", err=True
        )
    return _Explanation([], dead_letters[:MOST_DEAD_LETTERS], in_logs)


def _texts(client: Client, events: Sequence[LedgerEvent], place: LogPlace) -> dict[str, str]:
    """The texts that the given logs hold; without Kafka the event is explained without them."""
    try:
        return event_texts(log_readers(place, ClickHouseSink(client)), events)
    except KafkaUnavailable as error:
        click.echo(f"texts are not shown: {error}", err=True)
        return {}


@contextmanager
def _search_progress(log_name: str, offsets: int) -> Iterator[Callable[[int], None]]:
    with report_progress(f"looking through {log_name}", offsets) as progress:
        yield lambda read: progress.update(read, read)


def _nothing_known(client: Client, query: EventQuery, place: LogPlace) -> InputError:
    is_kept = event_ledger_in_use(client)
    searched = "the event ledger does not hold it, and dead letters show no ids"
    if query.location is not None:
        searched = "the event ledger does not hold it"
    if place.is_given:
        searched += ", nor does the log that is named"
    return InputError(
        f"nothing is known of this event: {searched}{'' if is_kept else ' (the event ledger is empty)'}",
        where=query.name,
        do="give the id as the event has it, with --source for a CloudEvent"
        if is_kept
        else "single events are known only when counted with --event-ledger, or with the log that holds them named: "
        "FILE..., or --kafka and --topic",
    )


def _document(query: EventQuery, known: _Explanation) -> dict[str, Any]:
    return {
        "event": query.name,
        "places": [
            {**event.model_dump(), "meaning": event.outcome_sentence(), "text": known.texts.get(event.place)}
            for event in known.events
        ],
        "dead_letters": [dead_letter.model_dump() for dead_letter in known.dead_letters],
        "in_logs": [each.record() for each in known.in_logs],
    }


def _lines(query: EventQuery, known: _Explanation) -> Iterator[str]:
    places = count_of(len(known.events) + len(known.dead_letters) + len(known.in_logs), "place")
    yield f"event {escaped(query.name)}: read at {places}"
    for event in known.events:
        yield ""
        yield from _event_lines(event)
        if event.place in known.texts:
            yield f"  text: {known.texts[event.place]}"
    for dead_letter in known.dead_letters:
        yield ""
        yield from _dead_letter_lines(dead_letter)
    for found in known.in_logs:
        yield ""
        yield f"{found.location}: is in {escaped(found.topic)}, and is not in the event ledger"
        yield f"  {escaped(found.meaning())}"
        yield f"  text: {found.text}"


def _dead_letter_lines(dead_letter: DeadLetterRow) -> Iterator[str]:
    detail = f" ({dead_letter.detail})" if dead_letter.detail else ""
    place = escaped(dead_letter.place)
    yield f"{place}: not counted, a dead letter: {escaped(dead_letter.reason + detail)}"
    yield f"  topic: {escaped(dead_letter.topic)}"
    yield f"  its text holds the id; see: gatemeter dead-letters show {place}"


def _event_lines(event: LedgerEvent) -> Iterator[str]:
    yield f"{escaped(event.place)}: {escaped(event.outcome_sentence())}"
    yield f"  event time: {event.time}"
    yield f"  log: {event.log_kind or 'not settled yet'} {escaped(event.topic)}, partition {event.partition}"
    if event.log_kind in ("kafka", "file"):
        yield f"  offset {event.offset}, in the epoch from {event.epoch_first_offset} up to {event.epoch_next_offset}"
    if event.outcome != "duplicate":
        yield (
            f"  rows: hour {event.hour}, consumer {escaped(subject_of_id(event.consumer_id))}, "
            f"epoch_first_offset {event.epoch_first_offset}"
        )
    if event.rules:
        yield f"  counting rules: {escaped(event.rules)}"
    if event.kept is not None:
        yield f"  its copy that stays counted: {escaped(event.kept)}"
