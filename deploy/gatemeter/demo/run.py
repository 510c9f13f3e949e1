"""The demonstration: traffic made, shipped, counted by two workers, reported, and compared with the truth."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from clickhouse_connect.driver.client import Client
from rich.console import Console

from gatemeter.clock import Clock
from gatemeter.demo.truth import require_truth
from gatemeter.embedded.data_dir import DataDir
from gatemeter.embedded.services import StackOptions
from gatemeter.embedded.stack import EmbeddedStack
from gatemeter.errors import StopError
from gatemeter.events.access_event import TimeRange
from gatemeter.formats.event_counter import EventCounter
from gatemeter.formats.slimming.slimmer import Slimmer
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import truth_path, write_traffic
from gatemeter.kafka.producer import KafkaProducer
from gatemeter.logfiles.lines import read_line_batches
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.output.layout import TableLayout
from gatemeter.output.records import OutputFormat, Record, json_text, write_records
from gatemeter.output.text import table_width
from gatemeter.pricing.book_files import price_table
from gatemeter.progress import report_progress
from gatemeter.reports.billable import BILLABLE_TABLE, BillableParameters, BillableRow, billable_report
from gatemeter.reports.currency import cost_currency
from gatemeter.reports.event_accounting import EventAccount, event_account
from gatemeter.reports.latency import LatencyParameters, latency_report
from gatemeter.reports.license import LicenseParameters, license_report, monthly_buckets
from gatemeter.reports.llm import LlmGroup, LlmParameters, LlmRow, llm_report
from gatemeter.reports.tools import ToolsGroup, ToolsParameters, ToolsRow, tools_report
from gatemeter.shipping.shipper import Shipper
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.topics import ACCESS_LOG_TOPIC
from gatemeter.wiring.servers import prepare_clickhouse, prepare_topics
from gatemeter.wiring.store import open_store

_WORKERS = 2
_COUNT_TIMEOUT_S = 300.0
_POLL_S = 0.5


@dataclass(slots=True)
class Demo:
    """One run on an empty data directory."""

    data_dir: DataDir
    plan: TrafficPlan
    clock: Clock

    def run(self) -> None:
        """Do it all; results on stdout, what happens meanwhile on stderr."""
        log_path = self._generate()
        _say(f"Starting Kafka, ClickHouse and {_WORKERS} workers ...")
        with EmbeddedStack(
            self.data_dir, StackOptions(_WORKERS), migrate=prepare_clickhouse, create_topics=prepare_topics
        ) as stack:
            _say("They are up.")
            started_s = self.clock.monotonic_s()
            self._ship(log_path, stack.addresses.kafka)
            self._wait_until_counted()
            seconds = self.clock.monotonic_s() - started_s
        with open_store(self.data_dir.path, None) as client:
            totals = event_account(client)
            _print_reports(client, self.clock, sys.stdout)
            compared = require_truth(client, totals, truth_path(log_path))
        self._print_summary(totals, seconds, compared)

    def _generate(self) -> Path:
        log_path = self.data_dir.path / "access.log"
        self.data_dir.create()
        with report_progress("generating", self.plan.events) as progress:
            for written in write_traffic(self.plan, log_path):
                progress.update(written, written)
        _say(f"Made {self.plan.events:,} lines of gateway log for {self.plan.month}: {log_path}")
        return log_path

    def _ship(self, log_path: Path, kafka: str) -> None:
        slim = Slimmer(RULESET_VERSION)
        producer = KafkaProducer(kafka, ACCESS_LOG_TOPIC, slimmed=slim.name)
        try:
            shipper = Shipper(
                producer,
                count_events=EventCounter(TimeRange()).count,
                limits=FrameLimits(),
                clock=self.clock,
                slim=slim,
            )
            with report_progress("shipping", self.plan.events) as progress:
                for _ in shipper.ship(read_line_batches(log_path)):
                    progress.update(shipper.lines, shipper.lines)
            summary = shipper.finish()
        finally:
            producer.close()
        _say(f"Sent to Kafka: {summary.sentence()}")

    def _wait_until_counted(self) -> None:
        consumed = 0
        started_s = self.clock.monotonic_s()
        with (
            open_store(self.data_dir.path, None) as client,
            report_progress("counting", self.plan.events) as progress,
        ):
            while (consumed := event_account(client).consumed) < self.plan.events:
                progress.update(consumed, consumed)
                if self.clock.monotonic_s() - started_s > _COUNT_TIMEOUT_S:
                    raise StopError(
                        f"the workers have counted {consumed:,} of {self.plan.events:,} events in "
                        f"{_COUNT_TIMEOUT_S:.0f} s",
                        do=f"see what they say in {self.data_dir.logs_path}",
                    )
                time.sleep(_POLL_S)

    def _print_summary(self, totals: EventAccount, seconds: float, compared: int) -> None:
        sys.stdout.write(f"\nEvery event is accounted for: {totals.sentence()}\n")
        sys.stdout.write(
            f"Log file -> Kafka -> {_WORKERS} workers -> ClickHouse: {totals.consumed:,} events in {seconds:.1f} s, "
            f"{totals.consumed / seconds:,.0f}/s\n"
            f"Compared with the truth about this traffic: {compared:,} numbers, all as they must be "
            "(percentiles within 1 %)\n"
            f"Data: {self.data_dir.path}; read on with: gatemeter report billable --period day "
            f"--data {self.data_dir.path}\n"
        )


def _print_reports(client: Client, clock: Clock, stream: TextIO) -> None:
    """Write all reports to `stream`, as wide as it is: what was used and cost first, then how fast it was."""
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


def _say(text: str) -> None:
    Console(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)
