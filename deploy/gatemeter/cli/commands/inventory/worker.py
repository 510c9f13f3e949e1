"""`gatemeter inventory worker` and `replay`: from the topic of the inventory to ClickHouse."""

from pathlib import Path

import click

from gatemeter.cli.options.connections import kafka_option, store_options
from gatemeter.cli.options.destination import inventory_topic_option
from gatemeter.cli.output import say
from gatemeter.cli.settings_file import TableOnlyOption
from gatemeter.embedded.end_signals import end_requested
from gatemeter.inventory.taking import Taken
from gatemeter.output.text import count_of
from gatemeter.wiring.inventory import GROUP, opened_server, replay_inventory, take_inventory
from gatemeter.wiring.store import open_store


@click.command("worker", short_help="Run a worker: from Kafka to ClickHouse.")
@kafka_option()
@inventory_topic_option
@click.option(
    "--clickhouse",
    metavar="URL",
    required=True,
    envvar="GATEMETER_CLICKHOUSE",
    help="Server: http(s)://USER:PASSWORD@HOST:PORT/DATABASE.",
)
@click.option("--group", cls=TableOnlyOption, default=GROUP, show_default=True, help="Who reads; keeps how far.")
@click.option("--once", is_flag=True, help="End where the topic ends now.")
def worker_command(kafka: str, topic: str, clickhouse: str, group: str, *, once: bool) -> None:
    """Store snapshots from the topic of the inventory, until SIGTERM or Ctrl-C.

    A snapshot is stored once all of it is there, and a message that was stored twice changes nothing. One worker is
    enough; gatemeter up runs one by itself. A message that cannot be taken becomes a dead letter (gatemeter inventory
    replay), and is named on stderr.
    """
    with opened_server(clickhouse) as client, end_requested() as is_stopping:
        taken = take_inventory(client, kafka, topic, group, is_stopping=is_stopping, once=once)
    say(_sentence(taken), err=False)


@click.command("replay", short_help="Take messages again that could not be taken.")
@kafka_option()
@inventory_topic_option
@store_options
def replay_command(kafka: str, topic: str, data: Path | None, clickhouse: str | None) -> None:
    """Take the whole topic of the inventory again, for a version that reads more than the one before.

    What is stored already stays as it is. Dead letters whose messages could be taken now are gone.
    """
    with open_store(data, clickhouse, create=True) as client:
        taken = replay_inventory(client, kafka, topic)
    say(_sentence(taken), err=False)


def _sentence(taken: Taken) -> str:
    return (
        f"{count_of(taken.messages, 'message')}: {count_of(len(taken.snapshots), 'snapshot')}, "
        f"{count_of(len(taken.dead_letters), 'dead letter')}"
    )
