"""Usage of a period as it is delivered to billing systems."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from clickhouse_connect.driver.client import Client

from gatemeter.billing_systems.delivery import Usage
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.exports.usage_row import UsageRow
from gatemeter.exports.usage_rows import Grain, usage_rows


def exported_usages(client: Client, exported: ExportedPeriod, grain: Grain) -> Iterator[Usage]:
    """All usage of a period, by the plans that it is billed by. Raises as `usage_rows`."""
    return map(_usage, usage_rows(client, exported, grain))


def _usage(row: UsageRow) -> Usage:
    return Usage(
        key=row.key,
        account=row.account,
        consumer=row.consumer,
        charge=row.charge,
        start=datetime.fromisoformat(row.start),
        end=datetime.fromisoformat(row.end),
        quantity=None if row.quantity is None else Decimal(row.quantity),
        missing=row.missing,
    )
