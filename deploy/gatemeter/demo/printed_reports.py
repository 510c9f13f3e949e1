"""The reports that a demonstration prints: what was used and cost first, then how fast it was."""

from collections.abc import Sequence
from typing import TextIO

from clickhouse_connect.driver.client import Client

from gatemeter.clock import Clock
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import OutputFormat, Record, json_text, write_records
from gatemeter.output.text import table_width
from gatemeter.pricing.book_files import price_table
from gatemeter.reports.billable import BILLABLE_TABLE, BillableParameters, BillableRow, billable_report
from gatemeter.reports.currency import cost_currency
from gatemeter.reports.latency import LatencyParameters, latency_report
from gatemeter.reports.license import LicenseParameters, license_report, monthly_buckets
from gatemeter.reports.llm import LlmGroup, LlmParameters, LlmRow, llm_report
from gatemeter.reports.tools import ToolsGroup, ToolsParameters, ToolsRow, tools_report


def print_reports(client: Client, clock: Clock, stream: TextIO) -> None:
    """Write all reports to `stream`, as wide as it is. Raises as `fetch` does."""
    billable = [row.model_dump() for row in billable_report(client, BillableParameters())]
    _print("Billable requests per consumer and month", billable, list(BillableRow.model_fields), BILLABLE_TABLE, stream)

    llm = LlmParameters(by=(LlmGroup.PROVIDER, LlmGroup.OUTCOME))
    llm_records = [row.record(llm.by) for row in llm_report(client, llm)]
    currency = cost_currency(client, llm, [price_table(())])
    title = "Calls to language models by provider and outcome"
    _print(title, llm_records, LlmRow.columns(llm.by), llm.table(currency), stream)

    tools = ToolsParameters(by=(ToolsGroup.KIND, ToolsGroup.METHOD))
    tools_records = [row.record(tools.by) for row in tools_report(client, tools)]
    _print(
        "Calls of tools and agents by kind and method", tools_records, ToolsRow.columns(tools.by), tools.table, stream
    )

    latency = LatencyParameters()
    latency_records = [latency.record(row) for row in latency_report(client, latency)]
    _print("Latency by service, in milliseconds", latency_records, latency.columns, latency.table, stream)

    stream.write("License report\n")
    stream.write(json_text(license_report(monthly_buckets(client, LicenseParameters()), clock)))


def _print(title: str, records: Sequence[Record], columns: Sequence[str], layout: TableLayout, stream: TextIO) -> None:
    stream.write(f"{title}\n")
    write_records(records, columns, OutputFormat.TABLE, stream, layout=layout, width=table_width(stream))
    stream.write("\n")
