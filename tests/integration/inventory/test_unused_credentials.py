"""`gatemeter report unused` of keys: from Kong's events, by the meter that docs/queries.md declares."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.formats.kong.credential_meter import CREDENTIAL_METER
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.taking import InventoryTaker
from tests.support.command_in_process import run
from tests.support.databases import Store
from tests.support.declared_meters import declared
from tests.support.inventories import records, snapshot
from tests.support.kong_events import event_text
from tests.support.repository import ROOT

pytestmark = pytest.mark.clickhouse

CONSUMERS = [Entity(id=f"c{number}", username=f"user-{number}") for number in (1, 2, 3)]
KEYS = [
    Entity(id="k1", name="key-auth", consumer_id="c1"),
    Entity(id="k2", name="key-auth", consumer_id="c1", created_at=1_770_000_000),
    Entity(id="k3", name="jwt", consumer_id="c2"),
    Entity(id="k4", name="key-auth", consumer_id="c3"),
]


def documented_meter() -> str:
    text = (ROOT / "docs" / "queries.md").read_text(encoding="utf-8")
    (found,) = (block for block in re.findall(r"```toml\n(.*?)```", text, re.DOTALL) if "authenticated_entity" in block)
    return str(found)


def request(number: int, consumer: str, credential: str) -> bytes:
    named = f',"authenticated_entity":{{"id":"{credential}"}}' if credential else ""
    return event_text(event_id=f'"r-{number}"', extra=f'"consumer":{{"id":"{consumer}"}}{named}')


def test_the_documented_meter_is_the_one_that_reports_know() -> None:
    assert [each.identity for each in declared(documented_meter())] == [CREDENTIAL_METER.identity]


def test_keys_are_unused_where_requests_tell_which_they_came_with(tmp_path: Path, store: Store) -> None:
    log, meters = tmp_path / "access.log", tmp_path / "meters.toml"
    requests = [request(1, "c1", "k1"), request(2, "c1", "k1"), request(3, "c3", "k4"), request(4, "c3", "")]
    log.write_bytes(b"\n".join(requests) + b"\n")
    meters.write_text(documented_meter())
    run("meter", log, *store.flags, "--meters", meters)
    with store.client() as client:
        taken = snapshot({Kind.CONSUMER: CONSUMERS, Kind.CREDENTIAL: [*KEYS, Entity(id="k5", consumer_id="c3")]})
        InventoryTaker(ClickHouseInventory(client)).take(records(taken))
    result = run("report", "unused", *store.flags, "--from", "2026-02", "--csv")
    rows = [row for row in csv.DictReader(io.StringIO(result.stdout)) if row["kind"] == "credential"]
    assert [(row["finding"], row["consumer"], row["name"], row["id"]) for row in rows] == [
        ("not_called", "user-1", "key-auth", "k2"),
        ("not_called", "user-2", "jwt", "k3"),
    ]
    assert "whether 1 credentials are used is not known" in result.stderr
    shown = json.loads(run("inventory", "show", *store.flags, "--kind", "credential", "--json").stdout)
    assert [(each["id"], each["created_at"]) for each in shown][1] == ("k2", 1_770_000_000)
