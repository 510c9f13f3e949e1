"""What is configured, over HTTP: the newest snapshots, what changed, and what nobody uses."""

from datetime import timedelta

import pytest

from gatemeter.clickhouse.inventory_store import ClickHouseInventory
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.taking import InventoryTaker
from tests.support.api_client import api_client
from tests.support.databases import Store
from tests.support.inventories import LISTED, SERVICES, TAKEN_AT, records, snapshot
from tests.support.served_dashboard import opener_of
from tests.support.tenant_apis import EVERYBODY, Apis

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]

PATHS = ("/api/v1/inventory", "/api/v1/inventory/diff", "/api/v1/inventory/unused")


def test_the_inventory_is_refused_to_limited_tokens(apis: Apis) -> None:
    for path in PATHS:
        assert [apis.everything.get(path, "", token).status for token in ("both", "a-workspace", "a-custom-id")] == [
            403
        ] * 3
        assert apis.everything.get(path).status == 401
        found = apis.everything.get(path, "", EVERYBODY)
        assert found.status == 200
        again = apis.everything.get(path, "", EVERYBODY, **{"if-none-match": found.headers["etag"]})
        assert again.status == 304


def test_newest_snapshots_and_their_changes_are_told(store: Store) -> None:
    renamed = [Entity(id="s1", name="orders-v2", workspace="default"), Entity(id="s3", name="new")]
    before, after = snapshot(), snapshot({**LISTED, Kind.SERVICE: renamed}, taken_at=TAKEN_AT + timedelta(days=1))
    with api_client(opener_of(store.url)) as api:
        assert api.get("/api/v1/inventory").json() == {"snapshots": []}
        assert api.get("/api/v1/inventory/diff").json() == {"differences": []}
        with store.client() as client:
            InventoryTaker(ClickHouseInventory(client)).take(records(before, after))
        [told] = api.get("/api/v1/inventory").json()["snapshots"]
        [found] = api.get("/api/v1/inventory/diff").json()["differences"]
        by_ids = api.get("/api/v1/inventory/diff", f"before={before.id[:9]}&after={after.id}").json()
        refused = [api.get("/api/v1/inventory/diff", query).status for query in ("before=abc", "before=ff&after=ee")]
    assert (told["snapshot_id"], told["control_plane"], told["taken_at"]) == (
        after.id,
        "production",
        "2026-02-04T10:05:00Z",
    )
    kinds = {each["kind"]: (each["completeness"], each["count"]) for each in told["kinds"]}
    assert (kinds["service"], kinds["workspace"]) == (("complete", 2), ("forbidden", None))
    changes = [(each["change"], each["kind"], each["id"]) for each in found["changes"]]
    assert set(changes) == {("changed", "service", "s1"), ("removed", "service", "s2"), ("added", "service", "s3")}
    members = next(each["members"] for each in found["changes"] if each["id"] == "s1")
    assert {"member": "name", "before": SERVICES[0].name, "after": "orders-v2"} in members
    assert {each["kind"] for each in found["not_compared"]} == {
        "rbac_user",
        "workspace",
        "consumer_group",
        "credential",
    }
    assert (by_ids["differences"], refused) == ([found], [400, 400])


def test_what_nobody_uses_is_told_as_json_and_as_a_file(apis: Apis) -> None:
    found = apis.everything.get("/api/v1/inventory/unused", "from=2026-02", EVERYBODY).json()
    assert {(row["finding"], row["kind"]) for row in found["rows"]} == {("not_called", "service")}
    text = apis.everything.get("/api/v1/inventory/unused", "from=2026-02&csv=true", EVERYBODY).body.decode()
    assert text.count("not_called,service") == len(found["rows"])
    assert apis.everything.get("/api/v1/inventory/unused", "from=2026-13", EVERYBODY).status == 400
