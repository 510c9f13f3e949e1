"""`gatemeter correct`: retract events that were counted more than once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.event_record import time_text
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.log import LogPlace, log_options, log_readers
from gatemeter.cli.options.metering import reading_options
from gatemeter.cli.options.usage import span_options
from gatemeter.cli.output import ResultForm, form_options, output
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.clickhouse.retention import kept_minutes
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clock import SystemClock
from gatemeter.corrections.retract import UNRETRACTED, Retraction, RetractionOutcome, RetractionResult
from gatemeter.errors import ConflictError, InputError, SettingsError
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink
from gatemeter.output.layout import TableLayout
from gatemeter.output.placeholders import subject_of_id
from gatemeter.output.records import Record
from gatemeter.recompute.event_lookup import EventReader
from gatemeter.reports.corrections import BookedCorrection, correction_count, list_corrections
from gatemeter.reports.period import TimeSpan
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.cross_epoch_duplicates import (
    cross_epoch_duplicate_count,
    cross_epoch_duplicate_pages,
    event_ledger_in_use,
)
from gatemeter.verification.verify import uncompared_events
from gatemeter.wiring.store import open_store

COPIES_AT_ONCE = 5_000
"""Decoded, and with their rows, some 50 MB."""

COPIES_A_QUERY = 50_000
"""Each query goes through all of the event ledger. Some 50 MB as well."""

NAMED_COPIES = 1_000
"""How many events a table names; JSON names as many as fit into memory with ease."""

NAMED_COPIES_IN_JSON = 100_000

COLUMNS = ("place", "topic", "time", "consumer_id", "outcome", "fate", "detail", "kept")
_COPIES = TableLayout(keys=("place",), first_left_out=("topic", "kept", "consumer_id"), never_cut=("place",))


@click.command("correct", short_help="Retract events that were counted more than once.")
@log_options
@store_options
@span_options
@reading_options
@click.option("--reason", cls=TableOnlyOption, metavar="TEXT", help="Why; it is kept with each correction.")
@click.option("--list", "list_", is_flag=True, help="Show what was retracted, why, and which copy stays; do nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would be corrected, and write nothing.")
@form_options
def command(
    place: LogPlace,
    data: Path | None,
    clickhouse: str | None,
    span: TimeSpan,
    metering: Metering,
    *,
    reason: str | None,
    list_: bool,
    dry_run: bool,
    form: ResultForm,
) -> None:
    """Retract every event that was counted although a copy of it was, at any distance, and keep TEXT as the reason.

    The event ledger finds them; the events are read again from FILE... or from --kafka, and what they had added is
    booked with the opposite sign. Nothing is edited, and correcting again changes nothing. --from and --to go by the
    events' own times.
    """
    if list_:
        _check_only_listed(place, reason, dry_run=dry_run)
        with open_store(data, clickhouse) as client:
            _list(client, span, form)
        return
    why = _given(reason)
    with open_store(data, clickhouse) as client:
        _require_something_to_read(client, span, place)
        sink = RetryingSink(client)
        readers = log_readers(place, sink)
        _check_unchanged(readers, sink)
        metering = replace(metering, minutes=kept_minutes(client))
        events = EventReader(readers, metering.decoders())
        retraction = Retraction(sink, events, metering, SystemClock(), reason=why, dry_run=dry_run)
        corrected = _corrected(client, span, retraction)
        named = list(islice(corrected, NAMED_COPIES if form.is_table else NAMED_COPIES_IN_JSON))
        for _ in corrected:  # corrected, not named
            pass
        retracted = correction_count(client, span)
        uncompared = uncompared_events(client, span)
    for what in uncompared:
        click.echo(f"not checked: {what}", err=True)
    if named or not form.is_table:
        output([_record(each) for each in named], COLUMNS, form, _COPIES)
    _sum_up(retraction.outcomes, len(named), retracted, dry_run=dry_run)


def _given(reason: str | None) -> str:
    if reason is None:
        raise click.MissingParameter(param_type="option", param_hint="'--reason'")
    if not reason.strip():
        raise SettingsError("is empty", where="--reason", do="say why these events are retracted")
    return reason.strip()


def _check_only_listed(place: LogPlace, reason: str | None, *, dry_run: bool) -> None:
    if place.paths or reason is not None or dry_run:
        raise SettingsError("--list retracts nothing", do="leave FILE, --reason and --dry-run out, or --list")


def _list(client: Client, span: TimeSpan, form: ResultForm) -> None:
    booked = list_corrections(client, span, NAMED_COPIES if form.is_table else NAMED_COPIES_IN_JSON)
    total = correction_count(client, span)
    if booked or not form.is_table:
        output([each.model_dump() for each in booked], tuple(BookedCorrection.model_fields), form, _COPIES)
    if not total:
        click.echo("nothing was retracted", err=True)
    if total > len(booked):
        click.echo(f"and {total - len(booked):,} more", err=True)


def _require_something_to_read(client: Client, span: TimeSpan, place: LogPlace) -> None:
    if not event_ledger_in_use(client):
        raise InputError(
            "the event ledger is empty, so nothing is known of single events",
            do="count with --event-ledger: what is counted from then on can be corrected",
        )
    if not place.is_given and cross_epoch_duplicate_count(client, span):
        raise SettingsError(
            "events were counted more than once, and no log is named to read them from",
            do="name the FILEs that were metered, or --kafka HOST:PORT and --topic",
        )


def _check_unchanged(readers: Sequence[LogReader], sink: Sink) -> None:
    """Raise ConflictError if a file was edited since: other numbers would be retracted than were counted."""
    for reader in readers:
        reader.check_unchanged(sink.stored_epochs(reader.log.identity))


def _corrected(client: Client, span: TimeSpan, retraction: Retraction) -> Iterator[RetractionResult]:
    for page in cross_epoch_duplicate_pages(client, span, COPIES_A_QUERY):
        for start in range(0, len(page), COPIES_AT_ONCE):
            yield from retraction.add(page[start : start + COPIES_AT_ONCE])


def _record(corrected: RetractionResult) -> Record:
    duplicate = corrected.duplicate
    return {
        "place": str(duplicate.location),
        "topic": duplicate.topic,
        "time": time_text(duplicate.time_ms),
        "consumer_id": subject_of_id(duplicate.consumer_id),
        "outcome": duplicate.outcome,
        "fate": corrected.outcome.value,
        "detail": corrected.detail,
        "kept": str(duplicate.canonical),
    }


def _sum_up(outcomes: Counter[RetractionOutcome], named: int, retracted: int, *, dry_run: bool) -> None:
    """The summary on stderr. Raises ConflictError when events stay that are counted more than once."""
    if outcomes.total() > named:
        click.echo(f"and {outcomes.total() - named:,} more events", err=True)
    click.echo(summary_text(outcomes, retracted, dry_run=dry_run), err=True)
    left = {outcome: outcomes[outcome] for outcome in UNRETRACTED if outcomes[outcome]}
    if left:
        reasons = ", ".join(f"{outcome.value.replace('_', ' ')} {count:,}" for outcome, count in left.items())
        raise ConflictError(
            f"{sum(left.values()):,} events are counted more than once and could not be corrected: {reasons}",
            do="see their details; name the logs that hold them and their copies, and correct again",
        )


def summary_text(outcomes: Counter[RetractionOutcome], retracted: int, *, dry_run: bool) -> str:
    """What was done, in a sentence; `retracted` counts all corrections there are."""
    if not outcomes and retracted:
        are = "copy is" if retracted == 1 else "copies are"
        return f"{retracted:,} {are} retracted already, none is left"
    if not outcomes:
        return "no event was counted more than once"
    verb = "would be corrected; nothing was written (--dry-run)" if dry_run else "corrected"
    others = outcomes[RetractionOutcome.ANOTHER_EVENT]
    note = f"; {others:,} only share a hash with another event, and stay" if others else ""
    return f"{outcomes[RetractionOutcome.CORRECTED]:,} events {verb}{note}"
