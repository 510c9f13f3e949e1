"""`gatemeter relay`: a topic of single events into a topic of frames."""

import dataclasses
from contextlib import closing

import click

from gatemeter.cli.options.connections import kafka_option
from gatemeter.cli.options.metering import mapping_option
from gatemeter.cli.options.slimming import slimming_options
from gatemeter.clock import SystemClock
from gatemeter.embedded.end_signals import end_requested
from gatemeter.errors import SettingsError
from gatemeter.formats.event_lines import EventSplitter
from gatemeter.kafka.source_topic import SourceTopic
from gatemeter.kafka.topics import topic_id
from gatemeter.kafka.transactions import TransactionalProducer
from gatemeter.output.records import json_text
from gatemeter.shipping.relay import Relay, TransactionLimits
from gatemeter.shipping.repacker import Repacker
from gatemeter.shipping.slim_line import SlimLine
from gatemeter.wire.frames import FrameLimits


@click.command("relay", short_help="Re-pack and re-key a topic of single events.")
@click.option(
    "--from", "source", required=True, metavar="TOPIC", help="The topic to read: an event a message, or more."
)
@click.option("--to", "target", required=True, metavar="TOPIC", help="The topic to write, which workers count.")
@kafka_option()
@click.option("--group", metavar="NAME", help="Who reads; keeps how far. Default: gatemeter-relay.FROM.TO.")
@click.option("--once", is_flag=True, help="End where the topic ends now.")
@mapping_option
@slimming_options
@click.option("--json", is_flag=True, help="The summary as JSON.")
def command(source: str, target: str, kafka: str, group: str | None, *, once: bool, json: bool, slim: SlimLine) -> None:
    """Pack the events of a topic into frames, and put each into the partition of its consumer.

    For topics that a gateway or a shipper writes an event a message, often without a key: copies that lie in different
    partitions meet in one, where a worker finds them. Every event arrives exactly once, whatever crashes.

    Of an event what is metered is written, without headers, query strings, bodies and addresses.

    Runs until SIGTERM or Ctrl-C. Run one relay a group: another one takes its place.
    """
    if source == target:
        raise SettingsError("the topic to read is the one to write", where="--to", do="name another topic")
    name = group or f"gatemeter-relay.{source}.{target}"
    clock, read_id = SystemClock(), topic_id(kafka, source)
    with (
        closing(TransactionalProducer(kafka, target, name, clock=clock)) as producer,
        closing(SourceTopic(kafka, source, read_id, name, clock=clock)) as consumer,
    ):
        consumer.start()
        limits = FrameLimits()
        repacker = Repacker(read_id, producer.partitions, EventSplitter(), limits=limits, clock=clock, slim=slim)
        relay = Relay(consumer, producer, repacker, limits=TransactionLimits(), clock=clock)
        with end_requested() as is_stopping:
            relay.run(ends=consumer.ends() if once else None, is_stopping=is_stopping)
    click.echo(json_text(dataclasses.asdict(relay.summary)) if json else relay.summary.sentence(), nl=not json)
