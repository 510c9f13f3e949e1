"""All that a database holds, as one text."""

from clickhouse_connect.driver.client import Client

_TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' ORDER BY name"


def all_stored_text(client: Client) -> str:
    """Every value of every row of every table, superseded rows included."""
    names = [name for (name,) in client.query(_TABLES).result_rows]
    return "\n".join(
        client.raw_query(f"SELECT * FROM `{name}`", fmt="TSVRaw").decode("utf-8", "replace") for name in names
    )
