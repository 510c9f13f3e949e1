"""Compares the reports of a demo with the truth file that the generator wrote beside the traffic."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.errors import StopError
from gatemeter.metrics.answer import answer
from gatemeter.metrics.metrics_query import MetricsQuery
from gatemeter.reports.billable import BillableParameters, billable_report
from gatemeter.reports.event_accounting import EventAccount
from gatemeter.reports.latency import LatencyGroup, LatencyParameters, latency_report
from gatemeter.reports.llm import DEFAULT_LLM_GROUPS, LlmParameters, llm_report
from gatemeter.reports.period import Period, TimeSpan
from gatemeter.reports.tools import DEFAULT_TOOLS_GROUPS, ToolsParameters, tools_report

_PERCENTILE_ERROR = 0.01
_ROUNDING_MS = 1e-6
_BILLED = ("period", "consumer_id", "requests")

Record = Mapping[str, Any]


def require_truth(client: Client, totals: EventAccount, truth_file: Path) -> int:
    """Compare totals, bills, queries, latencies, models and tools, and return how many numbers were compared.

    Percentiles may differ by 1 %, everything else must be equal. Raises StopError at the first difference.
    """
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    found = totals.model_dump()
    expected = {name: truth[name] for name in found if name in truth} | {"holds": True, "rows_agree": True}
    compared = _compare(found, expected, "conservation")
    everything = TimeSpan.parse(None, None)
    for period in (Period.MONTH, Period.DAY):
        rows = [row.model_dump() for row in billable_report(client, BillableParameters(period, everything))]
        compared += _compare_rows(rows, truth["billable"][period.value], ("period", "consumer_id"))
    compared += _compare_queries(client, truth)
    for group in LatencyGroup:
        parameters = LatencyParameters(by=(group,), span=everything)
        rows = [parameters.record(row) for row in latency_report(client, parameters)]
        compared += _compare_rows(rows, truth["latency"][group.value], (group.value, "latency"))
    llm = [row.record(DEFAULT_LLM_GROUPS) for row in llm_report(client, LlmParameters())]
    compared += _compare_rows(llm, truth["llm"], ("period", *map(str, DEFAULT_LLM_GROUPS)))
    tools = [row.record(DEFAULT_TOOLS_GROUPS) for row in tools_report(client, ToolsParameters())]
    return compared + _compare_rows(tools, truth["tools"], ("period", *map(str, DEFAULT_TOOLS_GROUPS)))


def _compare_queries(client: Client, truth: Mapping[str, Any]) -> int:
    """What the query engine tells by consumer and month: the lines of a demo are its answers."""
    query = MetricsQuery(metrics=["request_count"], by=["consumer"])
    found = (
        {**row, "consumer_id": row["consumer"], "requests": row["request_count"]} for row in answer(client, query).rows
    )
    expected = ({name: row[name] for name in _BILLED} for row in truth["billable"][Period.MONTH.value])
    return _compare_rows(found, expected, ("period", "consumer_id"))


def _compare_rows(found: Iterable[Record], truth: Iterable[Record], key: tuple[str, ...]) -> int:
    found_by_key = {tuple(row[name] for name in key): row for row in found}
    truth_by_key = {tuple(row[name] for name in key): row for row in truth}
    if found_by_key.keys() != truth_by_key.keys():
        raise _different("rows", found_by_key.keys() ^ truth_by_key.keys(), "none", "/".join(key))
    return sum(_compare(found_by_key[each], row, " ".join(each)) for each, row in truth_by_key.items())


def _compare(found: Record, truth: Record, where: str) -> int:
    for name, expected in truth.items():
        if not _equal(name, found[name], expected):
            raise _different(name, found[name], expected, where)
    return len(truth)


def _equal(name: str, found: Any, expected: Any) -> bool:
    if not name.endswith("_ms") or found is None or expected is None:
        return bool(found == expected)
    allowed = _PERCENTILE_ERROR * expected if name.startswith("p") else 0.0
    return bool(abs(found - expected) <= allowed + _ROUNDING_MS)


def _different(name: str, found: object, expected: object, where: str) -> StopError:
    return StopError(
        f"the reports are not the truth: {name} is {found}, must be {expected}",
        where=where,
        do="please report this with the seed and the data directory",
    )
