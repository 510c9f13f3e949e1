"""The currency of stored costs, as far as price books know it.

Not every stored row names the currency of its cost. A stored `price_version` ends with a hash of everything about a
price, its currency included. So a book that holds the price knows the currency, and a version that is in no book could
be in any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.errors import ConflictError
from gatemeter.escaping import escaped
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.usage_parameters import UsageParameters

_BETWEEN_VERSIONS = re.compile(r"(?<=#[0-9a-f]{8}) \+ ")
"""Between the version of a model's price and that of an embedding's."""

_NAMED_VERSIONS = 3


@dataclass(frozen=True, slots=True)
class CostCurrency:
    """What price books know of the currency of some stored costs; empty where none of them has a price.

    `known` holds each currency with the first version that is in it, `unknown_versions` the versions that no book has.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    unknown_versions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The one currency of all the costs; '' where it is not known, or where there is no cost."""
        return next(iter(self.known)) if len(self.known) == 1 and not self.unknown_versions else ""

    @property
    def unknown_text(self) -> str:
        """Which versions are in no book: `no given price book has price version p/m#1a2b3c4d`; '' for none."""
        if not self.unknown_versions:
            return ""
        named, more = self.unknown_versions[:_NAMED_VERSIONS], len(self.unknown_versions) - _NAMED_VERSIONS
        names = ", ".join(map(escaped, named)) + (f" and {more:,} more" if more > 0 else "")
        return f"no given price book has price version{'s' if len(self.unknown_versions) > 1 else ''} {names}"

    @property
    def captions(self) -> tuple[str, ...]:
        """What to say above a table of the costs: nothing where their currency is known."""
        if not self.unknown_versions:
            return ()
        what = f"the currency of computed costs is not known, and may be more than one: {self.unknown_text}"
        return (f"{what}; give the book with --prices BOOK, or compute the costs again with gatemeter reprice",)

    def require_one(self) -> None:
        """Raise ConflictError if books know the costs to be in more than one currency."""
        if len(self.known) > 1:
            found = " and in ".join(f"{currency} ({escaped(version)})" for currency, version in self.known.items())
            raise ConflictError(
                f"costs are stored in {found}, and two currencies cannot be added",
                do="choose a period whose costs are in one, or compute all with gatemeter reprice --prices BOOK",
            )


def cost_currency(client: Client, parameters: UsageParameters, books: Iterable[PriceTable]) -> CostCurrency:
    """The currency of the computed costs that a report of `parameters` adds up. Raises as `fetch` does."""
    rows = fetch(client, "price_versions", parameters.query_parameters)
    return currency_of((row["price_version"] for row in rows), books)


def versions_in(stored_version: str) -> list[str]:
    """The versions that a stored `price_version` names: of a model's price, of an embedding's, or of both."""
    return _BETWEEN_VERSIONS.split(stored_version) if stored_version else []


def currency_of(stored_versions: Iterable[str], books: Iterable[PriceTable]) -> CostCurrency:
    """What `books` know of the currency of stored `price_version`s, which may name two prices each."""
    tables = list(books)
    known: dict[str, str] = {}
    unknown: list[str] = []
    for version in sorted({each for stored in stored_versions for each in versions_in(stored)}):
        table = next((table for table in tables if table.has_version(version)), None)
        if table is None:
            unknown.append(version)
        else:
            known.setdefault(table.currency, version)
    return CostCurrency(known, tuple(unknown))
