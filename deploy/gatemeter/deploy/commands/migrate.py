"""`gatemeter migrate`: create or update the ClickHouse tables."""

import dataclasses
from pathlib import Path

import click
from rich.console import Console

from gatemeter.deploy.store import open_unmigrated
from gatemeter.deploy.store_options import store_options
from gatemeter.queries.output import OutputFormat, write_records
from gatemeter.sinks.migrations.runner import MigrationState, migrate, migration_states, pending_sql


@click.command("migrate", short_help="Create or update the ClickHouse tables.")
@store_options
@click.option("--dry-run", is_flag=True, help="Print the SQL that would run, and run nothing.")
@click.option("--status", is_flag=True, help="List all migrations and when each was applied.")
@click.option("--json", is_flag=True, help="With --status: JSON instead of a table.")
@click.option("--cluster", metavar="NAME", help="Create replicated tables on this cluster (one shard).")
def command(
    data: Path | None, clickhouse: str | None, *, dry_run: bool, status: bool, json: bool, cluster: str | None
) -> None:
    """Bring the tables and views of a store to this version; run again, it changes nothing."""
    with open_unmigrated(data, clickhouse, create=not (dry_run or status)) as client:
        if status:
            states = [dataclasses.asdict(state) for state in migration_states(client)]
            columns = [field.name for field in dataclasses.fields(MigrationState)]
            form = OutputFormat.JSON if json else OutputFormat.TABLE
            write_records(states, columns, form, click.get_text_stream("stdout"))
        elif dry_run:
            click.echo(pending_sql(client, cluster=cluster), nl=False)
        else:
            applied = migrate(client, cluster=cluster)
            note = f"applied: {', '.join(applied)}" if applied else "nothing to do"
            Console(stderr=True, highlight=False).print(note, markup=False, soft_wrap=True)
