"""From which offsets of which partitions the quantities of accounts came.

Rows that are settled do not say from which epochs they were added up, so a range is that of all events of the period in
a partition that the account has events in.
"""

from collections.abc import Mapping

from clickhouse_connect.driver.client import Client

from gatemeter.billing.account_index import UsageOwners
from gatemeter.clickhouse.query import fetch
from gatemeter.reports.stored_usage import fetch_of_usage
from gatemeter.reports.usage_parameters import UsageParameters


def account_offsets(
    client: Client, parameters: UsageParameters, owners: UsageOwners, *, table: str
) -> Mapping[str, str]:
    """By account id, where the usage in `table` within the span came from, as one text. Raises as `fetch` does."""
    ranges = _ranges(client, parameters, table)
    found: dict[str, set[str]] = {}
    for row in fetch_of_usage(client, "billing/account_logs", parameters, table=table):
        if (account := owners.account_of(row)) is not None:
            found.setdefault(account, set()).update(row["partitions"])
    return {
        account: ", ".join(text for name, text in ranges.items() if name in partitions)
        for account, partitions in found.items()
    }


def _ranges(client: Client, parameters: UsageParameters, table: str) -> Mapping[str, str]:
    """By partition and log, as `account_logs.sql` names them; in the order of topics and partitions."""
    rows = fetch(client, "billing/log_offsets", {"usage_table": table, **parameters.span.parameters})
    return {f"{row['partition']} {row['log']}": _text(row) for row in rows}


def _text(row: Mapping[str, object]) -> str:
    place = f"{row['topic'] or 'a topic that is not known'}[{row['partition']}]"
    return f"{place} {row['first_offset']}-{int(str(row['next_offset'])) - 1} of log {row['log']}"
