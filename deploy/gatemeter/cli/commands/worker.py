"""`gatemeter worker`: one worker process, from Kafka to ClickHouse."""

from typing import Any

import click
from pydantic import ValidationError

from gatemeter.cli.options.metering import kind_option, metering_options
from gatemeter.errors import SettingsError
from gatemeter.metering.ruleset import Metering
from gatemeter.wire.topics import ACCESS_LOG_TOPIC
from gatemeter.worker.settings import FirstStart, WorkerSettings

_DEFAULTS = {name: field.default for name, field in WorkerSettings.model_fields.items()}


@click.command("worker", short_help="Run one worker: from Kafka to ClickHouse.")
@click.option("--kafka", required=True, metavar="HOST:PORT", envvar="GATEMETER_KAFKA", help="The Kafka brokers.")
@click.option("--clickhouse", required=True, metavar="URL", envvar="GATEMETER_CLICKHOUSE", help="The server to fill.")
@click.option("--topic", default=ACCESS_LOG_TOPIC, show_default=True, envvar="GATEMETER_TOPIC", help="What to read.")
@click.option("--group", default=_DEFAULTS["group"], show_default=True, envvar="GATEMETER_GROUP", help="Kafka group.")
@kind_option
@click.option(
    "--start",
    type=click.Choice([start.value for start in FirstStart]),
    default=FirstStart.EARLIEST.value,
    show_default=True,
    envvar="GATEMETER_START",
    help="Where a group begins that has counted nothing of the topic yet.",
)
@click.option("--epoch-size", type=int, envvar="GATEMETER_EPOCH_SIZE", help="Offsets an epoch [default: by --kind].")
@click.option(
    "--flush-interval-s",
    type=float,
    default=_DEFAULTS["flush_interval_s"],
    show_default=True,
    envvar="GATEMETER_FLUSH_INTERVAL_S",
    help="How often changed rows are written.",
)
@click.option(
    "--flush-rows",
    type=int,
    default=_DEFAULTS["flush_rows"],
    show_default=True,
    envvar="GATEMETER_FLUSH_ROWS",
    help="Changed rows that may wait before reading stops.",
)
@click.option(
    "--commit-interval-s",
    type=float,
    default=_DEFAULTS["commit_interval_s"],
    show_default=True,
    envvar="GATEMETER_COMMIT_INTERVAL_S",
    help="How often offsets are committed.",
)
@click.option(
    "--session-timeout-s",
    type=float,
    default=_DEFAULTS["session_timeout_s"],
    show_default=True,
    envvar="GATEMETER_SESSION_TIMEOUT_S",
    help="After how long a silent worker's partitions go to another.",
)
@click.option(
    "--stall-timeout-s",
    type=float,
    default=_DEFAULTS["stall_timeout_s"],
    show_default=True,
    envvar="GATEMETER_STALL_TIMEOUT_S",
    help="After how long a worker ends that does nothing though messages wait.",
)
@click.option(
    "--health-host",
    default=_DEFAULTS["health_host"],
    show_default=True,
    envvar="GATEMETER_HEALTH_HOST",
    help="The address to serve health and metrics on.",
)
@click.option(
    "--health-port",
    type=int,
    envvar="GATEMETER_HEALTH_PORT",
    help="The port for /healthz, /readyz and /metrics; 0 takes a free one [default: none is served].",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    envvar="GATEMETER_LOG_LEVEL",
    help="How much is logged, to stderr.",
)
@metering_options
def command(clickhouse: str, log_level: str, metering: Metering, **options: Any) -> int:
    """Count a topic's access-log events into ClickHouse until SIGTERM or Ctrl-C.

    Start as many as the topic has partitions; they share the work. Offsets are committed only after ClickHouse has
    acknowledged what they stand for.
    """
    from gatemeter.kafka.topics import topic_id
    from gatemeter.monitoring.http_server import check_address
    from gatemeter.wiring.pipeline import open_sink
    from gatemeter.worker.run import run_worker

    settings = _settings(options)
    if settings.health_port is not None:
        check_address(settings.health_host, settings.health_port)
    sink = open_sink(clickhouse)
    try:
        return run_worker(settings, topic_id(settings.kafka, settings.topic), sink, metering, log_level=log_level)
    finally:
        sink.close()


def _settings(options: dict[str, Any]) -> WorkerSettings:
    try:
        return WorkerSettings(**options)
    except ValidationError as error:
        wrong = [f"--{str(item['loc'][0]).replace('_', '-')}: {item['msg'].lower()}" for item in error.errors()]
        raise SettingsError("; ".join(wrong)) from error
