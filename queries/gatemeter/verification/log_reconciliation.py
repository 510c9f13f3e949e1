"""Reconciles a store with its logs: reads them again, and compares what they hold and what it is counted as."""

from collections.abc import Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.sink import RetryingSink
from gatemeter.errors import InputError
from gatemeter.metering.log import LogKind
from gatemeter.metering.ruleset import Metering
from gatemeter.output.text import count_of
from gatemeter.reports.period import TimeSpan
from gatemeter.sources.log_reader import LogReader
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.comparison_tally import ComparisonTally
from gatemeter.verification.epoch_comparison import (
    EpochSelection,
    LogComparison,
    LogProgress,
    no_progress,
)
from gatemeter.verification.log_completeness import LogCompleteness, log_completeness, stored_progress
from gatemeter.verification.second_look import Look, Pause

_COMPUTED_APART = (LogKind.REPLAY.value, LogKind.CORRECTION.value)
"""Their epochs are in no log by themselves; `replay_recount` and `correction_recount` compute them again."""


def reconcile_logs(
    client: Client,
    readers: Sequence[LogReader],
    metering: Metering,
    span: TimeSpan,
    *,
    pause: Pause,
    progress: LogProgress = no_progress,
) -> Look:
    """Compare all epochs in `span` whose log is among `readers` with what this log gives.

    Epochs that differ are looked at twice, with `pause`, while the rows that the log gives are there: it is read once.
    Raises as the readers and as `fetch` do.
    """
    selections = _selections(client, span)
    tally = ComparisonTally()
    unchecked: list[str] = []
    for reader in readers:
        selection = selections.pop(reader.log.identity, None)
        if selection is None:
            unchecked.append(f"{reader.log.name}: no epoch of this log is of the time asked for")
            continue
        unchecked += LogComparison(client, reader, metering, selection, tally, pause).run(progress)
    unchecked += [
        _without_reader(identity, selection)
        for identity, selection in selections.items()
        if selection.log_kind not in _COMPUTED_APART
    ]
    if tally.repriced:
        unchecked.append(f"costs of {tally.repriced:,} rows: they were made with other prices; give the same --prices")
    return Look([tally.result()], unchecked)


def check_completeness(client: Client, readers: Sequence[LogReader]) -> Look:
    """Compare the offsets that the logs of `readers` hold with those that are counted. Raises as the readers do."""
    complete = LogCompleteness()
    for reader in readers:
        stored = stored_progress(client, RetryingSink(client), reader.log.identity)
        complete.add(log_completeness(reader, stored))
    return Look([complete.result()], not_counted=complete.not_counted)


def require_stored(client: Client, readers: Sequence[LogReader]) -> None:
    """Raise InputError if nothing is known of one of the logs: there would be nothing to compare it with."""
    for reader in readers:
        progress = stored_progress(client, RetryingSink(client), reader.log.identity)
        if not any(each.epochs or each.known_end or each.start for each in progress.values()):
            raise InputError(
                f"nothing of this log is stored here (log {reader.log.identity})",
                where=reader.log.name,
                do="name the log that was counted, and the store that counts it",
            )


def _selections(client: Client, span: TimeSpan) -> dict[str, EpochSelection]:
    """The epochs in `span` by the identity of their log."""
    rows = fetch_checked(client, "verification/epochs_by_log", span)
    return {row["log"]: _selection(row) for row in rows}


def _selection(row: Mapping[str, Any]) -> EpochSelection:
    epochs = frozenset((int(partition), int(first_offset)) for partition, first_offset in row["epochs"])
    return EpochSelection(row["topic"], row["log_kind"], epochs)


def _without_reader(identity: str, selection: EpochSelection) -> str:
    epochs = count_of(len(selection.epochs), "epoch")
    return f"{selection.topic}: {epochs} of the log {identity}, which was not named"
