"""Single events as they are stored, whoever reads them: dead letters, and duplicates across epochs."""

from dataclasses import dataclass

from gatemeter.wire.event_location import EventLocation


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that could not be counted.

    `raw` is the event of `raw_size_bytes`, or what is kept of it in clear if it `is_masked`. `original` is the whole
    event then, encrypted with the key `key_id` (`metering.originals`); b'' where none is kept. `message_time` is UTC
    text (`2026-02-03T10:00:00.123Z`), None where the log keeps no times. `is_unfinished` marks the last line of a file
    that no newline has ended yet. Reasons, formats and
    `source_positions` are those of `schema.DEAD_LETTERS`.
    """

    location: EventLocation
    topic: str
    log_format: str
    reason: str
    raw: bytes
    raw_size_bytes: int
    is_unfinished: bool = False
    message_time: str | None = None
    detail: str = ""
    is_masked: bool = False
    source_positions: str = ""
    key_id: str = ""
    original: bytes = b""


@dataclass(frozen=True, slots=True)
class CrossEpochDuplicate:
    """An event at `location` that is counted once too often, as the event ledger knows it.

    `canonical` is where its canonical copy is, the copy that stays counted: it has the smallest time and location of
    all copies. `topic` and `canonical_topic` name the logs of the two. `outcome` is `counted` (an API request) or
    `other_kind`, `time_ms` the event's own time in Unix ms, `consumer_id` '' for nobody. `id_hash` is the 64-bit hash
    of the identity that both have.
    """

    location: EventLocation
    canonical: EventLocation
    topic: str
    canonical_topic: str
    time_ms: int
    consumer_id: str
    outcome: str
    id_hash: int
    epoch_first_offset: int
