"""Whether stored costs are what the price books say: each row of model usage is priced again from its own tokens.

A row names the version of its price. Where the books that are given have another price for it, or do not have its
version, nobody can say whether its costs are right, and the verification says so.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.stored_rows import llm_usage_rows
from gatemeter.money import yoctos_from_decimal
from gatemeter.output.text import count_of
from gatemeter.pricing.cost import CostEvidence, cost_columns
from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.currency import versions_in
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.rollups import LLM_USAGE_ROLLUP, has_other_names
from gatemeter.schema.table import MONEY
from gatemeter.schema.usage import LLM_SUMS, LLM_USAGE, OTHER_NAMES
from gatemeter.verification.finding import Check, CheckResult, CountedFindings, Finding
from gatemeter.verification.second_look import Look

_INDEX = {name: index for index, name in enumerate(LLM_USAGE.column_names)}
_COSTS = LLM_USAGE.columns[_INDEX["cost_computed"] :]
_NAMES = [column.name for column in _COSTS]
_VERSION, _EVIDENCE = _NAMES.index("price_version"), _NAMES.index("cost_evidence")
_CURRENCY, _GAPS = _NAMES.index("cost_currency"), _NAMES.index("cost_gaps")
_VERSION_IN_GAPS = re.compile(r"(?:^|; )([^;]+#[0-9a-f]{8}) has no price for ")
_NAMED_VERSIONS = 3


def check_stored_costs(client: Client, span: TimeSpan, prices: PriceTable) -> Look:
    """Price all rows of model usage in `span` again by `prices`. Raises as `llm_usage_rows` does.

    `unchecked` are sentences about rows whose costs the books cannot tell.
    """
    comparison = _CostComparison(prices)
    for columns in llm_usage_rows(client, span.parameters):
        comparison.add(columns)
    return comparison.look()


class _CostComparison:
    def __init__(self, prices: PriceTable) -> None:
        self._prices = prices
        self._rows = 0
        self._found = CountedFindings()
        self._epochs: set[tuple[str, int, int]] = set()
        self._unknown_versions: Counter[str] = Counter()
        self._otherwise_priced = 0
        self._folded = 0

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        """Compare the rows of one day, which `columns` hold in the order of `LLM_USAGE`, hours as Unix seconds."""
        keys = list(zip(*columns[: len(LLM_USAGE.dimensions)], strict=True))
        sums = {name: columns[_INDEX[name]] for name in LLM_SUMS}
        again = zip(*cost_columns(keys, sums, self._prices), strict=True)
        for row, (stored, priced) in enumerate(zip(_stored_costs(columns), again, strict=True)):
            self._rows += 1
            if has_other_names(LLM_USAGE_ROLLUP, keys[row]):
                self._folded += 1
                continue
            detail = self._difference(stored, priced)
            if detail:
                self._add_finding({name: columns[_INDEX[name]][row] for name in _INDEX}, detail)

    def look(self) -> Look:
        """What was compared."""
        result = CheckResult(Check.COSTS, len(self._epochs), self._rows, self._found.differences, self._found.findings)
        return Look([result], list(self._sentences()))

    def _difference(self, stored: Sequence[Any], priced: Sequence[Any]) -> str:
        """What is wrong about the costs of a row; '' where nothing is, or where it is not known."""
        if not stored[_CURRENCY]:
            # From before the currency and the gaps of a cost were stored.
            stored, priced = stored[:_CURRENCY], priced[:_CURRENCY]
        if tuple(stored) == tuple(priced):
            return ""
        version, evidence = stored[_VERSION], stored[_EVIDENCE]
        # Without a price, currency and gaps say of which book: it need not be one that is given.
        of_gaps = _VERSION_IN_GAPS.findall(stored[_GAPS]) if stored[:_GAPS] == priced[:_GAPS] else []
        of_other_books = [each for each in of_gaps if not self._prices.has_version(each)]
        if of_other_books:
            self._unknown_versions.update(of_other_books)
            return ""
        if version == priced[_VERSION] and (version or stored[:_CURRENCY] != priced[:_CURRENCY]):
            return _values_text(stored, priced)
        if evidence == CostEvidence.UNPRICED and stored[0] != stored[1]:
            return "the cost is not known, and is not 0"
        unknown = [each for each in versions_in(version) if not self._prices.has_version(each)]
        self._unknown_versions.update(unknown)
        self._otherwise_priced += not unknown
        return ""

    def _add_finding(self, row: dict[str, Any], detail: str) -> None:
        self._epochs.add((row["log"], row["partition"], row["epoch_first_offset"]))
        self._found.count(_finding(row, detail))

    def _sentences(self) -> Iterator[str]:
        if self._unknown_versions:
            named = ", ".join(version for version, _ in self._unknown_versions.most_common(_NAMED_VERSIONS))
            rows = count_of(self._unknown_versions.total(), "row")
            yield (
                f"costs of {rows}: it is not known whether they are right, because no price book given has their "
                f"price version ({named}); give the book with --prices, or compute them again with gatemeter reprice"
            )
        if self._folded:
            yield (
                f"costs of {count_of(self._folded, 'row')}: their models have the name {OTHER_NAMES}, so "
                "only the log can tell; see verify --deep"
            )
        if self._otherwise_priced:
            yield (
                f"costs of {count_of(self._otherwise_priced, 'row')}: it is not known whether they are right, because "
                "the price books given price these rows otherwise; give the --prices that they were counted with"
            )


def _stored_costs(columns: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """The costs of each row, amounts in yoctos."""
    return zip(
        *(
            list(map(yoctos_from_decimal, columns[_INDEX[column.name]]))
            if column.type == MONEY
            else columns[_INDEX[column.name]]
            for column in _COSTS
        ),
        strict=True,
    )


def _values_text(stored: Sequence[Any], priced: Sequence[Any]) -> str:
    differing = [
        f"{name} is {old!r}, priced again {new!r}"
        for name, old, new in zip(_NAMES, stored, priced, strict=False)
        if old != new
    ]
    return f"{', '.join(differing)} (amounts in 10^-24 of the currency)"


def _finding(row: dict[str, Any], detail: str) -> Finding:
    key = ", ".join(
        f"{name}={row[name]!r}" for name in ("consumer_id", "provider", "request_model", "response_model") if row[name]
    )
    return Finding(
        check=Check.COSTS,
        topic="",
        log=row["log"],
        partition=row["partition"],
        first_offset=row["epoch_first_offset"],
        next_offset=row["version"],
        table=LLM_USAGE.name,
        detail=f"row {key} of the hour {row['hour']}: {detail}",
    )
