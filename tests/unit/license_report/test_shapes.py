"""Each documented shape, with everything known and with nothing known, beside the vendor's own examples."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatemeter.clock import ManualClock
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.license_report import counts_of_report, facts_of_report, is_license_report, kinds_of_report
from gatemeter.inventory.snapshot import MonthlyRequests, PluginCount
from gatemeter.license_report.buckets import MonthlyBucket
from gatemeter.license_report.deployment import NOTHING_KNOWN, Deployment, DeploymentType, PluginCounts
from gatemeter.license_report.shapes import Shape, license_report, report_checksum
from tests.support.license_reports import BUCKETS, HYBRID, MADE_AT

GOLDEN = Path(__file__).parents[2] / "golden"
CLOCK = ManualClock(MADE_AT)
TRADITIONAL = replace(HYBRID, deployment_type=DeploymentType.TRADITIONAL, connected_dp_count=None)
DEPLOYMENTS = {"unknown": NOTHING_KNOWN, "hybrid": HYBRID, "traditional": TRADITIONAL}
EARLY_MEMBERS = (
    *("counters", "db_version", "kong_version", "license_key", "rbac_users", "services_count"),
    *("system_info", "workspaces_count"),
)
MEMBERS = {
    Shape.V3_10: (
        *("plugins_count", "routes_count", "timestamp", "license", "checksum", "counters", "services_count"),
        *("kong_version", "db_version", "system_info", "deployment_info", "workspaces_count"),
        *("consumers_count", "rbac_users"),
    ),
    Shape.V2_7: EARLY_MEMBERS,
    Shape.V1_3: EARLY_MEMBERS,
}


def made(shape: Shape = Shape.V3_10, deployment: Deployment = HYBRID) -> dict[str, Any]:
    return license_report(shape, BUCKETS, deployment, CLOCK)


@pytest.mark.parametrize("known", DEPLOYMENTS)
@pytest.mark.parametrize("shape", Shape)
def test_a_report_is_its_golden_file(shape: Shape, known: str) -> None:
    golden = GOLDEN / f"license_report_{shape}_{known}.json"
    text = json.dumps(made(shape, DEPLOYMENTS[known]), indent=2) + "\n"
    if os.environ.get("GATEMETER_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("shape", Shape)
def test_members_are_those_of_the_vendor_in_their_order(shape: Shape) -> None:
    assert tuple(made(shape)) == MEMBERS[shape]


def test_counts_nothing_without_buckets() -> None:
    report = license_report(Shape.V3_10, [], NOTHING_KNOWN, CLOCK)
    assert report["counters"] == {"buckets": [], "total_requests": 0}
    assert license_report(Shape.V2_7, [], NOTHING_KNOWN, CLOCK)["counters"] == []


@given(st.lists(st.integers(-5, 10**12), max_size=5), st.sampled_from(DeploymentType))
def test_the_total_is_the_sum_of_all_buckets(counts: list[int], kind: DeploymentType) -> None:
    names = ["UNKNOWN", *(f"2026-{month:02}" for month in range(1, 6))]
    buckets = [MonthlyBucket(bucket=name, request_count=count) for name, count in zip(names, counts, strict=False)]
    deployment = replace(HYBRID, deployment_type=kind)
    counters = license_report(Shape.V3_10, buckets, deployment, CLOCK)["counters"]
    assert counters["total_requests"] == sum(each["request_count"] for each in counters["buckets"])
    assert license_report(Shape.V1_3, buckets, deployment, CLOCK)["counters"] == {"req_cnt": sum(counts)}


@pytest.mark.parametrize(
    ("kind", "connected", "info"),
    [
        (DeploymentType.HYBRID, 2, {"type": "hybrid", "connected_dp_count": 2}),
        (DeploymentType.HYBRID, None, {"type": "hybrid", "connected_dp_count": None}),
        (DeploymentType.TRADITIONAL, 2, {"type": "traditional"}),
        (DeploymentType.DBLESS, None, {"type": "dbless"}),
        (None, None, {"type": None}),
    ],
)
def test_data_planes_are_told_in_hybrid_mode_alone(
    kind: DeploymentType | None, connected: int | None, info: dict[str, Any]
) -> None:
    report = made(deployment=replace(HYBRID, deployment_type=kind, connected_dp_count=connected))
    assert report["deployment_info"] == info


def test_no_plugins_are_empty_tiers_and_unknown_ones_are_null() -> None:
    none = made(deployment=replace(HYBRID, plugins=PluginCounts({}, {}, {})))
    assert none["plugins_count"]["tiers"] == {"enterprise": {}, "free": {}, "custom": {}}
    unknown = made(deployment=NOTHING_KNOWN)
    assert unknown["plugins_count"]["tiers"] == {"enterprise": None, "free": None, "custom": None}


def test_the_checksum_can_be_verified_from_the_printed_report() -> None:
    printed = json.loads(json.dumps(made(), indent=7))
    stated = printed.pop("checksum")
    assert stated == hashlib.sha256(json.dumps(printed, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def test_the_checksum_covers_every_number() -> None:
    report = made()
    report["counters"]["buckets"][0]["request_count"] += 1
    assert report_checksum(report) != report["checksum"]


def test_a_hostname_is_shown_by_its_hash_alone() -> None:
    assert made()["system_info"]["hostname"] == hashlib.sha256(b"akongnode").hexdigest()[:12]


@pytest.mark.parametrize("shape", Shape)
def test_a_reader_of_the_gateways_reports_reads_ours(shape: Shape) -> None:
    report = json.loads(json.dumps(made(shape)))
    facts, counts, kinds = facts_of_report(report), counts_of_report(report), kinds_of_report(report)
    assert is_license_report(report)
    assert (facts.gateway_version, facts.database_version) == (HYBRID.kong_version, HYBRID.db_version)
    assert (facts.license_key, facts.hostname, facts.cores) == (
        HYBRID.license.license_key,
        HYBRID.hostname,
        HYBRID.cores,
    )
    assert (kinds[Kind.SERVICE].count, kinds[Kind.WORKSPACE].count, kinds[Kind.RBAC_USER].count) == (27, 2, 4)
    if shape is not Shape.V1_3:
        assert counts.monthly_requests == tuple(MonthlyRequests(each.bucket, each.request_count) for each in BUCKETS)
    if shape is Shape.V3_10:
        assert (counts.total_requests, counts.unique_route_kafkas, facts.connected_data_planes) == (2005, 3, 2)
        assert PluginCount("enterprise", "kafka-upstream", 2) in (counts.plugins or ())


def test_what_we_do_not_know_is_read_as_unknown_again() -> None:
    report = json.loads(json.dumps(made(deployment=NOTHING_KNOWN)))
    assert counts_of_report(report).plugins is None
    assert {kind.known_count for kind in kinds_of_report(report).values()} == {None}
