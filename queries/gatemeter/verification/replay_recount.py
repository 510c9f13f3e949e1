"""Computes replayed events again from the dead letters that the log's messages make, as `dead-letters replay` does."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.corrections.replay import ReplayOutcome, decoded_dead_letter
from gatemeter.corrections.replay_log import REPLAY_PARTITION, REPLAY_PREFIX, ReplayLog, dead_letter_of
from gatemeter.events.batch import EventBatch
from gatemeter.formats.decoders import OriginalDecoders
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink, StoredEpoch
from gatemeter.recompute.dead_letter_lookup import read_dead_letters
from gatemeter.recompute.event_lookup import Unreadable
from gatemeter.schema import TableRows
from gatemeter.schema.stored_event import DeadLetter
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.finding import Check
from gatemeter.verification.second_look import Look
from gatemeter.verification.single_event_epochs import EpochKey, ExpectedEpoch, SingleEventComparison
from gatemeter.wire.event_location import EventLocation

_BY_HAND = "it was replayed from a corrected text, which no log holds"


def recount_replays(client: Client, readers: Sequence[LogReader], metering: Metering) -> Look:
    """Compare all replays of dead letters with what the messages in the logs of `readers` make of them.

    Raises as the readers and as `fetch` do.
    """
    comparison = SingleEventComparison(check=Check.REPLAY_ROWS)
    by_identity = {reader.log.identity: reader for reader in readers}
    for row in fetch(client, "verification/replayed_logs", {}):
        log, topic = row["log"], row["topic"]
        stored = RetryingSink(client).stored_epochs(f"{REPLAY_PREFIX}{log}")
        if log in by_identity:
            _LogOfReplays(client, by_identity[log], metering, stored, comparison).run()
            continue
        for _ in stored:
            comparison.leave_out(topic, "this log is not given")
    return comparison.look("replayed event")


class _LogOfReplays:
    """The replayed dead letters of one log."""

    def __init__(
        self,
        client: Client,
        reader: LogReader,
        metering: Metering,
        stored: Sequence[StoredEpoch],
        comparison: SingleEventComparison,
    ) -> None:
        self._client = client
        self._sink: Sink = RetryingSink(client)
        self._reader = reader
        self._metering = replace(metering, event_ledger=True)
        self._stored = {(epoch.partition, epoch.first_offset): epoch for epoch in stored}
        self._comparison = comparison
        self._by_location: dict[str, list[StoredEpoch]] = defaultdict(list)
        for epoch in stored:
            location, is_corrected = dead_letter_of(epoch.content_hash)
            if is_corrected:
                self._leave_out([epoch], _BY_HAND)
            else:
                self._by_location[location].append(epoch)
        self._expected: dict[EpochKey, ExpectedEpoch] = {}
        self._replays: dict[str, tuple[OriginalDecoders, ReplayLog] | None] = {}

    def run(self) -> None:
        """Compare all of them. Raises as the reader and as `fetch` do."""
        log = self._reader.log
        rows = fetch(self._client, "verification/replayed_dead_letters", {"log": log.identity})
        dead_letters = self._dead_letters([EventLocation.of(row) for row in rows])
        for location, found in dead_letters.items():
            epochs = self._by_location.get(location.within_log, ())
            if isinstance(found, Unreadable):
                self._leave_out(epochs, found.why)
            else:
                self._add(found, epochs)
        identity = f"{REPLAY_PREFIX}{log.identity}"
        self._comparison.compare(self._client, identity, log.kind, self._stored, self._expected)

    def _dead_letters(self, locations: Sequence[EventLocation]) -> Mapping[EventLocation, DeadLetter | Unreadable]:
        """Each dead letter as the ruleset made it that counted the message."""
        rulesets = _Rulesets(self._sink.stored_epochs(self._reader.log.identity))
        by_ruleset: dict[str, list[EventLocation]] = defaultdict(list)
        for location in locations:
            by_ruleset[rulesets.at(location)].append(location)
        found: dict[EventLocation, DeadLetter | Unreadable] = {}
        for ruleset, of_ruleset in by_ruleset.items():
            metering = self._metering.by_ruleset(ruleset)
            if metering is None:
                found |= dict.fromkeys(of_ruleset, Unreadable(f"other counting rules counted its message ({ruleset})"))
                continue
            found |= read_dead_letters(self._reader, of_ruleset, metering.decoders())
        return found

    def _add(self, dead_letter: DeadLetter, epochs: Sequence[StoredEpoch]) -> None:
        """Expect what a replay by the ruleset of its stored `epochs` counts; none are a finding of another check.

        One that stands for many events may be replayed several times, each time by rules that read more of them.
        """
        by_ruleset: dict[str, list[StoredEpoch]] = defaultdict(list)
        for epoch in epochs:
            by_ruleset[epoch.ruleset_version].append(epoch)
        counted_by = {epoch.first_offset: epoch.ruleset_version for epoch in epochs}
        for ruleset, of_ruleset in by_ruleset.items():
            replay = self._replay_by(ruleset)
            if replay is None:
                self._leave_out(of_ruleset, f"other counting rules counted it ({ruleset})")
                continue
            decoders, log = replay
            batch = decoded_dead_letter(dead_letter, decoders)
            if isinstance(batch, EventBatch):
                rows = log.rows_of(dead_letter, batch)
                own = {at: of_event for at, of_event in rows.items() if counted_by.get(at, ruleset) == ruleset}
                self._expect(dead_letter, own, of_ruleset)
            elif batch.outcome is ReplayOutcome.UNFINISHED:
                self._leave_out(of_ruleset, "the last line of the file is not ended")
            else:
                self._leave_out(of_ruleset, _BY_HAND)

    def _replay_by(self, ruleset: str) -> tuple[OriginalDecoders, ReplayLog] | None:
        """What a replay by this ruleset version counts with; None for a version that this gatemeter does not know."""
        if ruleset not in self._replays:
            metering = self._metering.by_ruleset(ruleset)
            self._replays[ruleset] = None
            if metering is not None:
                log = ReplayLog(self._reader.log.identity, self._sink, metering)
                self._replays[ruleset] = (metering.decoders_of_originals(), log)
        return self._replays[ruleset]

    def _expect(
        self, dead_letter: DeadLetter, rows: Mapping[int, Sequence[TableRows]], epochs: Sequence[StoredEpoch]
    ) -> None:
        for first_offset, of_event in rows.items():
            key = (REPLAY_PARTITION, first_offset)
            self._expected[key] = ExpectedEpoch(dead_letter.location, dead_letter.topic, of_event)
        for epoch in epochs:
            if epoch.first_offset not in rows or epoch.partition != REPLAY_PARTITION:
                self._comparison.add_unknown_epoch(
                    epoch, dead_letter.location.log, dead_letter.topic, "the dead letter does not make it"
                )

    def _leave_out(self, epochs: Sequence[StoredEpoch], why: str) -> None:
        for _ in epochs:
            self._comparison.leave_out(self._reader.log.name, why)


class _Rulesets:
    """The ruleset versions that counted the epochs of one log."""

    def __init__(self, epochs: Sequence[StoredEpoch]) -> None:
        self._begins: dict[int, list[int]] = defaultdict(list)
        self._epochs: dict[int, list[StoredEpoch]] = defaultdict(list)
        for epoch in sorted(epochs, key=lambda each: each.first_offset):
            self._begins[epoch.partition].append(epoch.first_offset)
            self._epochs[epoch.partition].append(epoch)

    def at(self, location: EventLocation) -> str:
        """The version that counted the message at `location`; '' where the ledger does not know it."""
        index = bisect_right(self._begins[location.partition], location.offset) - 1
        epoch = self._epochs[location.partition][index] if index >= 0 else None
        return epoch.ruleset_version if epoch is not None and location.offset < epoch.version else ""
