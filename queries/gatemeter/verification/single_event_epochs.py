"""Compares stored epochs of one event each, which corrections and replays make, with the rows that should be there."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.retention import minutes_kept_from
from gatemeter.clickhouse.row_diff import differences
from gatemeter.clickhouse.stored_rows import StoredRows, stored_rows
from gatemeter.clock import SystemClock
from gatemeter.metering.log import LogKind
from gatemeter.metering.sink import StoredEpoch
from gatemeter.output.text import count_of
from gatemeter.schema import EPOCH_LEDGER, TableRows
from gatemeter.verification.finding import Check, CheckResult, CountedFindings, Finding
from gatemeter.verification.second_look import Look
from gatemeter.wire.event_location import EventLocation

EpochKey = tuple[int, int]
"""Partition and first offset of an epoch."""

EPOCHS_AT_ONCE = 2_000
"""Some 20 MB of rows."""


@dataclass(frozen=True, slots=True)
class ExpectedEpoch:
    """The rows that should be stored because of the event, or dead letter, at `location` of the log called `topic`."""

    location: EventLocation
    topic: str
    rows: Sequence[TableRows]


@dataclass(slots=True)
class SingleEventComparison(CountedFindings):
    """What `check` has compared so far; `unchecked` counts events that could not be compared, by topic and reason."""

    check: Check = field(kw_only=True)
    epochs: int = 0
    rows: int = 0
    unchecked: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def compare(
        self,
        client: Client,
        log: str,
        kind: LogKind,
        stored: Mapping[EpochKey, StoredEpoch],
        expected: Mapping[EpochKey, ExpectedEpoch],
    ) -> None:
        """Compare the epochs of `log` with what is `expected`; a stored epoch that is not expected is not looked at.

        `kind` is the kind of the log that the events are in. Raises as `stored_rows` does.
        """
        keys = sorted(expected)
        for start in range(0, len(keys), EPOCHS_AT_ONCE):
            for key, rows in _rows_of(client, log, stored, keys[start : start + EPOCHS_AT_ONCE]).items():
                self._compare_epoch(expected[key], rows, kind)

    def _compare_epoch(self, expected: ExpectedEpoch, rows: StoredRows, kind: LogKind) -> None:
        self.epochs += 1
        self.rows += sum(map(len, rows.by_table.values()))
        for difference in differences(rows, expected.rows, kind):
            self.add(expected.location, expected.topic, difference.table, str(difference))

    def add(self, location: EventLocation, topic: str, table: str, detail: str) -> None:
        """Count a difference of the event's rows in `table`."""
        self.count(_finding(self.check, location, topic, table, detail))

    def add_unknown_epoch(self, epoch: StoredEpoch, log: str, topic: str, detail: str) -> None:
        """Count an epoch that nothing makes."""
        location = EventLocation(log, epoch.partition, 0, 1, 0)
        self.add(location, topic, EPOCH_LEDGER.name, f"the epoch at {epoch.first_offset}: {detail}")

    def leave_out(self, topic: str, why: str) -> None:
        """Count an event that cannot be compared."""
        self.unchecked[topic, why] += 1

    def look(self, noun: str) -> Look:
        """What was compared, with a sentence for each topic and reason; `noun` names what was left out."""
        result = CheckResult(self.check, self.epochs, self.rows, self.differences, self.findings)
        return Look([result], self._sentences(noun))

    def _sentences(self, noun: str) -> list[str]:
        return [
            f"{topic}: {count_of(number, noun)} could not be computed again: {why}"
            for (topic, why), number in self.unchecked.items()
        ]


def _rows_of(
    client: Client, log: str, stored: Mapping[EpochKey, StoredEpoch], keys: Sequence[EpochKey]
) -> Mapping[EpochKey, StoredRows]:
    """The stored rows of the epochs at `keys`; none for one that the ledger does not know."""
    found = {key: StoredRows() for key in keys}
    minutes_from = minutes_kept_from(client, SystemClock().now()).timestamp()
    by_partition: dict[int, list[StoredEpoch]] = defaultdict(list)
    for key in keys:
        if key in stored:
            by_partition[key[0]].append(stored[key])
    for partition, epochs in by_partition.items():
        for epoch, rows in zip(epochs, stored_rows(client, log, epochs, with_events=False), strict=True):
            found[partition, epoch.first_offset] = replace(rows, minutes_from=minutes_from)
    return found


def _finding(check: Check, location: EventLocation, topic: str, table: str, detail: str) -> Finding:
    return Finding(
        check=check,
        topic=topic,
        log=location.log,
        partition=location.partition,
        first_offset=location.offset,
        next_offset=location.offset + 1,
        table=table,
        detail=f"line {location.line}, index {location.event_index}: {detail}",
    )
