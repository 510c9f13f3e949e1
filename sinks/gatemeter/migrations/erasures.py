"""What migrations erase of a store's texts: never without being told to, and never for the second time.

A migration that erases what an older version stored must not run again once this version has counted: it would erase
what it should keep. On a cluster it could, where a replica does not have the journal's latest rows yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from gatemeter.errors import ConflictError
from gatemeter.migrations.migration_files import Migration, sql_file


@dataclass(frozen=True, slots=True)
class Erasure:
    """A migration that erases texts.

    `table` and `column` hold them, `what` names them. `erased_by_NUMBER.sql` counts them. `ruleset` is the first one of
    the workers that came with the migration.
    """

    number: int
    table: str
    column: str
    what: str
    ruleset: int


ERASURES = (
    Erasure(23, "dead_letters", "raw", "texts of dead letters, which cannot be replayed any more", 5),
    Erasure(24, "agentic_usage_hourly", "error", "texts of agents' errors, whose counts stay", 5),
)


def require_permission(client: Client, pending: Sequence[Migration], *, may_erase: bool) -> None:
    """Raise ConflictError if `pending` migrations would erase stored texts, unless that is permitted.

    Raises it, permitted or not, if a store has been counted into since they were applied.
    """
    numbers = {migration.number: migration.title for migration in pending}
    found = [erasure for erasure in ERASURES if erasure.number in numbers and _texts(client, erasure)]
    for erasure in found:
        _require_not_applied(client, erasure, numbers[erasure.number])
    if found and not may_erase:
        counted = "; ".join(f"{_texts(client, erasure):,} {erasure.what}" for erasure in found)
        raise ConflictError(
            f"this version erases what an older one stored in clear, for it may hold secrets: {counted}",
            where=f"database {client.database}",
            do="replay dead letters with the older version first if they matter; then run gatemeter migrate "
            "--erase-stored-texts",
        )


def _texts(client: Client, erasure: Erasure) -> int:
    if not _has_column(client, erasure.table, erasure.column):
        return 0
    return int(client.query(sql_file(f"erased_by_{erasure.number:04}.sql")).result_rows[0][0])


def _require_not_applied(client: Client, erasure: Erasure, title: str) -> None:
    if not _has_column(client, "epoch_ledger", "rules"):
        return
    since = client.query(sql_file("counted_since.sql"), parameters={"ruleset": erasure.ruleset}).result_rows[0][0]
    if since:
        raise ConflictError(
            f"{title} is not in the journal, though workers that came with it have counted here: {since:,} epochs",
            where=f"database {client.database}",
            do="if this is a cluster, run it again once this replica has all rows of schema_migrations",
        )


def _has_column(client: Client, table: str, column: str) -> bool:
    parameters = {"table": table, "column": column}
    return bool(client.query(sql_file("has_column.sql"), parameters=parameters).result_rows[0][0])
