"""The currency of stored costs: the one of the price books that they were computed with.

No currency is stored. A stored `price_version` is made of everything about a price, its currency included, so a price
book can tell whether a version is one of its own.
"""

from collections.abc import Iterable, Sequence

from clickhouse_connect.driver.client import Client

from gatemeter.errors import ConflictError
from gatemeter.pricing.price_list import list_prices
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.period import TimeSpan
from gatemeter.reports.query import fetch

_BETWEEN_VERSIONS = " + "

PricedHour = tuple[str, int]
"""A price version, and the Unix second of an hour in which it was applied."""


def cost_currency(client: Client, span: TimeSpan, table: PriceTable, others: Sequence[PriceTable]) -> str:
    """The currency of the costs that are stored for `span`, which is that of `table`.

    Raises ConflictError where some of the costs are in another currency by the price books `others`, and as `fetch`
    does. Versions that no book knows are taken for those of older books in the same currency.
    """
    foreign = [other for other in others if other.currency != table.currency]
    if foreign:
        rows = fetch(client, "price_versions", span.parameters)
        require_one_currency(((row["price_version"], row["hour_s"]) for row in rows), table, foreign)
    return table.currency


def require_one_currency(versions: Iterable[PricedHour], table: PriceTable, foreign: Sequence[PriceTable]) -> None:
    """Raise ConflictError if one of `versions` is a price of one of the `foreign` tables."""
    for text, hour_s in versions:
        for version in text.split(_BETWEEN_VERSIONS):
            other = next((each for each in foreign if _knows(each, version, hour_s)), None)
            if other is not None:
                raise ConflictError(
                    f"costs are stored in {other.currency} ({version}), and the price books are in {table.currency}",
                    do="compute them in one currency with gatemeter reprice, or choose with --from and --to",
                )


def _knows(table: PriceTable, version: str, hour_s: int) -> bool:
    provider = version.partition("/")[0]
    return any(row.price_version == version for row in list_prices(table, hour_s, provider))
