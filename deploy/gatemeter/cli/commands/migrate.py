"""`gatemeter migrate`: create or update the ClickHouse tables."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import click
from clickhouse_connect.driver.client import Client
from rich.console import Console

from gatemeter.cli.options.connections import store_options
from gatemeter.cli.output import ResultForm, form_options, output
from gatemeter.migrations.runner import (
    LONGEST_DAYS,
    MigrationState,
    Retention,
    keep,
    keep_sql,
    migrate,
    migration_states,
    pending_sql,
)
from gatemeter.wiring.store import open_unmigrated

_KEPT_NAMES = {
    Retention.EVENTS: "events",
    Retention.ORIGINALS: "originals of dead letters",
    Retention.MINUTES: "requests per minute",
}


@click.command("migrate", short_help="Create or update the ClickHouse tables.")
@store_options
@click.option("--dry-run", is_flag=True, help="Print the SQL that would run, and run nothing.")
@click.option("--status", is_flag=True, help="List all migrations and when each was applied.")
@form_options
@click.option("--cluster", metavar="NAME", help="Create replicated tables on this cluster (one shard).")
@click.option(
    "--erase-stored-texts",
    is_flag=True,
    help="Erase texts that an older version stored in clear. Without it a store that has such texts is not migrated.",
)
@click.option(
    "--keep-events-days",
    type=click.IntRange(1, LONGEST_DAYS),
    envvar="GATEMETER_KEEP_EVENTS_DAYS",
    help="Drop rows of the event ledger so many days after the event.  [default: as it is set, 400 at first]",
)
@click.option(
    "--keep-originals-days",
    type=click.IntRange(1, LONGEST_DAYS),
    envvar="GATEMETER_KEEP_ORIGINALS_DAYS",
    help="Drop the encrypted originals of dead letters so many days after they were stored.  "
    "[default: as it is set, 90 at first]",
)
@click.option(
    "--keep-minutes-days",
    type=click.IntRange(1, LONGEST_DAYS),
    envvar="GATEMETER_KEEP_MINUTES_DAYS",
    help="Drop requests per minute so many days after the minute; hours stay.  [default: as it is set, 7 at first]",
)
def command(
    data: Path | None,
    clickhouse: str | None,
    *,
    dry_run: bool,
    status: bool,
    cluster: str | None,
    erase_stored_texts: bool,
    keep_events_days: int | None,
    keep_originals_days: int | None,
    keep_minutes_days: int | None,
    form: ResultForm,
) -> None:
    """Bring the tables and views of a store to this version; run again, it changes nothing."""
    wanted = {
        Retention.EVENTS: keep_events_days,
        Retention.ORIGINALS: keep_originals_days,
        Retention.MINUTES: keep_minutes_days,
    }
    kept = {what: days for what, days in wanted.items() if days is not None}
    with open_unmigrated(data, clickhouse, create=not (dry_run or status)) as client:
        if status:
            _output_states(client, form)
        elif dry_run:
            click.echo(pending_sql(client, cluster=cluster), nl=False)
            for what, days in kept.items():
                click.echo(keep_sql(client, what, days, cluster=cluster), nl=False)
        else:
            _migrate(client, cluster, kept, may_erase=erase_stored_texts)


def _output_states(client: Client, form: ResultForm) -> None:
    states = [dataclasses.asdict(state) for state in migration_states(client)]
    output(states, [field.name for field in dataclasses.fields(MigrationState)], form)


def _migrate(client: Client, cluster: str | None, kept: Mapping[Retention, int], *, may_erase: bool) -> None:
    applied = migrate(client, cluster=cluster, may_erase=may_erase)
    notes = [f"applied: {', '.join(applied)}" if applied else "nothing to do"]
    for what, days in kept.items():
        keep(client, what, days, cluster=cluster)
        notes.append(f"{_KEPT_NAMES[what]} are kept for {days} days")
    Console(stderr=True, highlight=False).print("; ".join(notes), markup=False, soft_wrap=True)
