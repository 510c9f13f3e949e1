"""`gatemeter topics`: create or check the Kafka topics."""

import click

from gatemeter.cli.options.connections import kafka_option, topic_option
from gatemeter.cli.output import ResultForm, form_options, output, say
from gatemeter.cli.suggestions import SuggestingGroup
from gatemeter.kafka.topics import TopicOutcome, apply_topic, list_topics
from gatemeter.wire.topics import ACCESS_LOG_TOPIC, TopicSpec

_MS_PER_DAY = 24 * 3600 * 1000
_DEFAULTS = TopicSpec(ACCESS_LOG_TOPIC)
_COLUMNS = ("topic", "partitions", "replication_factor", "retention_days", "max_message_bytes", "topic_id")


@click.group("topics", cls=SuggestingGroup, short_help="Create or check the Kafka topics.")
def command() -> None:
    """The topics that producers write to and workers read from."""


@command.command("apply")
@kafka_option()
@topic_option("Which topic.")
@click.option(
    "--partitions",
    type=click.IntRange(min=1),
    default=_DEFAULTS.partitions,
    show_default=True,
    envvar="GATEMETER_PARTITIONS",
    help="The unit of scale: at most so many workers share the topic.",
)
@click.option(
    "--replication-factor",
    type=click.IntRange(1, 32767),
    default=_DEFAULTS.replication_factor,
    show_default=True,
    envvar="GATEMETER_REPLICATION_FACTOR",
    help="On how many brokers each event is stored.",
)
@click.option(
    "--retention-days",
    type=click.IntRange(min=1),
    default=_DEFAULTS.retention_ms // _MS_PER_DAY,
    show_default=True,
    envvar="GATEMETER_RETENTION_DAYS",
    help="How long events are kept.",
)
def apply(kafka: str, topic: str, partitions: int, replication_factor: int, retention_days: int) -> None:
    """Create the topic, or bring it into line; run again, it changes nothing."""
    spec = TopicSpec(
        topic,
        partitions=partitions,
        replication_factor=replication_factor,
        retention_ms=retention_days * _MS_PER_DAY,
    )
    outcome = apply_topic(kafka, spec)
    say(f"topic {topic}: {outcome.status}", err=False)
    _explain(outcome)


@command.command("list")
@kafka_option()
@form_options
def list_command(kafka: str, *, form: ResultForm) -> None:
    """List all topics of the cluster but Kafka's own."""
    records = [
        {
            "topic": state.name,
            "partitions": state.partitions,
            "replication_factor": state.replication_factor,
            "retention_days": round(int(state.settings["retention.ms"]) / _MS_PER_DAY, 2),
            "max_message_bytes": int(state.settings["max.message.bytes"]),
            "topic_id": state.topic_id,
        }
        for state in list_topics(kafka)
    ]
    output(records, _COLUMNS, form)


def _explain(outcome: TopicOutcome) -> None:
    for change in outcome.changes:
        say(f"changed: {change}")
    for difference in outcome.differences:
        say(f"not changed: {difference}")
