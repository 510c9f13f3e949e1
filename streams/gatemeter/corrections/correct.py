"""Takes back events that were counted more than once, as rows of their own: nothing that is stored is edited.

The reason is written first, then usage, then the account of it, and last the row by which the event ledger knows the
event as corrected. Whatever stops this in between, the event is found again as a copy, and booking it again writes the
same rows.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from gatemeter.clock import Clock
from gatemeter.corrections.replay_log import REPLAY_PARTITION, REPLAY_PREFIX
from gatemeter.corrections.rows import CountedCopy, account_of, outcome_of, reason_of, usage_taken_back
from gatemeter.metering.rules import Metering
from gatemeter.metering.sink import Sink
from gatemeter.recompute.event_lookup import EventReader, ReadEvent, Unreadable
from gatemeter.schema import TableRows
from gatemeter.worker.flusher import in_writing_order


class RetractionOutcome(StrEnum):
    """What becomes of an event that was found to be counted again."""

    CORRECTED = "corrected"
    ANOTHER_EVENT = "another_event"
    """Its identity is not that of the event that is kept: they only share a hash. It stays counted, rightly."""
    NOT_READABLE = "not_readable"
    """It, or the event that is kept, cannot be read again, so nobody knows what would be taken back."""
    OTHER_RULES = "other_rules"
    """Other rules counted it: what these would take back is not what was counted."""
    NOT_SETTLED = "not_settled"
    """The ledger does not speak of its epoch yet: whoever counts it is in the middle of writing."""


LEFT_AS_WRONG = (RetractionOutcome.NOT_READABLE, RetractionOutcome.OTHER_RULES, RetractionOutcome.NOT_SETTLED)
"""Fates of events that may be counted twice still."""


@dataclass(frozen=True, slots=True)
class CorrectedCopy:
    """A copy, its fate, and in words why it has it where it stays counted."""

    copy: CountedCopy
    fate: RetractionOutcome
    detail: str = ""


class Correction:
    """One run over any number of copies, some thousands of them at a time; a dry run writes nothing.

    `fates` counts what became of them so far. `reason` and the clock's time are kept with each correction.
    """

    def __init__(
        self, sink: Sink, events: EventReader, metering: Metering, clock: Clock, *, reason: str, dry_run: bool = False
    ) -> None:
        self.fates: Counter[RetractionOutcome] = Counter()
        self._sink = sink
        self._events = events
        self._metering = metering
        self._clock = clock
        self._reason = reason
        self._dry_run = dry_run
        self._rules: dict[str, dict[tuple[int, int], str]] = {}

    def add(self, copies: Sequence[CountedCopy]) -> list[CorrectedCopy]:
        """Take `copies` back, those that can be; what became of each.

        Raises as `Sink.write`, `Sink.stored_epochs` and `EventReader.read` do.
        """
        read = self._events.read(chain.from_iterable((copy.place, copy.kept) for copy in copies))
        judged = [self._judged(copy, read[copy.place], read[copy.kept]) for copy in copies]
        taken = [(each.copy, read[each.copy.place]) for each in judged if each.fate is RetractionOutcome.CORRECTED]
        if taken and not self._dry_run:
            self._book([(copy, event) for copy, event in taken if isinstance(event, ReadEvent)])
        self.fates.update(each.fate for each in judged)
        return judged

    def _judged(self, copy: CountedCopy, event: ReadEvent | Unreadable, kept: ReadEvent | Unreadable) -> CorrectedCopy:
        rules = self._rules_of(copy)
        if rules is None:
            return CorrectedCopy(copy, RetractionOutcome.NOT_SETTLED, "its epoch is being written")
        if rules != self._metering.rules:
            detail = f"counted by rules {rules}, these are {self._metering.rules}"
            return CorrectedCopy(copy, RetractionOutcome.OTHER_RULES, detail)
        if isinstance(event, Unreadable):
            return CorrectedCopy(copy, RetractionOutcome.NOT_READABLE, f"{copy.topic}: {event.why}")
        if isinstance(kept, Unreadable):
            return CorrectedCopy(
                copy, RetractionOutcome.NOT_READABLE, f"the copy that stays, in {copy.kept_topic}: {kept.why}"
            )
        if event.id_hash != copy.id_hash or kept.id_hash != copy.id_hash:
            return CorrectedCopy(
                copy, RetractionOutcome.NOT_READABLE, "another event than the one that was counted is there"
            )
        if event.identity != kept.identity:
            return CorrectedCopy(
                copy, RetractionOutcome.ANOTHER_EVENT, "it only shares a hash with the one that is kept"
            )
        return CorrectedCopy(copy, RetractionOutcome.CORRECTED)

    def _rules_of(self, copy: CountedCopy) -> str | None:
        """The rules that counted the copy, None where the ledger does not know its epoch."""
        log = copy.place.log
        counted = self._rules_in(log).get((copy.place.partition, copy.epoch_first_offset))
        # The event of a dead letter stands at its place in the log, and was counted in the log of replays.
        return counted or self._rules_in(f"{REPLAY_PREFIX}{log}").get((REPLAY_PARTITION, copy.epoch_first_offset))

    def _rules_in(self, log: str) -> dict[tuple[int, int], str]:
        if log not in self._rules:
            epochs = self._sink.stored_epochs(log)
            self._rules[log] = {(epoch.partition, epoch.first_offset): epoch.rules for epoch in epochs}
        return self._rules[log]

    def _book(self, taken: Sequence[tuple[CountedCopy, ReadEvent]]) -> None:
        booked_at = self._clock.now()
        reasons = [reason_of(copy, self._reason, booked_at) for copy, _ in taken]
        counts: list[TableRows] = []
        for copy, event in taken:
            counts += [*usage_taken_back(copy, event, self._metering), account_of(copy, self._metering)]
        outcomes = [outcome_of(copy) for copy, _ in taken]
        self._sink.write([*in_writing_order(reasons), *in_writing_order(counts), *in_writing_order(outcomes)])
