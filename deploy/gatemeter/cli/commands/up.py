"""`gatemeter up`: the embedded stack in the foreground, until Ctrl-C."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gatemeter.cli.options.metering import event_ledger_option, meters_in, meters_option
from gatemeter.cli.options.originals import keep_originals_option, key_file_option
from gatemeter.embedded.data_dir import DataDir, RunningStack
from gatemeter.embedded.end_signals import interrupt_once

if TYPE_CHECKING:
    from gatemeter.embedded.services import StackOptions

_PORT = click.IntRange(1, 65535)


@click.command("up")
@click.option(
    "--data",
    type=click.Path(readable=False, path_type=Path),
    required=True,
    envvar="GATEMETER_DATA",
    help="Directory for all data; made if it is not there.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=0),
    default=2,
    show_default=True,
    envvar="GATEMETER_WORKERS",
    help="How many worker processes to run.",
)
@click.option("--kafka-port", type=_PORT, envvar="GATEMETER_KAFKA_PORT", help="Kafka's port (default: any free one).")
@click.option(
    "--clickhouse-port",
    type=_PORT,
    envvar="GATEMETER_CLICKHOUSE_PORT",
    help="ClickHouse's HTTP port (default: any free one).",
)
@click.option(
    "--collector-port",
    type=_PORT,
    envvar="GATEMETER_UP_COLLECTOR_PORT",
    help="The collector's port (default: any free one).",
)
@click.option(
    "--collector/--no-collector",
    default=True,
    show_default=True,
    envvar="GATEMETER_UP_COLLECTOR",
    help="Take events over HTTP.",
)
@click.option(
    "--dashboard-port",
    type=_PORT,
    envvar="GATEMETER_UP_DASHBOARD_PORT",
    help="The dashboard's and the API's port (default: any free one).",
)
@click.option(
    "--dashboard/--no-dashboard",
    default=True,
    show_default=True,
    envvar="GATEMETER_UP_DASHBOARD",
    help="Show the numbers in a browser, and answer questions over HTTP.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="GATEMETER_TOKEN_FILE",
    help="Tokens that may send to the collector. Without it all programs of this machine may.",
)
@click.option("--kafka", envvar="GATEMETER_KAFKA", help="HOST:PORT of a broker to use instead of starting one.")
@click.option(
    "--clickhouse", envvar="GATEMETER_CLICKHOUSE", help="URL of a ClickHouse server to use instead of starting one."
)
@meters_option
@event_ledger_option
@key_file_option
@keep_originals_option
def command(
    data: Path,
    workers: int,
    kafka_port: int | None,
    clickhouse_port: int | None,
    collector_port: int | None,
    dashboard_port: int | None,
    kafka: str | None,
    clickhouse: str | None,
    *,
    collector: bool,
    dashboard: bool,
    token_file: Path | None,
    meters: tuple[Path, ...],
    event_ledger: bool | None,
    originals_key: Path | None,
    keep_originals: bool | None,
) -> int:
    """Run Kafka, ClickHouse, workers, a collector and a dashboard on one data directory until Ctrl-C.

    Prints the addresses to use, one a line. Started again on the same directory it goes on where it ended.
    """
    from gatemeter.embedded.services import StackOptions

    _hand_down_settings()
    _hand_down_meters(meters)
    options = StackOptions(
        workers,
        kafka_port,
        clickhouse_port,
        collector_port,
        dashboard_port,
        kafka or None,
        clickhouse or None,
        event_ledger=event_ledger,
        originals_key=originals_key,
        keep_originals=keep_originals is not False,
        collector=collector,
        token_file=token_file,
        api=dashboard,
    )
    with interrupt_once():
        try:
            _run(DataDir(data), options)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
    return 0


def _hand_down_settings() -> None:
    """The workers read the settings file that was named to us."""
    config = click.get_current_context().find_root().params.get("config")
    if config is not None:
        os.environ["GATEMETER_CONFIG"] = str(Path(config).absolute())


def _hand_down_meters(paths: Sequence[Path]) -> None:
    """The workers count by the meters that were named to us. Raises as `meters_in`: a worker would only end again."""
    meters_in(paths)
    if paths:
        os.environ["GATEMETER_METERS"] = os.pathsep.join(str(path.absolute()) for path in paths)


def _readable(addresses: RunningStack) -> str:
    """The address for people: with the read-only login, or without the password of a server that they named."""
    from gatemeter.clickhouse.connection import ClickHouseAddress

    return addresses.reader_url or str(ClickHouseAddress.parse(addresses.clickhouse_url))


def _run(data_dir: DataDir, options: "StackOptions") -> None:
    from gatemeter.collector.urls import urls_to_paste
    from gatemeter.embedded.stack import EmbeddedStack
    from gatemeter.wiring.inventory import taking_inventory
    from gatemeter.wiring.servers import prepare_clickhouse, prepare_topics
    from gatemeter.wiring.settling_loop import settling

    with EmbeddedStack(data_dir, options, migrate=prepare_clickhouse, create_topics=prepare_topics) as stack:
        click.echo(f"Kafka: {stack.addresses.kafka}")
        click.echo(f"ClickHouse: {_readable(stack.addresses)}")
        if stack.addresses.collector_url:
            click.echo(f"Collector: {stack.addresses.collector_url}")
            click.echo(f"What to give a gateway:\n{urls_to_paste(stack.addresses.collector_url)}", err=True)
        if stack.addresses.dashboard_url:
            click.echo(f"Dashboard: {stack.addresses.dashboard_url}")
        if stack.addresses.analyst_url:
            click.echo(f"SQL: {stack.addresses.analyst_url}")
        if data_dir.client_file_path.exists():
            click.echo(f"Kafka's login, for clients other than gatemeter: {data_dir.client_file_path}", err=True)
        click.echo(
            f"Ready: {options.workers} workers, data and logs in {data_dir.path}. Ctrl-C stops everything.", err=True
        )
        click.echo(f"What was counted: gatemeter report billable --data {data_dir.path}", err=True)
        try:
            addresses = stack.addresses
            with (
                settling(addresses.clickhouse_url, lambda text: click.echo(text, err=True)),
                taking_inventory(addresses.kafka, addresses.clickhouse_url, lambda text: click.echo(text, err=True)),
            ):
                stack.wait()
        finally:
            click.echo("Stopping ...", err=True)
