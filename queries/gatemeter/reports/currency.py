"""The currency of stored costs, as far as price books know it.

Not every stored row names the currency of its cost. A stored `price_version` ends with a hash of everything about a
price, its currency included. So a book that holds the price knows the currency, and a version that is in no book could
be in any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clickhouse_connect.driver.client import Client

from gatemeter.errors import ConflictError
from gatemeter.escaping import escaped
from gatemeter.reports.stored_usage import fetch_of_usage
from gatemeter.reports.usage_parameters import UsageParameters
from gatemeter.schema import LLM_USAGE

if TYPE_CHECKING:
    from gatemeter.pricing.price_table import PriceTable

_BETWEEN_VERSIONS = re.compile(r"(?<=#[0-9a-f]{8}) \+ ")
"""Between the version of a model's price and that of an embedding's."""

_NAMED_VERSIONS = 3
_SEVERAL = "costs are in {}: each row has one currency, and there is no total"


@dataclass(frozen=True, slots=True)
class CostCurrency:
    """What is known of the currencies of some stored costs; empty where none of them has a price.

    Rows that do not name their currency are in one of `known`, which holds each currency that price books know with the
    first version that is in it, or have `unknown_versions`, which no book has. `stored` are the currencies, each with a
    version, that rows name; `reported` are those of reported costs, '' where a log does not name it.
    """

    known: Mapping[str, str] = field(default_factory=dict)
    unknown_versions: tuple[str, ...] = ()
    stored: Mapping[str, str] = field(default_factory=dict)
    reported: tuple[str, ...] = ()

    @property
    def all_known(self) -> dict[str, str]:
        """Every known currency of computed costs, with a version that is in it."""
        return {**self.known, **self.stored}

    @property
    def name(self) -> str:
        """The one currency of all the costs; '' where it is not known, or where there is no cost."""
        return next(iter(self.all_known)) if len(self.all_known) == 1 and not self.unknown_versions else ""

    @property
    def can_add_computed(self) -> bool:
        """Whether computed costs of all rows are in one currency."""
        return len(self.all_known) <= 1 and not self.unknown_versions

    @property
    def can_add_reported(self) -> bool:
        """Whether reported costs of all rows are in one currency, as far as logs tell."""
        return len(self.reported) <= 1

    @property
    def reported_name(self) -> str:
        """The one currency of all reported costs; '' where logs name none or several."""
        return self.reported[0] if len(self.reported) == 1 else ""

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
        """What to say above a table of the costs: nothing where all of them are in one known currency."""
        if not self.unknown_versions:
            return () if self.can_add_computed else (_SEVERAL.format(" and ".join(sorted(self.all_known))),)
        what = f"the currency of computed costs is not known, and may be more than one: {self.unknown_text}"
        return (f"{what}; give the book with --prices BOOK, or compute the costs again with gatemeter reprice",)

    def require_rows_apart(self) -> None:
        """Raise ConflictError if costs of rows that name no currency are known to be in more than one."""
        _require_one(self.known)

    def require_one(self) -> None:
        """Raise ConflictError if the costs are known to be in more than one currency."""
        _require_one(self.all_known)

    def require_one_reported(self) -> None:
        """Raise ConflictError if the reported costs are in more than one currency."""
        if not self.can_add_reported:
            found = " and in ".join(escaped(each) or "a currency that is not told" for each in self.reported)
            raise ConflictError(
                f"costs were reported in {found}, and two currencies cannot be added",
                do="see gatemeter report llm, which shows each by itself",
            )


def _require_one(currencies: Mapping[str, str]) -> None:
    if len(currencies) > 1:
        found = " and in ".join(f"{currency} ({escaped(version)})" for currency, version in currencies.items())
        raise ConflictError(
            f"costs are stored in {found}, and two currencies cannot be added",
            do="choose a period whose costs are in one, or compute all with gatemeter reprice --prices BOOK",
        )


def cost_currency(client: Client, parameters: UsageParameters, books: "Iterable[PriceTable]") -> CostCurrency:
    """The currency of the computed costs that a report of `parameters` adds up. Raises as `fetch` does."""
    rows = list(fetch_of_usage(client, "price_versions", parameters, table=LLM_USAGE.name))
    stored = {str(row["cost_currency"]): str(row["price_version"]) for row in reversed(rows) if row["cost_currency"]}
    reported = sorted({str(row["reported_currency"]) for row in rows if row["reported_currency"] is not None})
    untold = currency_of((row["price_version"] for row in rows if not row["cost_currency"]), books)
    return replace(untold, stored=stored, reported=tuple(reported))


def versions_in(stored_version: str) -> list[str]:
    """The versions that a stored `price_version` names: of a model's price, of an embedding's, or of both."""
    return _BETWEEN_VERSIONS.split(stored_version) if stored_version else []


def currency_of(stored_versions: Iterable[str], books: "Iterable[PriceTable]") -> CostCurrency:
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
