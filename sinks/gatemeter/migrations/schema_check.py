"""Compares the tables that `gatemeter.schema` declares with the tables of a database."""

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import classified
from gatemeter.errors import ConflictError
from gatemeter.migrations.migration_files import sql_file
from gatemeter.schema import PROGRESS_TABLES, TABLES, Table
from gatemeter.schema.billing_deliveries import BILLING_DELIVERIES
from gatemeter.schema.billing_statements import BILLING_STATEMENTS
from gatemeter.schema.budget_journal import BUDGET_JOURNAL
from gatemeter.schema.imported_usage import IMPORTED_USAGE
from gatemeter.schema.inventory import INVENTORY_TABLES
from gatemeter.schema.rungs import SETTLING_TABLES


def require_declared_schema(client: Client) -> None:
    """Raise ConflictError unless the client's database has the declared tables. To be called before its first use."""
    with classified("the schema"):
        differences = declared_schema_differences(client)
    if differences:
        raise ConflictError(
            f"the tables are not those of this version: {'; '.join(differences[:3])}",
            where=f"database {client.database}",
            do="run gatemeter migrate",
        )


def declared_schema_differences(client: Client) -> list[str]:
    """One sentence for each difference in names, types and order of columns; none when all declared tables agree."""
    bills = (BILLING_STATEMENTS, BILLING_DELIVERIES, *BUDGET_JOURNAL)
    declared = (*TABLES, *PROGRESS_TABLES, *SETTLING_TABLES, *INVENTORY_TABLES, IMPORTED_USAGE, *bills)
    names = [table.name for table in declared]
    rows = client.query(sql_file("columns_of_tables.sql"), parameters={"tables": names}).result_rows
    stored: dict[str, dict[str, str]] = {}
    for table, column, column_type in rows:
        stored.setdefault(table, {})[column] = column_type
    return [difference for table in declared for difference in _differences(table, stored.get(table.name))]


def _differences(table: Table, stored: dict[str, str] | None) -> list[str]:
    if stored is None:
        return [f"table {table.name} is missing"]
    declared = {column.name: column.type for column in table.columns}
    found = [
        f"{table.name}.{name} is {stored.get(name, 'missing')}, declared {declared.get(name, 'nowhere')}"
        for name in declared | stored
        if stored.get(name) != declared.get(name)
    ]
    if not found and list(stored) != list(declared):
        found.append(f"{table.name} has its columns in another order")
    return found
