"""Which servers an embedded stack runs: what was asked for, with ports and logins that are kept from run to run."""

import os
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from gatemeter.embedded.clickhouse import EmbeddedClickHouse
from gatemeter.embedded.dashboard_token import dashboard_secret
from gatemeter.embedded.data_dir import DataDir, Remembered, RunningStack
from gatemeter.embedded.http_servers import EmbeddedApi, EmbeddedCollector
from gatemeter.embedded.kafka import EmbeddedKafka
from gatemeter.embedded.ports import choose_port
from gatemeter.kafka.login import KafkaLogin

_KAFKA_USER = "gatemeter"


@dataclass(frozen=True, slots=True)
class StackOptions:
    """What to run. With an address of Kafka or ClickHouse the embedded one is not started."""

    workers: int = 2
    kafka_port: int | None = None
    clickhouse_port: int | None = None
    collector_port: int | None = None
    api_port: int | None = None
    kafka: str | None = None
    """`HOST:PORT` of a broker to use; None: start one."""
    clickhouse_url: str | None = None
    """URL of a ClickHouse server to use; None: start the engine."""
    event_ledger: bool | None = None
    """Whether workers switch the event ledger on or off; None: as the store has it."""
    originals_key: Path | None = None
    """The file with the key of dead letters' originals; None: that of the data directory."""
    keep_originals: bool = True
    """Whether workers keep originals of dead letters, encrypted."""
    collector: bool = False
    """Whether a collector takes events over HTTP."""
    token_file: Path | None = None
    """The tokens that may send to the collector; None: whoever reaches this machine's loopback address."""
    api: bool = False
    """Whether an API answers questions, with the dashboard."""


@dataclass(frozen=True, slots=True)
class Services:
    """The servers to start; None for one that does not run here."""

    clickhouse: EmbeddedClickHouse | None = None
    broker: EmbeddedKafka | None = None
    collector: EmbeddedCollector | None = None
    api: EmbeddedApi | None = None

    def addresses(self, options: StackOptions) -> RunningStack:
        """The addresses of these servers, else of those that `options` name, and this process."""
        return RunningStack(
            pid=os.getpid(),
            kafka=self.broker.address if self.broker else str(options.kafka),
            clickhouse_url=self.clickhouse.url if self.clickhouse else str(options.clickhouse_url),
            reader_url=self.clickhouse.reader_url if self.clickhouse else None,
            analyst_url=self.clickhouse.analyst_url if self.clickhouse else None,
            collector_url=self.collector.url if self.collector else None,
            api_url=self.api.url if self.api else None,
            dashboard_url=self.api.dashboard_url if self.api else None,
        )


def chosen_services(data_dir: DataDir, options: StackOptions) -> Services:
    """The servers that `options` ask for, with ports and logins of the last run where they are still free and valid.

    Raises DataDirError, SettingsError for a port in use, and InputError for a damaged file of tokens.
    """
    chosen = _chosen_ports(options, data_dir.remembered())
    if options.api:
        chosen.dashboard_secret = dashboard_secret(data_dir.token_path, chosen.dashboard_secret)
    data_dir.remember(chosen)
    logs = data_dir.logs_path
    collector, api = chosen.collector_port, chosen.api_port
    return Services(
        clickhouse=None if options.clickhouse_url else _clickhouse(data_dir, chosen),
        broker=None if options.kafka else _broker(data_dir, chosen),
        collector=EmbeddedCollector(collector, logs / "collector.log", options.token_file)
        if options.collector and collector
        else None,
        api=EmbeddedApi(api, logs / "api.log", data_dir.token_path, chosen.dashboard_secret)
        if options.api and api
        else None,
    )


def _clickhouse(data_dir: DataDir, chosen: Remembered) -> EmbeddedClickHouse | None:
    if chosen.clickhouse_port is None:
        return None
    log_path = data_dir.logs_path / "clickhouse.log"
    return EmbeddedClickHouse(
        data_dir.clickhouse_path,
        log_path,
        chosen.clickhouse_port,
        _new_password(),
        chosen.reader_password,
        chosen.analyst_password,
    )


def _broker(data_dir: DataDir, chosen: Remembered) -> EmbeddedKafka | None:
    if chosen.kafka_port is None or chosen.kafka_controller_port is None:
        return None
    login = KafkaLogin(_KAFKA_USER, _new_password())
    log_path = data_dir.logs_path / "kafka.log"
    return EmbeddedKafka(data_dir.kafka_path, log_path, chosen.kafka_port, chosen.kafka_controller_port, login)


def _new_password() -> str:
    """Another one in each run: whoever got to know it cannot use it in the next."""
    return secrets.token_urlsafe(24)


def _chosen_ports(options: StackOptions, last: Remembered) -> Remembered:
    chosen = replace(last)
    if options.clickhouse_url is None:
        chosen.clickhouse_port = choose_port(
            requested=options.clickhouse_port, remembered=last.clickhouse_port, flag="--clickhouse-port"
        )
    if options.kafka is None:
        chosen.kafka_port = choose_port(requested=options.kafka_port, remembered=last.kafka_port, flag="--kafka-port")
        chosen.kafka_controller_port = choose_port(
            requested=None, remembered=last.kafka_controller_port, flag="--kafka-port"
        )
    if options.collector:
        chosen.collector_port = choose_port(
            requested=options.collector_port, remembered=last.collector_port, flag="--collector-port"
        )
    if options.api:
        chosen.api_port = choose_port(requested=options.api_port, remembered=last.api_port, flag="--dashboard-port")
    return chosen
