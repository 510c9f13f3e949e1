"""Computes stored corrections again from the events that they retract, which the logs hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.corrections.rows import CORRECTION_PREFIX, reversed_usage, reversing_ledger_row
from gatemeter.metering.deduplication import hashed_offset
from gatemeter.metering.log import LogKind
from gatemeter.metering.ruleset import Metering
from gatemeter.recompute.event_lookup import EventReader, ReadEvent, Unreadable
from gatemeter.schema import CORRECTIONS
from gatemeter.schema.bookkeeping import COUNTED, OTHER_KIND
from gatemeter.schema.stored_event import CrossEpochDuplicate
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.finding import Check
from gatemeter.verification.second_look import Look
from gatemeter.verification.single_event_epochs import EpochKey, ExpectedEpoch, SingleEventComparison
from gatemeter.wire.event_location import EventLocation

CORRECTIONS_AT_ONCE = 2_000
"""Decoded, and with their rows, some 20 MB."""


@dataclass(frozen=True, slots=True)
class BookedCorrection:
    """A correction as the table of reasons has it."""

    location: EventLocation
    canonical: EventLocation
    topic: str
    id_hash: int
    time_ms: int
    consumer_id: str

    @property
    def epoch_key(self) -> EpochKey:
        """Partition and first offset of the epoch that the correction is booked as."""
        return self.location.partition, hashed_offset(self.location.within_log)

    def as_duplicate(self, event: ReadEvent) -> CrossEpochDuplicate:
        """The duplicate that was retracted, as `event` has it."""
        return CrossEpochDuplicate(
            location=self.location,
            canonical=self.canonical,
            topic=self.topic,
            canonical_topic="",
            time_ms=self.time_ms,
            consumer_id=self.consumer_id,
            outcome=COUNTED if event.batch.requests.event_ids else OTHER_KIND,
            id_hash=self.id_hash,
            epoch_first_offset=0,
        )


def recount_corrections(client: Client, readers: Sequence[LogReader], metering: Metering) -> Look:
    """Compare all corrections with what the events in the logs of `readers` make of them.

    Raises as the readers and as `fetch` do.
    """
    comparison = SingleEventComparison(check=Check.CORRECTION_ROWS)
    for row in fetch(client, "verification/corrected_logs", {}):
        _LogOfCorrections(client, row["log"], row["topic"], readers, metering, comparison).run()
    return comparison.look("correction")


class _LogOfCorrections:
    """The corrections of the events of one log."""

    def __init__(
        self,
        client: Client,
        log: str,
        topic: str,
        readers: Sequence[LogReader],
        metering: Metering,
        comparison: SingleEventComparison,
    ) -> None:
        self._client = client
        self._log = log
        self._topic = topic
        self._readers = readers
        self._metering = replace(metering, event_ledger=True)
        self._comparison = comparison
        stored = RetryingSink(client).stored_epochs(f"{CORRECTION_PREFIX}{log}")
        self._stored = {(epoch.partition, epoch.first_offset): epoch for epoch in stored}

    def run(self) -> None:
        """Compare all of them. Raises as the readers and as `fetch` do."""
        booked = [_booked(row) for row in fetch(self._client, "verification/booked_corrections", {"log": self._log})]
        for start in range(0, len(booked), CORRECTIONS_AT_ONCE):
            self._compare(booked[start : start + CORRECTIONS_AT_ONCE])
        known = {each.epoch_key for each in booked}
        for key, epoch in self._stored.items():
            if key not in known:
                self._comparison.add_unknown_epoch(
                    epoch, self._log, self._topic, "it retracts an event without a reason"
                )

    def _compare(self, booked: Sequence[BookedCorrection]) -> None:
        locations = [location for each in booked for location in (each.location, each.canonical)]
        expected: dict[EpochKey, ExpectedEpoch] = {}
        by_ruleset: dict[str, list[BookedCorrection]] = {}
        for each in booked:
            by_ruleset.setdefault(self._ruleset_of(each), []).append(each)
        for ruleset, of_ruleset in by_ruleset.items():
            metering = self._metering.by_ruleset(ruleset)
            if metering is None:
                for each in of_ruleset:
                    self._comparison.leave_out(each.topic, f"other counting rules counted it ({ruleset})")
                continue
            read = EventReader(self._readers, metering.decoders()).read(locations)
            expected |= self._expected(of_ruleset, read, metering)
        kind = next((reader.log.kind for reader in self._readers if reader.log.identity == self._log), LogKind.KAFKA)
        self._comparison.compare(self._client, f"{CORRECTION_PREFIX}{self._log}", kind, self._stored, expected)

    def _ruleset_of(self, booked: BookedCorrection) -> str:
        epoch = self._stored.get(booked.epoch_key)
        return self._metering.ruleset_version if epoch is None else epoch.ruleset_version

    def _expected(
        self,
        booked: Sequence[BookedCorrection],
        read: Mapping[EventLocation, ReadEvent | Unreadable],
        metering: Metering,
    ) -> Mapping[EpochKey, ExpectedEpoch]:
        found = {}
        for each in booked:
            event, canonical = read[each.location], read[each.canonical]
            if isinstance(event, Unreadable):
                self._comparison.leave_out(each.topic, event.why)
                continue
            if isinstance(canonical, Unreadable):
                self._comparison.leave_out(each.topic, f"the copy that stays cannot be read: {canonical.why}")
            for detail in _mismatches(each, event, canonical):
                self._comparison.add(each.location, each.topic, CORRECTIONS.name, detail)
            duplicate = each.as_duplicate(event)
            usage = reversed_usage(duplicate, event, metering)
            rows = [*usage, reversing_ledger_row(duplicate, metering, usage)]
            found[each.epoch_key] = ExpectedEpoch(each.location, each.topic, rows)
        return found


def _mismatches(booked: BookedCorrection, event: ReadEvent, canonical: ReadEvent | Unreadable) -> Iterator[str]:
    """What the reason says otherwise than the logs do."""
    if event.id_hash != booked.id_hash:
        yield "another event stands in the log than the one that is retracted"
    [ref] = [*event.batch.requests.event_refs, *event.batch.others.event_refs]
    if (ref.time_ms, ref.consumer_id) != (booked.time_ms, booked.consumer_id):
        yield (
            f"time and consumer are {booked.time_ms} ms and {booked.consumer_id!r}, "
            f"in the log {ref.time_ms} ms and {ref.consumer_id!r}"
        )
    if booked.location == booked.canonical:
        yield "the event is retracted as a copy of itself"
    elif isinstance(canonical, ReadEvent) and canonical.identity != event.identity:
        yield f"the copy that is said to stay, at {booked.canonical}, is another event"


def _booked(row: Mapping[str, Any]) -> BookedCorrection:
    return BookedCorrection(
        location=EventLocation.of(row),
        canonical=EventLocation.of(row, "kept_"),
        topic=row["topic"],
        id_hash=row["id_hash"],
        time_ms=row["time_ms"],
        consumer_id=row["consumer_id"],
    )
