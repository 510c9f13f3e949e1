"""Anthropic's costs and usage: answers of its Usage and Cost Admin API, and the exports of its console.

`cost_report` has amounts in cents as decimal texts, with `token_type` and `model` where it is grouped by description
(https://docs.claude.com/en/api/admin-api/usage-cost/get-cost-report); costs of the Priority Tier are not in it.
`usage_report/messages` has tokens of classes that share nothing
(https://docs.claude.com/en/api/admin-api/usage-cost/get-messages-usage-report). The console exports both as CSV
(https://support.claude.com/en/articles/9534590-cost-and-usage-reporting-in-the-claude-console): `usage_date_utc` with
`cost_usd` by `token_type`, rounded to cents, or with a column a class of tokens. Days are of UTC.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from gatemeter.reconciliation.cells import Cells, UnreadableRowError
from gatemeter.reconciliation.charges import kind_of_type
from gatemeter.reconciliation.csv_rows import CsvExport
from gatemeter.reconciliation.json_pages import read_pages
from gatemeter.reconciliation.stated import Export, Interval, Kind, StatedAmount

PROVIDER = "anthropic"
_CENT = Decimal("0.01")
_SCOPE = ("workspace_id", "workspace", "api_key_id", "api_key")
_DETAILS = ("usage_type", "service_tier", "context_window", "inference_geo", "speed")
_COST_IDENTITY = (*_SCOPE, "model", "cost_type", "token_type", "description", *_DETAILS)
_USAGE_IDENTITY = (*_SCOPE, "model", "model_version", *_DETAILS)
_USAGE_COLUMNS = {
    "usage_input_tokens_no_cache": Kind.INPUT,
    "usage_input_tokens_cache_read": Kind.CACHED,
    "usage_input_tokens_cache_write": Kind.CACHE_WRITE,
    "usage_input_tokens_cache_write_5m": Kind.CACHE_WRITE,
    "usage_input_tokens_cache_write_1h": Kind.CACHE_WRITE_1H,
    "usage_output_tokens": Kind.OUTPUT,
}


def is_anthropic_page(document: Mapping[str, Any]) -> bool:
    """Whether it is an answer of the cost or usage API."""
    data = document.get("data")
    return isinstance(data, list) and all(isinstance(each, dict) and "starting_at" in each for each in data)


def read_anthropic_page(document: Mapping[str, Any], path: Path) -> Export:
    """What a page states. Raises InputError as `read_pages`."""
    export = Export(str(path), "usage and cost API of Anthropic", PROVIDER)

    def read(cells: Cells, where: str, interval: Interval) -> None:
        if cells.has("amount"):
            amount = cells.number("amount") * _CENT
            _cost(export, cells, where, interval, amount, cells.currency("currency"))
        elif "output_tokens" in cells.values:
            _page_usage(export, cells, where, interval)
        else:
            raise UnreadableRowError("it tells neither an amount nor tokens")

    read_pages(export, document, path, ("starting_at", "ending_at"), read)
    return export


def read_anthropic_costs(file: CsvExport) -> Export:
    """What the console's export of costs states. Raises InputError as `CsvExport.read_into`."""
    export = Export(str(file.path), "cost export of Anthropic", PROVIDER)

    def read(cells: Cells, where: str) -> None:
        _cost(export, cells, where, cells.day("usage_date_utc"), cells.number("cost_usd"), "USD")

    file.read_into(export, read)
    return export


def read_anthropic_usage(file: CsvExport) -> Export:
    """What the console's export of usage states. Raises InputError as `CsvExport.read_into`."""
    export = Export(str(file.path), "usage export of Anthropic", PROVIDER)

    def read(cells: Cells, where: str) -> None:
        counts = {kind: cells.count(name) for name, kind in _USAGE_COLUMNS.items() if cells.has(name)}
        if not counts:
            raise UnreadableRowError("it tells no tokens")
        _counts(export, cells, where, cells.day("usage_date_utc"), counts)

    file.read_into(export, read)
    return export


def _cost(export: Export, cells: Cells, where: str, interval: Interval, amount: Decimal, currency: str) -> None:
    cost_type = cells.text("cost_type").rstrip("s")
    charge = "" if cost_type in ("", "token") else cells.text("cost_type")
    model = "" if charge else cells.text("model")
    scope, identity = cells.texts(_SCOPE), cells.texts(_COST_IDENTITY)
    identity = ("cost", *identity)
    kind = kind_of_type(charge)
    stated = StatedAmount(where, interval, model, Kind.COST, amount, currency, charge, scope, identity, kind)
    export.amounts.append(stated)


def _page_usage(export: Export, cells: Cells, where: str, interval: Interval) -> None:
    created = cells.values.get("cache_creation")
    writes = Cells(created if isinstance(created, dict) else {})
    counts = {
        Kind.INPUT: cells.count("uncached_input_tokens"),
        Kind.CACHED: cells.count("cache_read_input_tokens"),
        Kind.CACHE_WRITE: writes.count("ephemeral_5m_input_tokens"),
        Kind.CACHE_WRITE_1H: writes.count("ephemeral_1h_input_tokens"),
        Kind.OUTPUT: cells.count("output_tokens"),
    }
    _counts(export, cells, where, interval, counts)


def _counts(export: Export, cells: Cells, where: str, interval: Interval, counts: Mapping[Kind, Decimal]) -> None:
    model = cells.text("model", "model_version")
    scope, identity = cells.texts(_SCOPE), ("usage", *cells.texts(_USAGE_IDENTITY))
    export.amounts.extend(
        StatedAmount(where, interval, model, kind, amount, scope=scope, identity=identity)
        for kind, amount in counts.items()
    )
