"""Counts dead letters that can be read by now, and deletes them.

Usage is written first, then the ledger (`replay_log`), and last the rows that delete the dead letters. After a crash
anywhere in between a dead letter stands until all that it counts is stored, and replaying it again changes nothing
that is stored.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatemeter.corrections.replay_log import EventOutcome, ReplayLog
from gatemeter.errors import ConflictError, InputError
from gatemeter.events.batch import EventBatch
from gatemeter.events.rejected_text import as_line
from gatemeter.events.rejection import LINE_TOO_LONG, TOO_MANY_REJECTED
from gatemeter.formats.decoders import OriginalDecoders
from gatemeter.formats.lines import MESSAGE_TOO_COSTLY
from gatemeter.formats.registry import format_names, name_of_shown
from gatemeter.lenient.times import rfc3339_ms
from gatemeter.metering.dead_letters import deleting_rows
from gatemeter.metering.originals import OriginalKeys, SealedOriginal, Unopened
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink, in_writing_order
from gatemeter.schema import TableRows
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.wire.event_location import EventLocation
from gatemeter.wire.frames import DEFAULT_FORMAT

_EVENTS_PER_WRITE = 5_000
"""Each has some KiB of rows."""

_SURELY_OF_MANY_EVENTS = (MESSAGE_TOO_COSTLY, TOO_MANY_REJECTED, "too_many_events")
_OF_MANY_EVENTS = (*_SURELY_OF_MANY_EVENTS, "unknown_format", "decoder_failed")
"""Reasons of what was not taken apart: its events are counted even if some of them cannot be."""


class ReplayOutcome(StrEnum):
    """What becomes of a dead letter."""

    REPLAYED = "replayed"
    """Its events are counted, and it is deleted."""
    PARTLY_REPLAYED = "partly_replayed"
    """Those of its events that can be read are counted; it stands for the others."""
    STILL_REJECTED = "still_rejected"
    NOT_KEPT_WHOLE = "not_kept_whole"
    """Only its mask or its first bytes are there: what can be read would not be the event."""
    SEALED = "sealed"
    """It is encrypted, and the key that opens it is not given."""
    UNFINISHED = "unfinished"
    """Metering its file reads the line again once it is ended; it would then be counted twice."""


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What became of a dead letter; `reason` and `detail` say why it is rejected at present, if it is."""

    location: EventLocation
    topic: str
    outcome: ReplayOutcome
    reason: str = ""
    detail: str = ""


class Replay:
    """One run over any number of dead letters, some hundreds of them at a time; a dry run writes nothing.

    `dead_letters` and `events` count what became of them so far.
    """

    def __init__(self, sink: Sink, metering: Metering, *, dry_run: bool = False) -> None:
        self.dead_letters: Counter[ReplayOutcome] = Counter()
        self.events: Counter[EventOutcome] = Counter()
        self._sink = sink
        self._metering = metering
        self._decoders = metering.decoders_of_originals()
        self._dry_run = dry_run
        self._logs: dict[str, ReplayLog] = {}

    def add(self, dead_letters: Iterable[DeadLetter]) -> list[ReplayResult]:
        """Count the events of those dead letters that can be read, and store that; what became of each dead letter.

        A dead letter is deleted when all events in it are counted. Raises as `Sink.write` does.
        """
        results: list[ReplayResult] = []
        step: list[tuple[DeadLetter, EventBatch]] = []
        events = 0
        for dead_letter in dead_letters:
            decoded = decoded_dead_letter(dead_letter, self._decoders, self._metering.original_keys)
            if isinstance(decoded, EventBatch):
                step.append((dead_letter, decoded))
                events += decoded.event_count
            results.append(_result_of(dead_letter, decoded))
            if events >= _EVENTS_PER_WRITE:
                self._store(step)
                step, events = [], 0
        self._store(step)
        self.dead_letters.update(each.outcome for each in results)
        return results

    def correct(self, dead_letter: DeadLetter, text: bytes, *, where: str) -> ReplayResult:
        """Count the one event in `text`, read from the file `where`, instead of the dead letter.

        Raises InputError unless it is one event that can be counted, ConflictError for a dead letter that is unfinished
        or stands for several events, and as `Sink.write` does.
        """
        if dead_letter.is_unfinished:
            raise ConflictError(
                "is the last line of a file, not ended yet, and will be read again from there",
                where=str(dead_letter.location),
                do="correct it in the file, end it with a newline, and meter the file again",
            )
        if self._event_count(dead_letter) > 1:
            raise ConflictError(
                "stands for several events, and a correction is one",
                where=str(dead_letter.location),
                do="replay it without --corrected, and ship corrected what it still stands for then",
            )
        log_format = name_of_shown(dead_letter.log_format)
        known_format = log_format if log_format in format_names() else DEFAULT_FORMAT
        batch = self._decoders.decode(
            known_format,
            text,
            dead_letter.location,
            message_time_ms=_written_at_ms(dead_letter),
            source_positions=dead_letter.source_positions,
        )
        _require_one_event(batch, where)
        self._store([(dead_letter, batch)], is_corrected=True)
        self.dead_letters[ReplayOutcome.REPLAYED] += 1
        return _result(dead_letter, ReplayOutcome.REPLAYED)

    def _event_count(self, dead_letter: DeadLetter) -> int:
        """How many events its original holds; 1 if that is not known, and its reason does not speak of many."""
        if dead_letter.reason not in _OF_MANY_EVENTS:
            return 1
        text = original_text(dead_letter, self._metering.original_keys)
        if isinstance(text, Unopened):
            if dead_letter.reason not in _SURELY_OF_MANY_EVENTS:
                return 1
            raise ConflictError(
                f"stands for many events, and its original cannot be read: {text.why}",
                where=str(dead_letter.location),
                do="give the key with --originals-key; if the original is gone, leave it: a correction is one event",
            )
        log_format = name_of_shown(dead_letter.log_format)
        return self._decoders.decode(
            log_format, text, dead_letter.location, dead_letter.reason, _written_at_ms(dead_letter)
        ).event_count

    def _store(self, decoded: Sequence[tuple[DeadLetter, EventBatch]], *, is_corrected: bool = False) -> None:
        rows: list[TableRows] = []
        events = 0
        for dead_letter, batch in decoded:
            has_rest = bool(batch.rejections)
            for replayed in self._log_of(dead_letter).add(dead_letter, batch, is_corrected=is_corrected):
                if events == _EVENTS_PER_WRITE:
                    self._write(rows)
                    rows, events = [], 0
                # The rest of one that was replayed in part is tried again each time.
                if replayed.is_new or not has_rest:
                    self.events[replayed.outcome] += 1
                rows += replayed.rows
                events += 1
        counted = [dead_letter.location for dead_letter, batch in decoded if not batch.rejections]
        if decoded:
            self._write(rows, counted)

    def _write(self, rows: Sequence[TableRows], counted: Sequence[EventLocation] = ()) -> None:
        if not self._dry_run:
            self._sink.write([*in_writing_order(rows), *([deleting_rows(counted)] if counted else [])])

    def _log_of(self, dead_letter: DeadLetter) -> ReplayLog:
        log = dead_letter.location.log
        if log not in self._logs:
            self._logs[log] = ReplayLog(log, self._sink, self._metering)
        return self._logs[log]


def decoded_dead_letter(
    dead_letter: DeadLetter, decoders: OriginalDecoders, keys: OriginalKeys | None = None
) -> EventBatch | ReplayResult:
    """The dead letter's events if they can be counted, else what becomes of the dead letter.

    Of one that stands for many events some may be rejections; of any other none is. `keys` open its original, where
    it is encrypted.
    """
    if dead_letter.is_unfinished:
        return _result(dead_letter, ReplayOutcome.UNFINISHED, dead_letter.reason)
    if dead_letter.reason == LINE_TOO_LONG or not (dead_letter.original or is_whole_in_clear(dead_letter)):
        return _result(dead_letter, ReplayOutcome.NOT_KEPT_WHOLE, dead_letter.reason)
    text = original_text(dead_letter, keys)
    if isinstance(text, Unopened):
        return _result(dead_letter, ReplayOutcome.SEALED, dead_letter.reason, text.why)
    line = as_line(text, dead_letter.reason)
    batch = decoders.decode(
        name_of_shown(dead_letter.log_format),
        line,
        dead_letter.location,
        dead_letter.reason,
        _written_at_ms(dead_letter),
        dead_letter.source_positions,
    )
    if not batch.event_count:
        return _result(dead_letter, ReplayOutcome.STILL_REJECTED, dead_letter.reason)
    is_partly_read = dead_letter.reason in _OF_MANY_EVENTS and batch.event_count > len(batch.rejections)
    if batch.rejections and not is_partly_read:
        return _rejected(dead_letter, ReplayOutcome.STILL_REJECTED, batch)
    return batch


def _written_at_ms(dead_letter: DeadLetter) -> int | None:
    """When its message was written; None in a file, which keeps no times."""
    return rfc3339_ms(dead_letter.message_time) if dead_letter.message_time else None


def is_whole_in_clear(dead_letter: DeadLetter) -> bool:
    """Whether `raw` is the event as it was rejected: nothing in it needed a mask."""
    return not dead_letter.is_masked and len(dead_letter.raw) == dead_letter.raw_size_bytes


def original_text(dead_letter: DeadLetter, keys: OriginalKeys | None) -> bytes | Unopened:
    """The event as it was rejected, opened with `keys` if it is encrypted, or why it cannot be read."""
    if is_whole_in_clear(dead_letter):
        return dead_letter.raw
    if not dead_letter.original:
        return Unopened("its retention is over" if dead_letter.key_id else "it was not kept")
    if keys is None:
        return Unopened(f"encrypted with the key {dead_letter.key_id}, and no key is given")
    return keys.open(SealedOriginal(dead_letter.key_id, dead_letter.original), dead_letter.location)


def _result_of(dead_letter: DeadLetter, decoded: EventBatch | ReplayResult) -> ReplayResult:
    if isinstance(decoded, ReplayResult):
        return decoded
    if decoded.rejections:
        return _rejected(dead_letter, ReplayOutcome.PARTLY_REPLAYED, decoded)
    return _result(dead_letter, ReplayOutcome.REPLAYED)


def _rejected(dead_letter: DeadLetter, outcome: ReplayOutcome, batch: EventBatch) -> ReplayResult:
    first = batch.rejections[0]
    return _result(dead_letter, outcome, first.reason, first.detail)


def _result(dead_letter: DeadLetter, outcome: ReplayOutcome, reason: str = "", detail: str = "") -> ReplayResult:
    return ReplayResult(dead_letter.location, dead_letter.topic, outcome, reason, detail)


def _require_one_event(batch: EventBatch, where: str) -> None:
    if batch.event_count != 1:
        raise InputError(
            f"holds {batch.event_count} events, a letter is replaced by one", where=where, do="put one event into it"
        )
    for rejection in batch.rejections:
        why = f"{rejection.reason} ({rejection.detail})" if rejection.detail else rejection.reason
        raise InputError(f"cannot be counted either: {why}", where=where, do="correct it, and run the command again")
