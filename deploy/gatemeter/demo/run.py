"""The demonstration: traffic made, shipped, counted by two workers, compared with the truth, and shown."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clickhouse_connect.driver.client import Client
from rich.console import Console

from gatemeter.clock import Clock
from gatemeter.demo.summary import Speed, summary_lines
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
from gatemeter.output.text import table_width
from gatemeter.progress import report_progress
from gatemeter.reports.event_accounting import event_account
from gatemeter.shipping.shipper import Shipper
from gatemeter.top.reading import consumed_events
from gatemeter.wire.frames import FrameLimits
from gatemeter.wire.topics import ACCESS_LOG_TOPIC
from gatemeter.wiring.servers import prepare_clickhouse, prepare_topics
from gatemeter.wiring.store import open_store

_WORKERS = 2
_STANDSTILL_S = 120.0
"""If no event was counted for so long, something is wrong; on a busy machine all of them may take any time."""
_POLL_S = 0.5


@dataclass(slots=True)
class Demo:
    """One run on an empty data directory; with `is_kept` the servers and the dashboard stay until they are stopped."""

    data_dir: DataDir
    plan: TrafficPlan
    clock: Clock
    is_kept: bool = False
    _seconds: dict[str, float] = field(default_factory=dict, init=False)

    def run(self) -> None:
        """Do it all; results on stdout, what happens meanwhile on stderr."""
        with self._timed("generate_s"):
            log_path = self._generate()
        _say(f"Starting Kafka, ClickHouse and {_WORKERS} workers ...")
        started_s = self.clock.monotonic_s()
        with EmbeddedStack(
            self.data_dir,
            StackOptions(_WORKERS, api=self.is_kept),
            migrate=prepare_clickhouse,
            create_topics=prepare_topics,
        ) as stack:
            self._seconds["start_s"] = self.clock.monotonic_s() - started_s
            _say("They are up.")
            with self._timed("count_s"):
                with self._timed("ship_s"):
                    self._ship(log_path, stack.addresses.kafka)
                self._wait_until_counted()
            with open_store(self.data_dir.path, None) as client:
                self._show(client, log_path)
            if self.is_kept:
                self._keep(stack)
        if not self.is_kept:
            sys.stdout.write(f"dashboard    gatemeter serve --data {self.data_dir.path} (--keep leaves it up)\n")

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        started_s = self.clock.monotonic_s()
        yield
        self._seconds[step] = self.clock.monotonic_s() - started_s

    def _generate(self) -> Path:
        # A million lines as they are take 1.8 GB.
        log_path = self.data_dir.path / "access.log.zst"
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
        consumed, progressed_s = 0, self.clock.monotonic_s()
        with (
            open_store(self.data_dir.path, None) as client,
            report_progress("counting", self.plan.events) as progress,
        ):
            while (now := consumed_events(client)["consumed"]) < self.plan.events:
                if now > consumed:
                    consumed, progressed_s = now, self.clock.monotonic_s()
                progress.update(consumed, consumed)
                if self.clock.monotonic_s() - progressed_s > _STANDSTILL_S:
                    raise StopError(
                        f"the workers have counted {consumed:,} of {self.plan.events:,} events, and none for "
                        f"{_STANDSTILL_S:.0f} s",
                        do=f"see what they say in {self.data_dir.logs_path}",
                    )
                time.sleep(_POLL_S)

    def _show(self, client: Client, log_path: Path) -> None:
        account = event_account(client)
        with self._timed("compare_s"):
            compared = require_truth(client, account, truth_path(log_path))
        sys.stdout.write(f"A month of a gateway's traffic, {self.plan.month}, from its log to the numbers:\n")
        width = table_width(sys.stdout)
        for line in summary_lines(client, account, compared, Speed(**self._seconds), width):
            sys.stdout.write(f"{line}\n")
        sys.stdout.write(f"try next     gatemeter report billable --period day --chart --data {self.data_dir.path}\n")
        sys.stdout.flush()

    def _keep(self, stack: EmbeddedStack) -> None:
        sys.stdout.write(f"Dashboard: {stack.addresses.dashboard_url}\n")
        sys.stdout.flush()
        _say("Ctrl-C stops everything; the data stay.")
        try:
            stack.wait()
        except KeyboardInterrupt:
            _say("Stopping ...")


def _say(text: str) -> None:
    Console(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)
