"""Reads hashes and seals of a store's epochs, and writes new seals."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import with_retry
from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.verification.seal_chain import (
    ChainHeads,
    EpochHashes,
    SealedEpoch,
    is_finished,
    resealed_costs,
    sealed_partition,
)

_TABLE = "seals"
_COLUMN_TYPES = {
    "log": "String",
    "partition": "Int32",
    "epoch_first_offset": "Int64",
    "sealed_at": "DateTime64(3, 'UTC')",
    "topic": "String",
    "number": "Int64",
    "next_offset": "Int64",
    "usage_hash": "String",
    "costs_hash": "String",
    "events": "Int64",
    "events_hash": "String",
    "dead_letters": "Int64",
    "dead_letters_hash": "String",
    "usage_seal": "String",
    "costs_seal": "String",
    "records_seal": "String",
}

Partition = tuple[str, int]
"""The identity of a log, and a partition of it."""


def seal_epochs(client: Client, now: datetime, *, with_costs: bool) -> int:
    """Seal all epochs that have no seal yet, and open ones that have grown; how many seals were written.

    `with_costs` seals the costs of sealed epochs again as they are now. Raises as `fetch` does.
    """
    written = 0
    for log in sealed_logs(client):
        sealed, stored = stored_seals(client, log), epoch_hashes(client, log)
        for partition in sorted(sealed.keys() | stored.keys()):
            before = sealed.get(partition, [])
            if with_costs:
                again = resealed_costs(before, stored.get(partition, []))
                written += _write(client, log, again, now)
                by_offset = {each.epoch.first_offset: each for each in (*before, *again)}
                before = list(by_offset.values())
            written += _write(client, log, sealed_partition(before, stored.get(partition, [])), now)
    return written


def sealed_logs(client: Client) -> Sequence[str]:
    """The identities of all logs that have epochs or seals. Raises as `fetch` does."""
    return [row["log"] for row in fetch(client, "verification/sealed_logs", {})]


def has_seals(client: Client) -> bool:
    """Whether any epoch is sealed. Raises as `fetch` does."""
    return any(row["has_seals"] for row in fetch(client, "verification/sealed_logs", {}))


def stored_seals(client: Client, log: str) -> Mapping[int, list[SealedEpoch]]:
    """The seals of a log's epochs by partition, in the order of their numbers. Raises as `fetch` does."""
    found: dict[int, list[SealedEpoch]] = defaultdict(list)
    for row in fetch(client, "verification/stored_seals", {"log": log}):
        heads = ChainHeads(row["usage_seal"], row["costs_seal"], row["records_seal"])
        epoch = _hashes(row, is_finished=row["number"] > 0, has_open_line=False)
        found[row["partition"]].append(SealedEpoch(epoch, row["number"], heads))
    return found


def epoch_hashes(client: Client, log: str) -> Mapping[int, list[EpochHashes]]:
    """The epochs of a log as they are stored, by partition, in the order of their offsets. Raises as `fetch` does."""
    found: dict[int, list[EpochHashes]] = defaultdict(list)
    for row in fetch(client, "verification/epoch_hashes", {"log": log}):
        finished = is_finished(
            row["log_kind"],
            row["epoch_first_offset"],
            row["next_offset"],
            row["epoch_size"],
            is_last=bool(row["is_last"]),
        )
        epoch = _hashes(row, is_finished=finished, has_open_line=bool(row["has_open_line"]))
        found[row["partition"]].append(epoch)
    return found


def _hashes(row: Mapping[str, Any], *, is_finished: bool, has_open_line: bool) -> EpochHashes:
    return EpochHashes(
        partition=row["partition"],
        first_offset=row["epoch_first_offset"],
        next_offset=row["next_offset"],
        topic=row["topic"],
        usage=row["usage_hash"],
        costs=row["costs_hash"],
        events=row["events"],
        events_hash=row["events_hash"],
        dead_letters=row["dead_letters"],
        dead_letters_hash=row["dead_letters_hash"],
        is_finished=is_finished,
        has_open_line=has_open_line,
    )


def _write(client: Client, log: str, sealed: Sequence[SealedEpoch], now: datetime) -> int:
    columns = [list(column) for column in zip(*_rows(log, sealed, now), strict=True)]
    if columns:
        with_retry(lambda: insert_columns(client, _TABLE, _COLUMN_TYPES, columns))
    return len(sealed)


def _rows(log: str, sealed: Sequence[SealedEpoch], now: datetime) -> Iterator[tuple[object, ...]]:
    for each in sealed:
        epoch = each.epoch
        yield (
            log,
            epoch.partition,
            epoch.first_offset,
            now,
            epoch.topic,
            each.number,
            epoch.next_offset,
            epoch.usage,
            epoch.costs,
            epoch.events,
            epoch.events_hash,
            epoch.dead_letters,
            epoch.dead_letters_hash,
            each.heads.usage,
            each.heads.costs,
            each.heads.records,
        )
