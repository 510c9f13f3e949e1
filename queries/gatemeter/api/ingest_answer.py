"""How counting goes: the account of every event, dead letters by reason, how fresh and how proven the numbers are."""

from collections.abc import Callable
from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field

from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.store_settings import StoredVerification, last_verification
from gatemeter.errors import KafkaUnavailable
from gatemeter.losses.remembered import RememberedCount, remembered_counts
from gatemeter.reports.event_accounting import EventAccount, event_account
from gatemeter.reports.topic_lag import TopicLag

_MOST_PARTITIONS = 500
_EXAMPLE_LENGTH = 300


class _Answered(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CountedPartition(_Answered):
    """How far a partition of a topic, or a file, was counted."""

    topic: str
    log: str
    partition: int
    next_offset: int
    counted_at: str | None
    counted: int
    duplicates: int
    dead_letters: int


class DeadLetterReason(_Answered):
    """How many dead letters have a reason, and one of them."""

    reason: str
    count: int
    detail: str
    topic: str
    place: str
    example: str = Field(description="What of it is kept in clear; values are masked.")


class LastVerification(_Answered):
    """What `gatemeter verify` found last."""

    verified_at: str
    holds: bool
    differences: int
    events: int


class LagOfPartition(_Answered):
    """How many messages of a partition are not stored yet; null where nothing is known of its counting."""

    partition: int
    messages: int | None


class IngestLag(_Answered):
    """How many messages of a topic are not stored yet; null where it is not known, for the reason given."""

    topic: str
    messages: int | None
    partitions: list[LagOfPartition]
    unknown_because: str | None


OpenLag = Callable[[], TopicLag | None]
"""Asked each time, for a broker may be started later. Raises GatemeterError."""


def no_lag() -> TopicLag | None:
    """Of an API that was not told of a Kafka."""
    return None


class IngestAnswer(_Answered):
    """The answer of `GET /api/v1/ingest`. Times are UTC; null where nothing is known."""

    account: EventAccount
    dead_letters: list[DeadLetterReason]
    partitions: list[CountedPartition] = Field(description=f"At most {_MOST_PARTITIONS}, the last stored ones first.")
    last_stored_at: str | None
    last_sealed_at: str | None
    newest_hour: str | None
    last_verification: LastVerification | None
    lag: IngestLag | None = Field(description="Null where the server was not told of a Kafka.")
    gateway_counts: list[RememberedCount] = Field(
        description="The gateway's own counts beside ours, of each month the last comparison; empty if nobody compared."
    )


def ingest_answer(client: Client, open_lag: OpenLag = no_lag) -> dict[str, Any]:
    """An `IngestAnswer` as JSON. Raises as `fetch` does."""
    [times] = fetch(client, "api/ingest_times", {})
    partitions = fetch(client, "api/ingest_partitions", {"limit": _MOST_PARTITIONS})
    letters = fetch(client, "api/ingest_dead_letters", {"text_length": _EXAMPLE_LENGTH})
    return IngestAnswer(
        account=event_account(client),
        dead_letters=[DeadLetterReason.model_validate(row) for row in letters],
        partitions=[
            CountedPartition.model_validate(row | {"counted_at": row["counted_at"] or None}) for row in partitions
        ],
        last_verification=_shown(last_verification(client)),
        lag=_lag(client, open_lag),
        gateway_counts=remembered_counts(client),
        **{name: time or None for name, time in times.items()},
    ).model_dump()


def _lag(client: Client, open_lag: OpenLag) -> IngestLag | None:
    lag = open_lag()
    if lag is None:
        return None
    try:
        found = lag.read(client)
    except KafkaUnavailable as error:
        return IngestLag(topic=lag.topic, messages=None, partitions=[], unknown_because=str(error))
    counts = [each.messages for each in found]
    unknown = [str(each.partition) for each in found if each.messages is None]
    return IngestLag(
        topic=lag.topic,
        messages=None if unknown else sum(each for each in counts if each is not None),
        partitions=[LagOfPartition(partition=each.partition, messages=each.messages) for each in found],
        unknown_because=f"nothing is stored of partition {', '.join(unknown)}" if unknown else None,
    )


def _shown(verification: StoredVerification | None) -> LastVerification | None:
    if verification is None:
        return None
    return LastVerification(
        verified_at=f"{verification.at:%Y-%m-%dT%H:%M:%SZ}",
        holds=not verification.differences,
        differences=verification.differences,
        events=verification.events,
    )
