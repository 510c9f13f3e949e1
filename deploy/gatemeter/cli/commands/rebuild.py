"""`gatemeter rebuild`: count a log again, into a fresh database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from gatemeter.cli.commands.meter import COLUMNS, metering_record, summary_text
from gatemeter.cli.options.connections import store_options
from gatemeter.cli.options.log import LogPlace, log_options, log_readers
from gatemeter.cli.options.metering import for_store, metering_options
from gatemeter.cli.options.originals import sealing_options
from gatemeter.cli.output import ResultForm, output, say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.clock import SystemClock
from gatemeter.corrections.replay_log import REPLAY_PREFIX
from gatemeter.corrections.rows import CORRECTION_PREFIX
from gatemeter.errors import ConflictError, InputError, SettingsError
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.log import Log
from gatemeter.metering.ruleset import Metering
from gatemeter.output.records import OutputFormat
from gatemeter.progress import report_progress
from gatemeter.recompute.rebuild import Rebuild
from gatemeter.recompute.rebuild_plan import PartitionPlan, is_complete, plan_rebuild, require_fresh, resumed
from gatemeter.reports.period import parse_period
from gatemeter.sources.log_reader import LogReader
from gatemeter.wiring.store import LazyStore, lazy_store


@dataclass(frozen=True, slots=True)
class Extent:
    """What of a log is rebuilt; `hours` are Unix seconds. Raises SettingsError for offsets that leave nothing."""

    from_offset: int | None
    to_offset: int | None
    partition: int | None
    hours: range | None

    def __post_init__(self) -> None:
        if self.from_offset is not None and self.to_offset is not None and self.from_offset >= self.to_offset:
            raise SettingsError(
                f"--from-offset {self.from_offset} is not before --to-offset {self.to_offset}",
                do="name an offset behind --from-offset",
            )


_Planned = tuple[LogReader, Sequence[PartitionPlan]]


@click.command("rebuild", short_help="Count a log again, into a fresh database.")
@log_options
@store_options
@metering_options
@sealing_options
@click.option("--from-offset", type=click.IntRange(0), help="Begin with the epoch of this offset.")
@click.option("--to-offset", type=click.IntRange(1), help="Leave out this offset and all after it [default: the end].")
@click.option("--partition", type=click.IntRange(0), help="Only this partition.")
@click.option(
    "--period",
    cls=TableOnlyOption,
    metavar="PERIOD",
    help="Only epochs with usage of 2026, 2026-02, 2026-02-01 or 2026-02-01T10.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with a rebuild that was stopped, in a store that holds exactly what it would have written so far.",
)
@click.option("--allow-compacted", is_flag=True, help="Rebuild although compaction may have deleted messages.")
@click.option("--json", is_flag=True, help="The summary as JSON: a list of one object.")
def command(
    place: LogPlace,
    data: Path | None,
    clickhouse: str | None,
    metering: Metering,
    event_ledger: bool | None,
    from_offset: int | None,
    to_offset: int | None,
    partition: int | None,
    period: str | None,
    *,
    resume: bool,
    allow_compacted: bool,
    json: bool,
) -> None:
    """Recompute the rows of --topic on --kafka, or of FILE..., into a store that holds nothing of them.

    The rows, and so the reports, are those of the original as far as the log makes them: corrections and replayed dead
    letters are in no log, and are to be booked and replayed again. Whole epochs are written: --from-offset is moved
    down to where one begins, and the epoch before it only says which events are duplicates. With --period everything
    is read, and the epochs that hold usage of it are written.
    """
    if not place.is_given:
        raise SettingsError("no log is named", do="name FILEs that were metered, or --kafka HOST:PORT and --topic")
    extent = Extent(from_offset, to_offset, partition, _hours(period))
    clock = SystemClock()
    started_s = clock.monotonic_s()
    if place.kafka is not None and not allow_compacted:
        _require_whole_topic(place.kafka, place.topic)
    with lazy_store(data, clickhouse) as store:
        readers = log_readers(place, store)
        planned = _planned(readers, store, metering, extent, resume=resume)
        metering = for_store(metering, store.event_ledger_state(event_ledger, clock.now()), store.kept_minutes())
        counts = _rebuild_all(planned, store, metering, extent)
    if period is not None and not counts.consumed:
        names = ", ".join(reader.log.name for reader in readers)
        raise InputError(f"no event of {period} is counted from this log", where=names, do="correct --period")
    record = metering_record(counts, clock, started_s)
    if json:
        output([record], COLUMNS, ResultForm(OutputFormat.JSON))
    else:
        click.echo(summary_text(record, verb="rebuilt"))


def _require_whole_topic(kafka: str, topic: str) -> None:
    from gatemeter.kafka.topics import describe_topic, require_not_compacted

    require_not_compacted(describe_topic(kafka, topic))


def _planned(
    readers: Sequence[LogReader], store: LazyStore, metering: Metering, extent: Extent, *, resume: bool
) -> Sequence[_Planned]:
    """All are planned before the first one is counted, so that a refusal leaves nothing behind."""
    planned = [(reader, _plans(reader, store, extent, resume=resume)) for reader in readers]
    return _resumed(planned, store, metering, extent) if resume else planned


def _rebuild_all(planned: Sequence[_Planned], store: LazyStore, metering: Metering, extent: Extent) -> EventCounts:
    total = EventCounts()
    for reader, plans in planned:
        total.add(_rebuild(reader, plans, store, metering, extent))
    return total


def _plans(reader: LogReader, store: LazyStore, extent: Extent, *, resume: bool) -> Sequence[PartitionPlan]:
    log = reader.log
    if not resume:
        require_fresh(log, store.stored_epochs(log.identity), store.epochs_with_rows(log.identity))
    plans = plan_rebuild(
        log, reader.ranges(), partition=extent.partition, from_offset=extent.from_offset, to_offset=extent.to_offset
    )
    _say_where_it_begins(reader, plans, extent)
    return plans


def _resumed(planned: Sequence[_Planned], store: LazyStore, metering: Metering, extent: Extent) -> list[_Planned]:
    """What is left of the plans. Raises ConflictError if the store is not what an unfinished rebuild leaves."""
    stored = [store.stored_epochs(reader.log.identity) for reader, _ in planned]
    for reader, _ in planned:
        _require_only_the_log(reader.log, store)
    if extent.hours is None and all(
        is_complete(plans, epochs) for (_, plans), epochs in zip(planned, stored, strict=True)
    ):
        raise ConflictError(
            "this store holds all of it already: there is no rebuild to go on with",
            where=", ".join(reader.log.name for reader, _ in planned),
            do="hold it against the log with gatemeter verify --deep, or rebuild into a fresh --data or database",
        )
    rest: list[_Planned] = []
    for (reader, plans), epochs in zip(planned, stored, strict=True):
        present = store.epochs_with_rows(reader.log.identity)
        from_the_start = extent.hours is not None
        left = resumed(reader.log, plans, metering.ruleset_version, epochs, present, from_the_start=from_the_start)
        rest.append((reader, left))
    return rest


def _require_only_the_log(log: Log, store: LazyStore) -> None:
    for prefix, what in ((CORRECTION_PREFIX, "corrections"), (REPLAY_PREFIX, "replayed dead letters")):
        if store.stored_epochs(f"{prefix}{log.identity}"):
            raise ConflictError(
                f"this store holds {what} of this log, which no rebuild writes",
                where=log.name,
                do="rebuild into a fresh --data directory or database",
            )


def _rebuild(
    reader: LogReader, plans: Sequence[PartitionPlan], store: LazyStore, metering: Metering, extent: Extent
) -> EventCounts:
    log = reader.log
    with report_progress(f"rebuilding {log.name}", sum(plan.stop - plan.read_from for plan in plans)) as progress:
        rebuild = Rebuild(
            reader,
            store,
            metering,
            hours=extent.hours,
            stored=store.stored_epochs(log.identity),
            present=store.epochs_with_rows(log.identity),
            on_progress=progress.update,
        )
        rebuild.run(plans)
    return rebuild.totals


def _say_where_it_begins(reader: LogReader, plans: Sequence[PartitionPlan], extent: Extent) -> None:
    for plan in plans:
        if extent.from_offset is not None and plan.first_offset != extent.from_offset:
            why = "where its epoch begins" if plan.first_offset < extent.from_offset else "where the log begins now"
            say(f"{reader.log.name}[{plan.partition}]: from offset {plan.first_offset}, {why}")


def _hours(period: str | None) -> range | None:
    if period is None:
        return None
    _, span = parse_period(period)
    return range(int(span.start.timestamp()), int(span.end.timestamp()))
