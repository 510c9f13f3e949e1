"""What snapshots of a control plane tell for a license report, and what they leave unknown."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gatemeter.inventory.entity import Entity, Kind
from gatemeter.inventory.snapshot import (
    Completeness,
    ControlPlane,
    GatewayFacts,
    KindInventory,
    PluginCount,
    ReportedCounts,
    Snapshot,
    Source,
)
from gatemeter.license_report.buckets import MonthlyBucket
from gatemeter.license_report.control_plane import known_control_plane
from gatemeter.license_report.deployment import NO_LICENSE, Deployment, DeploymentType, License, hashed_hostname
from gatemeter.license_report.inventoried import Inventoried, deployment_of
from gatemeter.license_report.notes import report_notes
from tests.support.inventories import LISTED, PLUGINS, ROUTES, TAKEN_AT, snapshot

NOTHING_REPORTED = ReportedCounts()
DAY = timedelta(days=1)


def listed(**changes: Any) -> Snapshot:
    """A snapshot of an Admin API alone, which no license report has told anything."""
    return replace(snapshot(), reported=NOTHING_REPORTED, **changes)


def told(*snapshots: Snapshot) -> Deployment:
    return known_control_plane(snapshots).deployment


def facts(**changes: Any) -> Snapshot:
    return listed(facts=msgspec.structs.replace(snapshot().facts, **changes))


def plugin(name: str, route_id: str, *targets: str, number: int = 1) -> Entity:
    return Entity(id=f"{name}-{route_id}-{number}", name=name, route_id=route_id, target_hashes=targets)


def test_entities_are_counted_where_all_of_them_are_listed() -> None:
    found = told(listed())
    assert (found.services_count, found.routes_count, found.consumers_count) == (2, 3, 2)
    assert (found.rbac_users, found.workspaces_count) == (3, None)
    assert (found.kong_version, found.db_version, found.cores) == ("3.10.0.2", None, 4)
    assert (found.deployment_type, found.connected_dp_count) == (DeploymentType.HYBRID, 2)


@pytest.mark.parametrize(
    "completeness", [each for each in Completeness if each not in (Completeness.COMPLETE, Completeness.COUNTED)]
)
def test_a_kind_that_is_not_told_whole_is_unknown(completeness: Completeness) -> None:
    kinds = {kind: KindInventory(completeness, None) for kind in Kind}
    found = told(listed(kinds=kinds))
    unknown: dict[str, Any] = dict.fromkeys(
        (
            *("plugins", "unique_route_lambdas", "unique_route_kafkas", "services_count", "routes_count"),
            *("consumers_count", "rbac_users", "workspaces_count", "connected_dp_count"),
        )
    )
    assert found == replace(told(listed()), **unknown)


def test_plugins_are_counted_by_tier_and_unlisted_ones_are_custom() -> None:
    own = Entity(id="p4", name="own-auth", plugin_tier="unknown")
    again = Entity(id="p5", name="key-auth", plugin_tier="free")
    known = known_control_plane([snapshot({**LISTED, Kind.PLUGIN: (*PLUGINS, own, again)}, reported=NOTHING_REPORTED)])
    plugins = known.deployment.plugins
    assert plugins is not None
    assert (plugins.free, plugins.enterprise) == ({"aws-lambda": 1, "key-auth": 2}, {"kafka-log": 1})
    assert (plugins.custom, known.untiered) == ({"own-auth": 1}, ["own-auth"])


@pytest.mark.parametrize(
    ("plugins", "lambdas", "kafkas"),
    [
        ([plugin("aws-lambda", "r3", "a"), plugin("aws-lambda", "r3", "a", number=2)], 1, 0),
        ([plugin("aws-lambda", "r3", "a"), plugin("aws-lambda", "r3", "b", number=2)], 2, 0),
        ([plugin("aws-lambda", "r1", "a"), plugin("aws-lambda", "", "b")], 0, 0),
        ([plugin("kafka-upstream", "r3", "a", "b"), plugin("kafka-consume", "r3", "b")], 0, 2),
        ([plugin("kafka-log", "r3", "a"), plugin("kafka-upstream", "r2", "a")], 0, 0),
    ],
)
def test_functions_and_brokers_are_told_apart_on_routes_without_a_service(
    plugins: list[Entity], lambdas: int, kafkas: int
) -> None:
    found = told(snapshot({Kind.ROUTE: ROUTES, Kind.PLUGIN: plugins}, reported=NOTHING_REPORTED))
    assert (found.unique_route_lambdas, found.unique_route_kafkas) == (lambdas, kafkas)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"license_key": "UNLICENSED"}, NO_LICENSE),
        ({"license_key": "", "edition": "community"}, NO_LICENSE),
        ({"license_key": "", "edition": "enterprise"}, License(None, None)),
        ({"license_key": "k", "license_expires": "2027-07-20"}, License("k", "2027-07-20")),
        ({"license_key": "k", "license_expires": ""}, License("k", None)),
    ],
)
def test_a_license_is_as_told_or_unknown(changes: dict[str, str], expected: License) -> None:
    assert told(facts(**changes)).license == expected


def test_a_hostname_is_hashed_unless_a_license_report_told_it() -> None:
    assert told(facts(hostname="node-1")).hostname == hashed_hostname("node-1")
    assert told(facts(hostname="0cf7", report_checksum="38b0")).hostname == "0cf7"
    assert told(facts(hostname="")).hostname is None


def test_each_value_is_of_the_newest_snapshot_that_has_it() -> None:
    report = Snapshot(
        ControlPlane("cp-1", "production"),
        TAKEN_AT - DAY,
        Source.LICENSE_REPORT,
        facts=GatewayFacts(gateway_version="3.9.0.0", database_version="postgres 15.2"),
        reported=ReportedCounts(plugins=(PluginCount("free", "cors", 9),), unique_route_kafkas=7),
        kinds={Kind.SERVICE: KindInventory.counted(99), Kind.WORKSPACE: KindInventory.counted(4)},
    )
    known = known_control_plane([report, listed()])
    found = known.deployment
    assert (found.kong_version, found.db_version) == ("3.10.0.2", "postgres 15.2")
    assert (found.services_count, found.workspaces_count, found.unique_route_kafkas) == (2, 4, 0)
    assert known.told_at == TAKEN_AT - DAY
    assert known_control_plane([listed(), replace(report, kinds={}, facts=GatewayFacts())]).told_at == TAKEN_AT


def test_several_control_planes_are_added_up_where_that_means_something() -> None:
    first = known_control_plane([listed()])
    second = known_control_plane([replace(facts(gateway_version="3.9.0.0"), control_plane=ControlPlane("cp-2"))])
    found = deployment_of([first, second])
    assert (found.services_count, found.routes_count, found.connected_dp_count) == (4, 6, 4)
    assert found.plugins is not None
    assert found.plugins.free == {"aws-lambda": 2, "key-auth": 2}
    assert (found.kong_version, found.license, found.deployment_type) == (None, NO_LICENSE, DeploymentType.HYBRID)
    assert (found.unique_route_lambdas, found.cores, found.workspaces_count) == (None, None, None)


def notes(known: Inventoried, age: timedelta, *buckets: MonthlyBucket) -> list[str]:
    return list(report_notes(buckets, known, TAKEN_AT + age, DAY))


def test_notes_tell_what_the_shape_has_no_place_for() -> None:
    known = known_control_plane([listed()])
    assert notes(Inventoried(known.deployment, [known]), DAY) == []
    assert notes(Inventoried(known.deployment, [known]), 12 * DAY) == [
        "the inventory of production is of 2026-02-03T10:05:00Z, 12 days ago"
    ]
    undated = MonthlyBucket(bucket="UNKNOWN", request_count=5)
    assert [note.split(":")[0] for note in notes(Inventoried(), DAY, undated)] == ["UNKNOWN", "no inventory"]
    several = Inventoried(known.deployment, [known, replace(known, name="staging", untiered=["own-auth"])])
    assert notes(several, DAY) == [
        "entities are added up over 2 control planes: production, staging",
        "plugins of staging that no table of tiers lists, counted as custom: own-auth",
    ]
