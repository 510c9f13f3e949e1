"""Reads hashes and seals of a store's epochs, and writes seals."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.errors import with_retry
from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.verification.seal_chain import OPEN, ChainHeads, EpochHashes, SealedEpoch, is_finished
from gatemeter.verification.seal_recipe import NEWEST_RECIPE, RECIPES

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
    "recipe": "UInt16",
}


class LogSeals:
    """The seals of a log as they are stored, and hashes of its rows as they are now, by the recipes of the seals."""

    def __init__(self, client: Client, log: str, *, recipes: Collection[int] = ()) -> None:
        """Read all of it, with the hashes of further `recipes`. Raises as `fetch` does."""
        self.log = log
        self.sealed = stored_seals(client, log)
        used = {each.epoch.recipe for of_partition in self.sealed.values() for each in of_partition}
        hashes = {recipe: epoch_hashes(client, log, recipe) for recipe in {NEWEST_RECIPE, *used, *recipes}}
        self.stored = hashes[NEWEST_RECIPE]
        self.now = {epoch.key: epoch for stored in hashes.values() for epochs in stored.values() for epoch in epochs}

    @property
    def partitions(self) -> set[int]:
        """All partitions that have epochs or seals."""
        return {*self.sealed, *self.stored}

    def closed(self, partition: int) -> list[SealedEpoch]:
        """The seals in the chains of a partition, in their order."""
        return [each for each in self.sealed.get(partition, ()) if not each.is_open]


def sealed_logs(client: Client) -> Sequence[str]:
    """The identities of all logs that have epochs or seals. Raises as `fetch` does."""
    return [row["log"] for row in fetch(client, "verification/sealed_logs", {})]


def has_seals(client: Client) -> bool:
    """Whether any epoch is sealed. Raises as `fetch` does."""
    return any(row["has_seals"] for row in fetch(client, "verification/sealed_logs", {}))


def stored_seals(client: Client, log: str) -> Mapping[int, list[SealedEpoch]]:
    """The seals of a log's epochs by partition, in the order of their numbers. Raises as `fetch` does."""
    found: dict[int, list[SealedEpoch]] = defaultdict(list)
    for row in fetch(client, "verification/stored_seals", {"log": log, "recipes": list(RECIPES)}):
        heads = ChainHeads(row["usage_seal"], row["costs_seal"], row["records_seal"])
        epoch = _hashes(row, row["recipe"], is_finished=row["number"] > OPEN, has_open_line=False)
        found[row["partition"]].append(SealedEpoch(epoch, row["number"], heads))
    return found


def epoch_hashes(client: Client, log: str, recipe: int = NEWEST_RECIPE) -> Mapping[int, list[EpochHashes]]:
    """The epochs of a log as they are stored, by partition, in the order of their offsets. Raises as `fetch` does."""
    found: dict[int, list[EpochHashes]] = defaultdict(list)
    for row in fetch(client, RECIPES[recipe], {"log": log}):
        finished = is_finished(
            row["log_kind"],
            row["epoch_first_offset"],
            row["next_offset"],
            row["epoch_size"],
            is_last=bool(row["is_last"]),
        )
        epoch = _hashes(row, recipe, is_finished=finished, has_open_line=bool(row["has_open_line"]))
        found[row["partition"]].append(epoch)
    return found


def _hashes(row: Mapping[str, Any], recipe: int, *, is_finished: bool, has_open_line: bool) -> EpochHashes:
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
        recipe=recipe,
    )


def write_seals(client: Client, log: str, sealed: Sequence[SealedEpoch], now: datetime) -> None:
    """Store seals of epochs of `log`, made at `now`. Raises as `with_retry` does."""
    columns = [list(column) for column in zip(*_rows(log, sealed, now), strict=True)]
    if columns:
        with_retry(lambda: insert_columns(client, _TABLE, _COLUMN_TYPES, columns))


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
            epoch.recipe,
        )
