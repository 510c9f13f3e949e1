"""A store with something of everything, verified after each change that somebody makes to its tables."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.errors import ExitCode
from gatemeter.schema import TABLES
from gatemeter.verification.stored_schema import shipped_views
from tests.support.command_in_process import invoked, run
from tests.support.databases import Store
from tests.support.dead_letters import KEY
from tests.support.declared_meters import BYTES_OUT
from tests.support.kong_events import request_line
from tests.support.overlapping_logs import lines, write
from tests.support.tampering.change import Tampering

IN_2005_MS = 1_117_620_000_000
FROM_2005 = ("--earliest", "2005-01-01")
"""Lets a replay count events that metering leaves as dead letters."""


class Found(StrEnum):
    """What a verification says of a change."""

    FOUND = "found"
    """A finding, and exit code 9."""
    NOTED = "noted"
    """No finding; what was not checked names it."""
    UNSEEN = "-"


class TamperedStore:
    """Two files, metered, with replays, and with the event ledger corrections too.

    `copy` holds the rows of the store as they were, in a database of its own.
    """

    def __init__(self, store: Store, copy: Store, folder: Path, *, event_ledger: bool) -> None:
        self._store = store
        self._copy = copy
        self.event_ledger = event_ledger
        old = [request_line(f"old{number}", started_at=IN_2005_MS, consumer="o") for number in range(3)]
        events = lines()
        self.files = [
            write(folder / "one.log", [*events[:45], *old]),
            write(folder / "two.log", [events[45], *events[20:45], *events[46:]]),
        ]
        self._heads = folder / "heads.jsonl"
        meters = folder / "meters.toml"
        meters.write_text(BYTES_OUT, encoding="utf-8")
        self._env = {**KEY, "GATEMETER_METERS": str(meters)}
        self._fill()
        self._untampered = {mode: self._unchecked(mode) for mode in self.modes}

    @property
    def modes(self) -> Mapping[str, Sequence[object]]:
        """The arguments of `verify` by the name of each way to verify."""
        return {"plain": (), "deep": ("--deep", *self.files), "seal": ("--seal", self._heads)}

    def found(self, tampering: Tampering, *modes: str) -> dict[str, Found]:
        """What each way to verify, or each of `modes`, says after the change, which is undone then."""
        with self._store.client() as client:
            tampering.apply(client)
        try:
            return {mode: self._judge(mode) for mode in modes or self.modes}
        finally:
            self._restore(tampering.undo)

    def findings(self, mode: str) -> list[Mapping[str, Any]]:
        """What a verification finds now."""
        return list(self._verified(mode)[1]["findings"])

    def _fill(self) -> None:
        ledger = ("--event-ledger",) if self.event_ledger else ()
        flags = self._store.flags
        for store in (self._store, self._copy):
            run("migrate", *store.flags, "--keep-events-days", 10_000)
        run("meter", *self.files, *flags, *ledger, env=self._env)
        run("dead-letters", "replay", *flags, *FROM_2005, "--reason", "started_at_out_of_range", env=self._env)
        if self.event_ledger:
            run("correct", *self.files, *flags, "--reason", "shipped twice", env=self._env)
        run("seal", "add", *flags)
        run("seal", "export", self._heads, *flags)
        with self._copy.client() as client:
            _copy_rows(client, _database(self._store), _database(self._copy))
            client.command(f"INSERT INTO seals SELECT * FROM `{_database(self._store)}`.seals")
        self._forget_seals()

    def _restore(self, undo: Sequence[str]) -> None:
        with self._store.client() as client:
            for statement in undo:
                client.command(statement)
            for view, query in shipped_views(client).items() if undo else ():
                client.command(f"CREATE OR REPLACE VIEW {view} AS {query}")
            for table in TABLES:
                client.command(f"TRUNCATE TABLE {table.name}")
            _copy_rows(client, _database(self._copy), _database(self._store))

    def _forget_seals(self) -> None:
        with self._store.client() as client:
            client.command("TRUNCATE TABLE seals")

    def _judge(self, mode: str) -> Found:
        code, verification = self._verified(mode)
        if code == ExitCode.DIFFERENCE:
            return Found.FOUND
        noted = set(verification["unchecked"]) - set(self._untampered[mode])
        return Found.NOTED if noted else Found.UNSEEN

    def _unchecked(self, mode: str) -> Sequence[str]:
        code, verification = self._verified(mode)
        assert code == ExitCode.OK, verification["findings"]
        unchecked: Sequence[str] = verification["unchecked"]
        return unchecked

    def _verified(self, mode: str) -> tuple[int, dict[str, Any]]:
        if mode == "seal":
            with self._store.client() as client:
                client.command(f"INSERT INTO seals SELECT * FROM `{_database(self._copy)}`.seals")
        result = invoked("verify", *self._store.flags, *self.modes[mode], "--json", env=self._env)
        self._forget_seals()
        assert result.exit_code in (ExitCode.OK, ExitCode.DIFFERENCE), (result.output, result.exception)
        verification: dict[str, Any] = json.loads(result.stdout)
        return result.exit_code, verification


def _copy_rows(client: Client, source: str, target: str) -> None:
    for table in TABLES:
        client.command(f"INSERT INTO `{target}`.{table.name} SELECT * FROM `{source}`.{table.name}")


def _database(store: Store) -> str:
    return store.url.rpartition("/")[2]
