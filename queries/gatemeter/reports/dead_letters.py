"""The dead letters that stand: listed, counted by reason, and read whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from typing import Any, Self

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.clickhouse.query import fetch
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation

_PAGE_BYTES = 64 * 1024 * 1024
_BEFORE_ALL = EventLocation("", 0, 0, 0, 0)


class Kept(StrEnum):
    """What is kept of a dead letter."""

    WHOLE = "whole"
    """The event as it is: nothing in it needed a mask."""
    ENCRYPTED = "encrypted"
    """A mask in clear, and the event encrypted, until its retention is over."""
    MASK = "mask"
    """A mask alone."""

    @classmethod
    def of(cls, *, is_masked: bool, key_id: str) -> Self:
        """What the columns of `dead_letters` say."""
        return cls("whole" if not is_masked else "encrypted" if key_id else "mask")


class DeadLetterRow(BaseModel):
    """A dead letter without its text; the fields are the columns of every output, in this order."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    place: str
    """`EventLocation` as it is written."""
    log: str
    partition: int
    offset: int
    line: int
    event_index: int
    topic: str
    message_time: str | None
    """`2026-02-03T10:00:00.123Z` (UTC), when the log says that the message was written; None for files."""
    format: str
    reason: str
    detail: str
    raw_size_bytes: int
    kept: Kept

    @classmethod
    def of(cls, dead_letter: DeadLetter) -> Self:
        """`dead_letter` without its text."""
        return cls(
            place=str(dead_letter.location),
            **dead_letter.location.columns(),
            topic=dead_letter.topic,
            message_time=dead_letter.message_time,
            format=dead_letter.log_format,
            reason=dead_letter.reason,
            detail=dead_letter.detail,
            raw_size_bytes=dead_letter.raw_size_bytes,
            kept=Kept.of(is_masked=dead_letter.is_masked, key_id=dead_letter.key_id),
        )


class ReasonCount(BaseModel):
    """How many dead letters of a topic (or file) have a reason; the fields are the columns of every output."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    topic: str
    reason: str
    letters: int


@dataclass(frozen=True, slots=True)
class DeadLetterFilter:
    """Which dead letters: empty means all. A span leaves out dead letters without `message_time`: those of files."""

    reasons: Sequence[str] = ()
    topic: str = ""
    log: str = ""
    span: TimeSpan = field(default_factory=TimeSpan)

    @property
    def is_open(self) -> bool:
        """Whether it leaves out nothing."""
        return self == DeadLetterFilter()

    @property
    def query_parameters(self) -> dict[str, Any]:
        """The parameters of `sql/parts/chosen_dead_letters.sql`."""
        return {
            "reasons": list(self.reasons),
            "topic": self.topic,
            "log": self.log,
            "timed": int(self.span != TimeSpan()),
            **self.span.parameters,
        }


def list_dead_letters(client: Client, chosen: DeadLetterFilter, limit: int) -> list[DeadLetterRow]:
    """At most `limit` dead letters in the order of their logs. Raises as `fetch` does."""
    rows = fetch(client, "dead_letter_list", {**chosen.query_parameters, "limit": limit})
    return [dead_letter_row(values) for values in rows]


def count_dead_letters(client: Client, chosen: DeadLetterFilter) -> list[ReasonCount]:
    """Dead letters by topic and reason. Raises as `fetch` does."""
    rows = fetch(client, "dead_letter_summary", chosen.query_parameters)
    return [ReasonCount.model_validate(row) for row in rows]


def find_dead_letter(client: Client, place: EventLocation) -> DeadLetter | None:
    """The dead letter that stands at `place`. Raises as `fetch` does."""
    rows = fetch(client, "dead_letter_at", _place_parameters(place))
    return _dead_letter(rows[0]) if rows else None


def dead_letter_pages(client: Client, chosen: DeadLetterFilter, size: int) -> Iterator[list[DeadLetter]]:
    """All dead letters in the order of their logs, up to `size` at a time and up to 64 MiB, but at least one.

    A replay of earlier pages may go on meanwhile. Raises as `fetch` does.
    """
    after = _BEFORE_ALL
    while True:
        place = {**chosen.query_parameters, **_place_parameters(after)}
        sizes = [row["raw_size_bytes"] for row in fetch(client, "dead_letter_sizes", {**place, "limit": size})]
        if not sizes:
            return
        fitting = sum(total <= _PAGE_BYTES for total in accumulate(sizes))
        page = [
            _dead_letter(values) for values in fetch(client, "dead_letter_page", {**place, "limit": max(1, fitting)})
        ]
        yield page
        after = page[-1].location


def _place_parameters(place: EventLocation) -> dict[str, Any]:
    return {
        "at_log": place.log,
        "at_partition": place.partition,
        "at_offset": place.offset,
        "at_line": place.line,
        "at_event_index": place.event_index,
    }


def dead_letter_row(values: Mapping[str, Any]) -> DeadLetterRow:
    """The row with the columns of `sql/parts/dead_letter_columns.sql`."""
    named = {name: value for name, value in values.items() if name in DeadLetterRow.model_fields}
    kept = Kept.of(is_masked=bool(values["is_masked"]), key_id=values["key_id"])
    return DeadLetterRow.model_validate({"place": str(EventLocation.of(values)), **named, "kept": kept})


def _dead_letter(values: dict[str, Any]) -> DeadLetter:
    return DeadLetter(
        location=EventLocation.of(values),
        topic=values["topic"],
        log_format=values["format"],
        reason=values["reason"],
        # As hexadecimal digits: the client would read the bytes as text, which they need not be.
        raw=bytes.fromhex(values["raw_hex"]),
        raw_size_bytes=values["raw_size_bytes"],
        is_unfinished=bool(values["is_unfinished"]),
        message_time=values["message_time"],
        detail=values["detail"],
        is_masked=bool(values["is_masked"]),
        source_positions=values["source_positions"],
        key_id=values["key_id"],
        original=bytes.fromhex(values["original_hex"]),
    )
