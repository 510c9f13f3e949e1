"""OpenAI's costs and usage: answers of its API, and the exports of its dashboard.

Costs: `organization.costs.result` with `amount.value`, `amount.currency` and `line_item`, as "gpt-4o-2024-08-06, input"
(https://platform.openai.com/docs/api-reference/usage/costs). Usage: `organization.usage.completions.result` and others;
`input_tokens` holds the cached ones, and those written to a cache
(https://platform.openai.com/docs/api-reference/usage/completions_object). The dashboard
(https://platform.openai.com/usage) exports the same as CSV: `amount_value`, `amount_currency` and `line_item`, or the
members of usage. Days are of UTC. OpenAI says that usage may differ from costs, which are what is
billed.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from gatemeter.reconciliation.cells import Cells, ContradictionError, UnreadableRowError, require_sum
from gatemeter.reconciliation.charges import kind_of_name
from gatemeter.reconciliation.csv_rows import CsvExport
from gatemeter.reconciliation.json_pages import read_pages
from gatemeter.reconciliation.stated import ChargeKind, Export, Interval, Kind, StatedAmount

PROVIDER = "openai"
_COSTS = "organization.costs.result"
_OF_TOKENS = tuple(f"organization.usage.{name}.result" for name in ("completions", "embeddings", "moderations"))
_SCOPE = ("organization_id", "project_id", "user_id", "api_key_id")
_COST_IDENTITY = (*_SCOPE, "line_item")
_USAGE_IDENTITY = (*_SCOPE, "object", "model", "batch", "service_tier")
_TOKEN_CLASS = re.compile(r"\b(?:input|output|cached?|audio|text|images?|reasoning)\b", re.IGNORECASE)
_MODALITY = re.compile(r" (?:audio|image|text)$")


def is_openai_page(document: Mapping[str, Any]) -> bool:
    """Whether it is an answer of the costs or usage API."""
    return document.get("object") == "page" and isinstance(document.get("data"), list)


def read_openai_page(document: Mapping[str, Any], path: Path) -> Export:
    """What a page states. Raises InputError as `read_pages`."""
    export = Export(str(path), "costs and usage API of OpenAI", PROVIDER)

    def read(cells: Cells, where: str, interval: Interval) -> None:
        kind = cells.text("object")
        if kind == _COSTS:
            money = cells.values.get("amount")
            _cost(
                export, cells, Cells(money if isinstance(money, dict) else {}), ("value", "currency"), where, interval
            )
        elif kind in _OF_TOKENS:
            _usage(export, cells, where, interval)
        elif kind.startswith("organization.usage."):
            export.leave_out(f"results of {kind} tell no tokens")
        else:
            raise UnreadableRowError(f"object is {kind or 'empty'!r}, neither costs nor usage")

    read_pages(export, document, path, ("start_time", "end_time"), read)
    return export


def read_openai_costs(file: CsvExport) -> Export:
    """What the export of costs states. Raises InputError as `CsvExport.read_into`."""
    export = Export(str(file.path), "costs export of OpenAI", PROVIDER)

    def read(cells: Cells, where: str) -> None:
        interval = cells.interval("start_time", "end_time")
        export.intervals.append(interval)
        if cells.has("amount_value") or cells.has("line_item"):
            _cost(export, cells, cells, ("amount_value", "amount_currency"), where, interval)

    file.read_into(export, read)
    return export


def read_openai_usage(file: CsvExport) -> Export:
    """What the export of usage states. Raises InputError as `CsvExport.read_into`."""
    export = Export(str(file.path), "usage export of OpenAI", PROVIDER)

    def read(cells: Cells, where: str) -> None:
        interval = cells.interval("start_time", "end_time")
        export.intervals.append(interval)
        if cells.has("model") or cells.has("input_tokens") or cells.has("num_model_requests"):
            _usage(export, cells, where, interval)

    file.read_into(export, read)
    return export


def _cost(export: Export, cells: Cells, money: Cells, names: tuple[str, str], where: str, interval: Interval) -> None:
    value, currency = names
    item = cells.text("line_item")
    model, charge = _of_line_item(item)
    export.amounts.append(
        StatedAmount(
            where,
            interval,
            model,
            Kind.COST,
            money.number(value),
            money.currency(currency),
            charge,
            cells.texts(_SCOPE),
            (_COSTS, *cells.texts(_COST_IDENTITY)),
            kind_of_name(charge),
        )
    )


def _of_line_item(item: str) -> tuple[str, str]:
    """The model, or else the name of another charge, as "web search tool calls".

    A model may have the tier before it and a modality behind it: "priority | gpt-audio audio, output, long context".
    """
    name, *classes = item.rpartition(" | ")[2].split(", ")
    if classes and _TOKEN_CLASS.search(classes[0]):
        return _MODALITY.sub("", name), ""
    is_charge = " " in item.strip() or kind_of_name(item) is ChargeKind.NO_USAGE
    return ("", item) if is_charge else (item, "")


def _usage(export: Export, cells: Cells, where: str, interval: Interval) -> None:
    total, cached = cells.count("input_tokens"), cells.count("input_cached_tokens")
    written = cells.count("input_cache_write_tokens")
    if cached + written > total:
        raise ContradictionError(f"input_tokens is {total:,f}, and {cached + written:,f} of them are of a cache")
    if cells.has("input_uncached_tokens"):
        require_sum("input_tokens", total, (cached, written, cells.count("input_uncached_tokens")))
    tells_cached = cells.has("input_cached_tokens")
    counts = {
        Kind.CALLS: cells.count("num_model_requests"),
        (Kind.INPUT if tells_cached else Kind.ALL_INPUT): total - cached - written,
        Kind.CACHED: cached,
        Kind.CACHE_WRITE: written,
        Kind.OUTPUT: cells.count("output_tokens"),
        Kind.AUDIO_INPUT: cells.count("input_audio_tokens"),
        Kind.AUDIO_OUTPUT: cells.count("output_audio_tokens"),
    }
    told = {kind: amount for kind, amount in counts.items() if amount or kind is Kind.CALLS}
    identity = cells.texts(_USAGE_IDENTITY)
    for kind, amount in told.items():
        export.amounts.append(
            StatedAmount(
                where,
                interval,
                cells.text("model"),
                kind,
                Decimal(amount),
                scope=cells.texts(_SCOPE),
                identity=identity,
            )
        )
