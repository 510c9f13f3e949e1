"""What changed between two snapshots, and a year of them."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from gatemeter.inventory.difference import Change, difference
from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import Completeness, KindInventory, Snapshot, Source
from gatemeter.inventory.taking import InventoryTaker
from tests.support.inventories import LISTED, NODES, PLUGINS, SERVICES, MemoryInventory, records, snapshot

Told = list[tuple[str, str, str, list[str]]]


def told(before: Snapshot, after: Snapshot) -> Told:
    return [
        (each.change.value, each.kind.value, each.entity.id, sorted(each.members))
        for each in difference(before, after).changes
    ]


def with_services(*services: Entity, **changes: object) -> Snapshot:
    return snapshot({**LISTED, Kind.SERVICE: services}, **changes)


def test_equal_snapshots_have_no_difference() -> None:
    assert told(snapshot(), snapshot(taken_at=datetime(2026, 3, 1, tzinfo=UTC))) == []


def test_added_removed_and_changed_entities_are_told() -> None:
    renamed = msgspec.structs.replace(SERVICES[0], name="orders-2", tags=("a",))
    assert told(snapshot(), with_services(renamed, Entity(id="s9"))) == [
        ("changed", "service", "s1", ["name", "tags"]),
        ("removed", "service", "s2", []),
        ("added", "service", "s9", []),
    ]


def test_settings_that_are_not_kept_show_by_their_time() -> None:
    touched = msgspec.structs.replace(PLUGINS[0], updated_at=1_770_000_500)
    after = snapshot({**LISTED, Kind.PLUGIN: (touched, *PLUGINS[1:])})
    assert told(snapshot(), after) == [("changed", "plugin", "p1", ["updated_at"])]


def test_a_node_that_was_seen_again_has_not_changed() -> None:
    seen = [msgspec.structs.replace(node, last_seen=1_770_200_000) for node in NODES]
    upgraded = msgspec.structs.replace(seen[1], version="3.10.0.2")
    assert told(snapshot(), snapshot({**LISTED, Kind.NODE: seen})) == []
    assert told(snapshot(), snapshot({**LISTED, Kind.NODE: (seen[0], upgraded)})) == [
        ("changed", "node", "n2", ["version"])
    ]


def test_a_service_with_a_new_name_does_not_change_its_routes() -> None:
    routes = [msgspec.structs.replace(route, service_name="new") for route in LISTED[Kind.ROUTE]]
    assert told(snapshot(), snapshot({**LISTED, Kind.ROUTE: routes})) == []


@pytest.mark.parametrize("completeness", [Completeness.FORBIDDEN, Completeness.NOT_ASKED, Completeness.COUNTED])
def test_what_is_not_listed_is_not_taken_for_removed(completeness: Completeness) -> None:
    after = snapshot(kinds={**snapshot().kinds, Kind.SERVICE: KindInventory(completeness)})
    found = difference(snapshot(), after)
    assert found.changes == []
    assert found.not_compared[Kind.SERVICE] == completeness.value


def test_of_a_partial_list_only_changes_are_told() -> None:
    changed = msgspec.structs.replace(SERVICES[0], name="other")
    partial = KindInventory.listed(Kind.SERVICE, (changed, Entity(id="s9")), Completeness.PARTIAL)
    found = difference(snapshot(), snapshot(kinds={**snapshot().kinds, Kind.SERVICE: partial}))
    assert [(each.change, each.entity.id) for each in found.changes] == [(Change.CHANGED, "s1")]
    assert found.not_compared[Kind.SERVICE] == "partial"


def test_a_file_and_a_gateway_are_compared_by_name() -> None:
    services = (Entity(id="name:orders", name="orders", workspace="default"), Entity(id="name:new", name="new"))
    after = with_services(*services, source=Source.DECLARATIVE)
    assert [each for each in told(snapshot(), after) if each[1] == "service"] == [
        ("removed", "service", "s2", []),
        ("added", "service", "name:new", []),
    ]


def test_a_year_of_snapshots_is_told_by_its_differences() -> None:
    """The differences of a year, applied to the first snapshot, give the last; equal days store no new rows."""
    rng, store, services = random.Random(7), MemoryInventory(), dict[str, Entity]()
    days: list[Snapshot] = []
    changed_days = 0
    for day in range(365):
        if rng.random() < 0.1:
            changed_days += 1
            number = f"s{rng.randrange(40)}"
            if number in services and rng.random() < 0.5:
                del services[number]
            else:
                services[number] = Entity(id=number, name=f"{number}-{day}")
        taken_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        days.append(snapshot({Kind.SERVICE: tuple(services.values())}, taken_at=taken_at))
        InventoryTaker(store).take(records(days[-1]))
    found = {entity.id: entity for entity in days[0].of(Kind.SERVICE).entities}
    for before, after in pairwise(days):
        for each in difference(before, after).changes:
            if each.change is Change.REMOVED:
                del found[each.entity.id]
            else:
                found[each.entity.id] = each.entity
    assert tuple(found[key] for key in sorted(found)) == days[-1].of(Kind.SERVICE).entities
    assert len(store.table("inventory_snapshots")) == 365
    assert 1 < len({row["set_id"] for row in store.table("inventory_entities")}) <= changed_days
