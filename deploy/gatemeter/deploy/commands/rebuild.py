"""`gatemeter rebuild`: count a log again, into a fresh database."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client

from gatemeter.contracts.clock import SystemClock
from gatemeter.contracts.errors import SettingsError
from gatemeter.deploy.commands.meter import COLUMNS, metering_record, summary_text
from gatemeter.deploy.log_options import LogPlace, log_options, open_readers
from gatemeter.deploy.metering_options import metering_options
from gatemeter.deploy.progress import report_progress
from gatemeter.deploy.store import open_store
from gatemeter.deploy.store_options import store_options
from gatemeter.queries.explained_period import parse_period
from gatemeter.queries.output import OutputFormat, write_records
from gatemeter.sinks.clickhouse_sink import ClickHouseSink
from gatemeter.sinks.retrying_sink import RetryingSink
from gatemeter.sinks.stored_rows import epochs_with_rows
from gatemeter.streams.conservation import EventCounts
from gatemeter.streams.log_reader import LogReader
from gatemeter.streams.metering import Metering
from gatemeter.streams.rebuild import Rebuild
from gatemeter.streams.rebuild_plan import PartitionPlan, plan_rebuild, require_fresh, resumed


@dataclass(frozen=True, slots=True)
class Extent:
    """What of a log is rebuilt; `hours` are Unix seconds."""

    from_offset: int | None
    to_offset: int | None
    partition: int | None
    hours: range | None


@click.command("rebuild", short_help="Count a log again, into a fresh database.")
@log_options
@store_options
@metering_options
@click.option("--from-offset", type=click.IntRange(0), help="Begin with the epoch of this offset.")
@click.option("--to-offset", type=click.IntRange(1), help="Leave out this offset and all after it [default: the end].")
@click.option("--partition", type=click.IntRange(0), help="Only this partition.")
@click.option(
    "--period", metavar="PERIOD", help="Only epochs with usage of 2026, 2026-02, 2026-02-01 or 2026-02-01T10."
)
@click.option("--resume", is_flag=True, help="Go on with a rebuild into this store that was stopped.")
@click.option("--json", is_flag=True, help="The summary as JSON: a list of one object.")
def command(
    place: LogPlace,
    data: Path | None,
    clickhouse: str | None,
    metering: Metering,
    from_offset: int | None,
    to_offset: int | None,
    partition: int | None,
    period: str | None,
    *,
    resume: bool,
    json: bool,
) -> None:
    """Recompute the rows of --topic on --kafka, or of FILE..., into a store that holds nothing of them.

    The rows, and so the reports, are those of the original; compare them before you replace one by the other. Whole
    epochs are written: --from-offset is moved down to where one begins, and the epoch before it only says which
    events are duplicates. With --period everything is read, and the epochs that hold usage of it are written.
    """
    if not place.is_given:
        raise SettingsError("no log is named", do="name FILEs that were metered, or --kafka HOST:PORT and --topic")
    extent = Extent(from_offset, to_offset, partition, _hours(period))
    clock = SystemClock()
    started_s = clock.monotonic_s()
    with open_store(data, clickhouse, create=True) as client:
        sink = RetryingSink(ClickHouseSink(client))
        with open_readers(place, sink) as readers:
            counts = _rebuild_all(readers, client, metering, extent, resume=resume)
    record = metering_record(counts, clock, started_s)
    if json:
        write_records([record], COLUMNS, OutputFormat.JSON, sys.stdout)
    else:
        click.echo(summary_text(record, verb="rebuilt"))


def _rebuild_all(
    readers: Sequence[LogReader], client: Client, metering: Metering, extent: Extent, *, resume: bool
) -> EventCounts:
    """All are planned before the first one is counted, so that a refusal leaves nothing behind."""
    total = EventCounts()
    planned = [(reader, _plans(reader, client, metering, extent, resume=resume)) for reader in readers]
    for reader, plans in planned:
        total.add(_rebuild(reader, plans, client, metering, extent))
    return total


def _plans(
    reader: LogReader, client: Client, metering: Metering, extent: Extent, *, resume: bool
) -> Sequence[PartitionPlan]:
    log = reader.log
    stored = RetryingSink(ClickHouseSink(client)).stored_epochs(log.identity)
    present = epochs_with_rows(client, log.identity)
    if not resume:
        require_fresh(log, stored, present)
    plans = plan_rebuild(
        log, reader.ranges(), partition=extent.partition, from_offset=extent.from_offset, to_offset=extent.to_offset
    )
    _say_where_it_begins(reader, plans, extent)
    if not resume:
        return plans
    return resumed(log, plans, metering.rules, stored, present, from_the_start=extent.hours is not None)


def _rebuild(
    reader: LogReader, plans: Sequence[PartitionPlan], client: Client, metering: Metering, extent: Extent
) -> EventCounts:
    sink = RetryingSink(ClickHouseSink(client))
    log = reader.log
    with report_progress(f"rebuilding {log.name}", sum(plan.stop - plan.read_from for plan in plans)) as progress:
        rebuild = Rebuild(
            reader,
            sink,
            metering,
            hours=extent.hours,
            stored=sink.stored_epochs(log.identity),
            present=epochs_with_rows(client, log.identity),
            on_progress=progress.update,
        )
        rebuild.run(plans)
    return rebuild.totals


def _say_where_it_begins(reader: LogReader, plans: Sequence[PartitionPlan], extent: Extent) -> None:
    for plan in plans:
        if extent.from_offset is not None and plan.first_offset != extent.from_offset:
            why = "where its epoch begins" if plan.first_offset < extent.from_offset else "where the log begins now"
            click.echo(f"{reader.log.name}[{plan.partition}]: from offset {plan.first_offset}, {why}", err=True)


def _hours(period: str | None) -> range | None:
    if period is None:
        return None
    _, span = parse_period(period)
    return range(int(span.start.timestamp()), int(span.end.timestamp()))
