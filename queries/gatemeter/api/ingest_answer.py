"""How counting goes: the account of every event, dead letters by reason, how fresh and how proven the numbers are."""

from typing import Any

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict, Field

from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.store_settings import StoredVerification, last_verification
from gatemeter.losses.remembered import RememberedCount, remembered_counts
from gatemeter.reports.event_accounting import EventAccount, event_account

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


class IngestAnswer(_Answered):
    """The answer of `GET /api/v1/ingest`. Times are UTC; null where nothing is known."""

    account: EventAccount
    dead_letters: list[DeadLetterReason]
    partitions: list[CountedPartition] = Field(description=f"At most {_MOST_PARTITIONS}, the last stored ones first.")
    last_stored_at: str | None
    last_sealed_at: str | None
    newest_hour: str | None
    last_verification: LastVerification | None
    gateway_counts: list[RememberedCount] = Field(
        description="The gateway's own counts beside ours, of each month the last comparison; empty if nobody compared."
    )


def ingest_answer(client: Client) -> dict[str, Any]:
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
        gateway_counts=remembered_counts(client),
        **{name: time or None for name, time in times.items()},
    ).model_dump()


def _shown(verification: StoredVerification | None) -> LastVerification | None:
    if verification is None:
        return None
    return LastVerification(
        verified_at=f"{verification.at:%Y-%m-%dT%H:%M:%SZ}",
        holds=not verification.differences,
        differences=verification.differences,
        events=verification.events,
    )
