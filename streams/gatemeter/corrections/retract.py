"""Retracts events that were counted more than once, by rows of their own: no stored row is edited.

The reason is written first, then usage, then the epoch ledger's row, and last the row by which the event ledger knows
the event as corrected. After a crash anywhere in between the event is still found as a duplicate, and retracting it
again writes the same rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from gatemeter.clock import Clock
from gatemeter.corrections.replay_log import REPLAY_PARTITION, REPLAY_PREFIX
from gatemeter.corrections.rows import corrected_event_row, correction_row, reversed_usage, reversing_ledger_row
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink, in_writing_order
from gatemeter.recompute.event_lookup import EventReader, ReadEvent, Unreadable
from gatemeter.schema import TableRows
from gatemeter.schema.stored_event import CrossEpochDuplicate


class RetractionOutcome(StrEnum):
    """What became of a cross-epoch duplicate."""

    CORRECTED = "corrected"
    ANOTHER_EVENT = "another_event"
    """Its identity differs from the canonical copy's: they only share a hash. It stays counted, rightly."""
    NOT_READABLE = "not_readable"
    """It, or its canonical copy, cannot be read again, so nobody knows what a retraction would have to reverse."""
    OTHER_RULES = "other_rules"
    """Another ruleset version counted it: what the present one would reverse is not what was counted."""
    NOT_SETTLED = "not_settled"
    """The epoch ledger does not know its epoch yet: a worker is in the middle of writing it."""


UNRETRACTED = (RetractionOutcome.NOT_READABLE, RetractionOutcome.OTHER_RULES, RetractionOutcome.NOT_SETTLED)
"""Outcomes after which an event may still be counted twice."""


@dataclass(frozen=True, slots=True)
class RetractionResult:
    """A duplicate, what became of it, and why in words where it stays counted."""

    duplicate: CrossEpochDuplicate
    outcome: RetractionOutcome
    detail: str = ""


class Retraction:
    """One run over any number of duplicates, some thousands of them at a time; a dry run writes nothing.

    `outcomes` counts what became of them so far. `reason` and the clock's time are kept with each correction.
    """

    def __init__(
        self, sink: Sink, events: EventReader, metering: Metering, clock: Clock, *, reason: str, dry_run: bool = False
    ) -> None:
        self.outcomes: Counter[RetractionOutcome] = Counter()
        self._sink = sink
        self._events = events
        self._metering = metering
        self._clock = clock
        self._reason = reason
        self._dry_run = dry_run
        self._rulesets: dict[str, dict[tuple[int, int], str]] = {}

    def add(self, duplicates: Sequence[CrossEpochDuplicate]) -> list[RetractionResult]:
        """Retract those of `duplicates` that can be retracted; what became of each, in their order.

        Raises as `Sink.write`, `Sink.stored_epochs` and `EventReader.read` do.
        """
        read = self._events.read(chain.from_iterable((each.location, each.canonical) for each in duplicates))
        results = [self._judge(each, read[each.location], read[each.canonical]) for each in duplicates]
        retracted = [each.duplicate for each in results if each.outcome is RetractionOutcome.CORRECTED]
        events = [(duplicate, read[duplicate.location]) for duplicate in retracted]
        if events and not self._dry_run:
            self._book([(duplicate, event) for duplicate, event in events if isinstance(event, ReadEvent)])
        self.outcomes.update(each.outcome for each in results)
        return results

    def _judge(
        self, duplicate: CrossEpochDuplicate, event: ReadEvent | Unreadable, canonical: ReadEvent | Unreadable
    ) -> RetractionResult:
        ruleset = self._ruleset_of(duplicate)
        if ruleset is None:
            return RetractionResult(duplicate, RetractionOutcome.NOT_SETTLED, "its epoch is being written")
        if ruleset != self._metering.ruleset_version:
            detail = f"counted by rules {ruleset}, these are {self._metering.ruleset_version}"
            return RetractionResult(duplicate, RetractionOutcome.OTHER_RULES, detail)
        outcome, detail = _compare(duplicate, event, canonical)
        return RetractionResult(duplicate, outcome, detail)

    def _ruleset_of(self, duplicate: CrossEpochDuplicate) -> str | None:
        """The ruleset version that counted the duplicate, None where the ledger does not know its epoch."""
        log, first_offset = duplicate.location.log, duplicate.epoch_first_offset
        counted = self._rulesets_in(log).get((duplicate.location.partition, first_offset))
        # An event of a dead letter has its location in the log, and was counted in the log of replays.
        return counted or self._rulesets_in(f"{REPLAY_PREFIX}{log}").get((REPLAY_PARTITION, first_offset))

    def _rulesets_in(self, log: str) -> dict[tuple[int, int], str]:
        if log not in self._rulesets:
            epochs = self._sink.stored_epochs(log)
            self._rulesets[log] = {(epoch.partition, epoch.first_offset): epoch.ruleset_version for epoch in epochs}
        return self._rulesets[log]

    def _book(self, events: Sequence[tuple[CrossEpochDuplicate, ReadEvent]]) -> None:
        booked_at = self._clock.now()
        reasons = [correction_row(duplicate, self._reason, booked_at) for duplicate, _ in events]
        counts: list[TableRows] = []
        for duplicate, event in events:
            usage = reversed_usage(duplicate, event, self._metering)
            counts += [*usage, reversing_ledger_row(duplicate, self._metering, usage)]
        outcomes = [corrected_event_row(duplicate) for duplicate, _ in events]
        self._sink.write([*in_writing_order(reasons), *in_writing_order(counts), *in_writing_order(outcomes)])


def _compare(
    duplicate: CrossEpochDuplicate, event: ReadEvent | Unreadable, canonical: ReadEvent | Unreadable
) -> tuple[RetractionOutcome, str]:
    """Whether the two events are one, as their logs have them, and why not in words."""
    if isinstance(event, Unreadable):
        return RetractionOutcome.NOT_READABLE, f"{duplicate.topic}: {event.why}"
    if isinstance(canonical, Unreadable):
        return (
            RetractionOutcome.NOT_READABLE,
            f"the copy that stays, in {duplicate.canonical_topic}: {canonical.why}",
        )
    if event.id_hash != duplicate.id_hash or canonical.id_hash != duplicate.id_hash:
        return RetractionOutcome.NOT_READABLE, "another event than the one that was counted is there"
    if event.identity != canonical.identity:
        return RetractionOutcome.ANOTHER_EVENT, "it only shares a hash with the one that is kept"
    return RetractionOutcome.CORRECTED, ""
