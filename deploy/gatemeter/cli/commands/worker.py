"""`gatemeter worker`: one worker process, from Kafka to ClickHouse."""

import click

from gatemeter.cli.options.metering import for_store, metering_options
from gatemeter.cli.options.originals import say_if_not_kept, sealing_options
from gatemeter.cli.options.settings import settings_options
from gatemeter.metering.ruleset import Metering
from gatemeter.worker.settings import WorkerSettings


@click.command("worker", short_help="Run one worker: from Kafka to ClickHouse.")
@click.option("--clickhouse", required=True, metavar="URL", envvar="GATEMETER_CLICKHOUSE", help="The server to fill.")
@settings_options(WorkerSettings)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    envvar="GATEMETER_LOG_LEVEL",
    help="How much is logged, to stderr.",
)
@metering_options
@sealing_options
def command(
    clickhouse: str, log_level: str, metering: Metering, settings: WorkerSettings, *, event_ledger: bool | None
) -> int:
    """Count a topic's access-log events into ClickHouse until SIGTERM or Ctrl-C.

    Start as many as the topic has partitions; they share the work. Offsets are committed only after ClickHouse has
    acknowledged what they stand for.
    """
    from gatemeter.kafka.topics import describe_topic, require_not_compacted
    from gatemeter.monitoring.http_server import check_address
    from gatemeter.wiring.servers import open_worker_sink, two_paths_of_a_day
    from gatemeter.worker.run import run_worker

    if settings.health_port is not None:
        check_address(settings.health_host, settings.health_port)
    sink, state, minutes = open_worker_sink(clickhouse, event_ledger)
    metering = for_store(metering, state, minutes)
    try:
        topic = describe_topic(settings.kafka, settings.topic)
        if not settings.allow_compacted:
            require_not_compacted(topic)
        say_if_not_kept(metering)
        return run_worker(
            settings,
            topic.topic_id,
            sink,
            metering,
            log_level=log_level,
            find_two_paths=lambda: two_paths_of_a_day(clickhouse),
        )
    finally:
        sink.close()
