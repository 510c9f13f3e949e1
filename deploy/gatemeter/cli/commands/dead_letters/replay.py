"""`gatemeter dead-letters replay`."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.cli.commands.dead_letters.list_and_show import TIMES_NOTE, dead_letter_at, dead_letter_options
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.metering import for_store, metering_options
from gatemeter.cli.options.originals import opening_option
from gatemeter.cli.output import ResultForm, json_form_options, output
from gatemeter.clickhouse.retention import kept_minutes
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.clickhouse.store_settings import event_ledger_state
from gatemeter.clock import SystemClock
from gatemeter.corrections.replay import Replay, ReplayOutcome, ReplayResult
from gatemeter.corrections.replay_log import EventOutcome
from gatemeter.errors import InputError, SettingsError
from gatemeter.metering.originals import OriginalKeys
from gatemeter.metering.ruleset import Metering
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import Record, json_text
from gatemeter.reports.dead_letters import DeadLetterFilter, dead_letter_pages
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.topics import MAX_EVENT_BYTES
from gatemeter.wiring.store import open_store

DEAD_LETTERS_PER_WRITE = 500
"""At some KiB each and with their rows some 20 MB; long ones are fewer."""

NAMED_DEAD_LETTERS = 1_000
"""How many dead letters that stay are named; the counts are of all."""

COLUMNS = ("place", "topic", "fate", "reason", "detail")
_DEAD_LETTERS = TableLayout(keys=("place",), first_left_out=("topic",), never_cut=("place",))

_LEFT = tuple(each for each in ReplayOutcome if each is not ReplayOutcome.REPLAYED)
_WHAT_TO_DO = {
    ReplayOutcome.PARTLY_REPLAYED: "partly replayed: it stands for many events; those that can be read "
    "are counted, and it stays for the others",
    ReplayOutcome.STILL_REJECTED: "still rejected: correct the event and replay it with --corrected FILE, or leave it",
    ReplayOutcome.NOT_KEPT_WHOLE: "not kept whole: only its mask or first bytes are stored; replay the whole event "
    "with --corrected FILE, or ship the original again",
    ReplayOutcome.SEALED: "sealed: it is encrypted; name the file of its key with --originals-key",
    ReplayOutcome.UNFINISHED: "unfinished: the last line of a file, not ended yet; end it with a newline (correct it "
    "there if it needs it), and meter the file again",
}


@click.command(
    "replay",
    help=f"""Count dead letters that can be read by now; they are dead letters no longer.

    A newer version may read them, or --earliest and --latest may let in times that were not believed. Without a PLACE
    all dead letters that the options leave are tried. An event is counted once, however often it is replayed; what
    cannot be counted stays as it is. Do not replay an event that was also shipped again.

    {TIMES_NOTE}
    """,
)
@click.argument("places", metavar="[PLACE]...", nargs=-1)
@store_options
@dead_letter_options
@metering_options
@opening_option
@click.option(
    "--corrected",
    metavar="FILE",
    type=click.Path(readable=False, path_type=Path, dir_okay=False),
    help="Count the event in FILE in the stead of the one PLACE.",
)
@click.option("--dry-run", is_flag=True, help="Say what would become of the dead letters, and write nothing.")
@json_form_options
def replay_command(
    places: tuple[str, ...],
    data: Path | None,
    clickhouse: str | None,
    *,
    chosen: DeadLetterFilter,
    metering: Metering,
    event_ledger: bool | None,
    keys: OriginalKeys | None,
    corrected: Path | None,
    dry_run: bool,
    form: ResultForm,
) -> None:
    """Replay the dead letters at `places`, or those that `chosen` leaves; see `help`."""
    wanted = _checked(places, chosen, corrected)
    text = None if corrected is None else _read(corrected)
    metering = dataclasses.replace(metering, original_keys=keys)
    with open_store(data, clickhouse) as client:
        # A dry run decides as the store has it, and switches nothing.
        state = event_ledger_state(client, None if dry_run else event_ledger, SystemClock().now())
        replay = Replay(RetryingSink(client), for_store(metering, state, kept_minutes(client)), dry_run=dry_run)
        if text is not None:
            dead_letter = dead_letter_at(client, wanted[0])
            left = _left([replay.correct(dead_letter, text, where=str(corrected))])
        else:
            left = _left(each for page in _pages(client, wanted, chosen) for each in replay.add(page))
        named = list(islice(left, NAMED_DEAD_LETTERS))
        for _ in left:  # counted, not named
            pass
    _output(replay, named, form)
    if dry_run:
        click.echo("nothing was written (--dry-run)", err=True)


def _checked(places: Sequence[str], chosen: DeadLetterFilter, corrected: Path | None) -> list[EventLocation]:
    """The places, each once. Raises SettingsError for what cannot be meant."""
    wanted = [EventLocation.parse(place) for place in dict.fromkeys(places)]
    if corrected is not None and len(wanted) != 1:
        raise SettingsError("--corrected takes the place of one dead letter", do="name the one PLACE")
    if wanted and not chosen.is_open:
        raise SettingsError("both a PLACE and a choice of dead letters are given", do="leave out one of them")
    return wanted


def _read(path: Path) -> bytes:
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(text) > MAX_EVENT_BYTES:
        raise InputError(f"is longer than an event may be ({MAX_EVENT_BYTES:,} bytes)", where=str(path))
    return text


def _pages(client: Client, wanted: Sequence[EventLocation], chosen: DeadLetterFilter) -> Iterator[list[DeadLetter]]:
    if wanted:
        yield [dead_letter_at(client, location) for location in wanted]
        return
    yield from dead_letter_pages(client, chosen, DEAD_LETTERS_PER_WRITE)


def _left(results: Iterable[ReplayResult]) -> Iterator[ReplayResult]:
    return (result for result in results if result.outcome is not ReplayOutcome.REPLAYED)


def _output(replay: Replay, left: Sequence[ReplayResult], form: ResultForm) -> None:
    records = [_record(result) for result in left]
    if not form.is_table:
        click.echo(json_text({**_summary(replay), "left": records}), nl=False)
        return
    click.echo(summary_text(_summary(replay)))
    if records:
        output(records, COLUMNS, form, _DEAD_LETTERS)
    for outcome in dict.fromkeys(result.outcome for result in left):
        click.echo(_WHAT_TO_DO[outcome], err=True)
    unnamed = sum(replay.dead_letters.values()) - replay.dead_letters[ReplayOutcome.REPLAYED] - len(left)
    if unnamed:
        click.echo(f"and {unnamed:,} more dead letters stay", err=True)


def _summary(replay: Replay) -> dict[str, int]:
    return {
        "replayed": replay.dead_letters[ReplayOutcome.REPLAYED],
        **{outcome.value: replay.events[outcome] for outcome in EventOutcome},
        **{each.value: replay.dead_letters[each] for each in _LEFT},
    }


def summary_text(summary: dict[str, int]) -> str:
    """The summary in two sentences."""
    return (
        "replayed {replayed:,} dead letters: "
        "counted {counted:,} + duplicates {duplicates:,} + other kind {other_kind:,}\n"
        "left {left:,}: partly replayed {partly_replayed:,}, still rejected {still_rejected:,}, not kept whole "
        "{not_kept_whole:,}, sealed {sealed:,}, unfinished {unfinished:,}"
    ).format(left=sum(summary[each.value] for each in _LEFT), **summary)


def _record(result: ReplayResult) -> Record:
    return {
        "place": str(result.location),
        "topic": result.topic,
        "fate": result.outcome.value,
        "reason": result.reason,
        "detail": result.detail,
    }
