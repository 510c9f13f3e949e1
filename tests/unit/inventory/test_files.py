"""Declarative files and license reports as snapshots."""

import json
import os
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gatemeter.errors import InputError, SettingsError
from gatemeter.inventory.documents import read_document
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.messages import messages_of
from gatemeter.inventory.plugin_targets import target_hash
from gatemeter.inventory.plugin_tiers import packaged_tiers
from gatemeter.inventory.snapshot import Completeness, MonthlyRequests, PluginCount, Snapshot
from gatemeter.inventory.snapshot_files import FileOrigin, require_believable_time, snapshot_of_files

DECK = """
_format_version: "3.0"
_workspace: shop
_info: {defaults: {}}
services:
- name: orders
  host: orders.internal
  port: 8080
  enabled: true
  tags: [team:orders]
  routes:
  - name: get-orders
    paths: ["~/orders/(?<id>\\\\d+)$"]
    plugins:
    - name: rate-limiting
      config: {minute: 5, redis: {password: redis-secret}}
  - hosts: [on]
  plugins:
  - name: kafka-log
    enabled: false
    config:
      bootstrap_servers: [{host: kafka-1, port: 9092}, {host: kafka-2, port: 9092}]
      authentication: {user: a, password: kafka-secret}
routes:
- name: fn
  id: 5c2a6b1e-0000-4000-8000-000000000001
plugins:
- name: aws-lambda
  route: fn
  config: {function_name: resize, aws_secret: lambda-secret}
- name: key-auth
- name: our-own
  service: {name: orders}
consumers:
- username: acme
  custom_id: 0042
  keyauth_credentials: [{key: consumer-secret}]
- username: yes
"""

REPORT: dict[str, Any] = {
    "timestamp": 1769904000,
    "checksum": "3f786850e387550fdab836ed7e6dc881de23001b",
    "kong_version": "3.10.0.2-enterprise-edition",
    "db_version": "postgres 15.2",
    "license": {"license_key": "UNLICENSED", "license_expiration_date": "2017-7-20"},
    "counters": {
        "buckets": [{"bucket": "2026-01", "request_count": 800}, {"bucket": "UNKNOWN", "request_count": 5}],
        "total_requests": 805,
    },
    "plugins_count": {
        "tiers": {"free": {"key-auth": 2}, "enterprise": {"kafka-log": 1}, "custom": 0},
        "unique_route_lambdas": 0,
        "unique_route_kafkas": 1,
    },
    "services_count": 3,
    "routes_count": 4,
    "rbac_users": 0,
    "system_info": {"cores": 4, "hostname": "node-1", "uname": "Linux x86_64"},
    "deployment_info": {"type": "hybrid", "connected_dp_count": 2},
}


def read(tmp_path: Path, text: str, name: str = "kong.yaml", **said: Any) -> Snapshot:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return snapshot_of_files([path], FileOrigin(**{"control_plane": "cp-1", **said}), packaged_tiers())


def told(snapshot: Snapshot, kind: Kind, *members: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(entity, name) for name in members) for entity in snapshot.of(kind).entities]


def test_nested_entities_of_deck_areread(tmp_path: Path) -> None:
    found = read(tmp_path, DECK)
    assert told(found, Kind.SERVICE, "id", "is_enabled", "tags", "workspace") == [
        ("name:shop/orders", True, ("team:orders",), "shop")
    ]
    assert told(found, Kind.ROUTE, "id", "service_id", "service_name") == [
        ("5c2a6b1e-0000-4000-8000-000000000001", "", ""),
        ("name:shop/get-orders", "name:shop/orders", "orders"),
        ("name:shop/orders#1", "name:shop/orders", "orders"),
    ]
    assert told(found, Kind.CONSUMER, "username", "custom_id") == [("acme", "0042"), ("yes", "")]
    assert found.of(Kind.CONSUMER_GROUP).completeness is Completeness.NOT_ASKED


def test_plugins_of_deck_have_tier_scope_and_targets(tmp_path: Path) -> None:
    found = read(tmp_path, DECK)
    assert told(found, Kind.PLUGIN, "id", "plugin_tier", "plugin_scope", "is_enabled") == [
        ("name:shop/aws-lambda of route fn", "free", "route", None),
        ("name:shop/kafka-log of service orders", "enterprise", "service", False),
        ("name:shop/key-auth", "free", "global", None),
        ("name:shop/our-own of service orders", "unknown", "service", None),
        ("name:shop/rate-limiting of route get-orders", "free", "route", None),
    ]
    by_name = {entity.name: entity for entity in found.of(Kind.PLUGIN).entities}
    assert by_name["aws-lambda"].target_hashes == (target_hash("resize"),)
    assert by_name["aws-lambda"].route_id == "5c2a6b1e-0000-4000-8000-000000000001"
    assert by_name["our-own"].service_id == "name:shop/orders"
    assert len(by_name["kafka-log"].target_hashes) == 2


def test_no_secret_of_a_file_is_in_a_message(tmp_path: Path) -> None:
    messages = b"".join(messages_of(read(tmp_path, DECK)))
    assert b"acme" in messages
    for secret in (b"secret", b"kafka-1", b"resize", b"orders.internal"):
        assert secret not in messages


def test_the_same_file_is_the_same_snapshot_until_it_is_written(tmp_path: Path) -> None:
    first = read(tmp_path, DECK)
    os.utime(tmp_path / "kong.yaml", (1_770_000_000, 1_770_000_000))
    second = snapshot_of_files([tmp_path / "kong.yaml"], FileOrigin("cp-1"), packaged_tiers())
    assert second.taken_at == datetime(2026, 2, 2, 2, 40, tzinfo=UTC)
    assert first.id != second.id
    assert second.id == snapshot_of_files([tmp_path / "kong.yaml"], FileOrigin("cp-1"), packaged_tiers()).id


def test_a_file_of_some_tags_is_partial(tmp_path: Path) -> None:
    found = read(tmp_path, '_format_version: "3.0"\n_info: {select_tags: [a]}\nservices: [{name: a}]\n')
    assert (found.of(Kind.SERVICE).completeness, found.of(Kind.SERVICE).known_count) == (Completeness.PARTIAL, None)


def test_files_of_two_workspaces_are_one_snapshot(tmp_path: Path) -> None:
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for path in paths:
        path.write_text(f'_format_version: "3.0"\n_workspace: {path.stem}\nservices: [{{name: orders}}]\n')
    found = snapshot_of_files(paths, FileOrigin("cp-1"), packaged_tiers())
    assert told(found, Kind.SERVICE, "id") == [("name:a/orders",), ("name:b/orders",)]
    with pytest.raises(InputError, match="in two files"):
        snapshot_of_files([paths[0], _copy(paths[0])], FileOrigin("cp-1"), packaged_tiers())


def _copy(path: Path) -> Path:
    copy = path.with_name("copy.yaml")
    copy.write_bytes(path.read_bytes())
    return copy


def test_konnect_names_the_control_plane_itself(tmp_path: Path) -> None:
    text = '_format_version: "3.0"\n_konnect: {control_plane_name: prod}\nservices: []\n'
    found = read(tmp_path, text, control_plane=None)
    assert (found.control_plane.id, found.facts.deployment) == ("prod", "hybrid")
    with pytest.raises(SettingsError, match="--control-plane NAME"):
        read(tmp_path, DECK, control_plane=None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [", "is not YAML"),
        ("services: []\n", "neither declarative"),
        ('_format_version: "3.0"\nservices: {a: 1}\n', "services: is not a list"),
        ('_format_version: "3.0"\nservices: [a]\n', r"services\[0\]: is not an entity"),
        ('_format_version: "3.0"\nservices: [{name: a}, {name: a}]\n', "there twice"),
        ('_format_version: "3.0"\nservices: [{name: ' + "a" * 5000 + "}]\n", "more than 4096"),
        ("a: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        ('_format_version: "3.0"\nservices: [{name: a}]\nservices: [{name: b}]\n', r"yaml:3: .* have one name"),
        ('_format_version: "3.0"\nservices: [{name: a, host: x, name: b}]\n', r"yaml:2: .* have one name"),
        ('{"_format_version": "3.0", "services": [{"name": "a"}], "services": []}', "have one name"),
        ('_format_version: "3.0"\nplugins: [{config: {}}]\n', "has no name"),
        ('_format_version: "3.0"\nplugins: [{name: acl, service: [a]}]\n', "its service is neither"),
        ('_format_version: "3.0"\nplugins: [{name: acl, route: {tags: a}}]\n', "its route is neither"),
        ('{"_format_version": "3.0", "services": NaN}', "is not JSON"),
        ("a: &a\n- b\n- *a\n", "in line 3 stands for what it is in"),
        ("[" * 100 + "]" * 100, "nested in more than"),
        ("- &a [x]\n" + "".join(f"- &{b} [{f'*{a}, ' * 9}]\n" for a, b in pairwise("abcdefghij")), "more than"),
    ],
    ids=range(17),
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        read(tmp_path, text)
    assert "kong.yaml" in str(caught.value)


def test_only_true_false_and_null_are_not_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("[on, no, 1_0, 0x10, 2026-01-01, 1e3, true, false, null, ~, '']\n")
    assert read_document(path) == ["on", "no", "1_0", "0x10", "2026-01-01", "1e3", True, False, None, None, ""]


def test_a_user_name_and_a_custom_id_may_be_the_same(tmp_path: Path) -> None:
    text = '_format_version: "3.0"\nconsumers: [{username: "42"}, {custom_id: "42"}]\n'
    assert read(tmp_path, text).of(Kind.CONSUMER).count == 2


@pytest.mark.parametrize(("taken_at", "is_believed"), [(1970, False), (2010, True), (2026, True), (2027, False)])
def test_a_time_that_cannot_be_is_refused(tmp_path: Path, taken_at: int, *, is_believed: bool) -> None:
    written_s = datetime(taken_at, 1, 1, tzinfo=UTC).timestamp()
    (tmp_path / "kong.yaml").write_text('_format_version: "3.0"\n')
    os.utime(tmp_path / "kong.yaml", (written_s, written_s))
    found = snapshot_of_files([tmp_path / "kong.yaml"], FileOrigin("cp-1"), packaged_tiers())
    with nullcontext() if is_believed else pytest.raises(InputError, match=f"of {taken_at}.*--taken-at"):
        require_believable_time(found, datetime(2026, 1, 1, tzinfo=UTC))


def test_a_member_overrides_what_it_merges(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: &a {<<: &b {x: 1, y: 1}, x: 2}\nc: *b\nd: {<<: *a, y: 3}\n")
    assert read_document(path)["d"] == {"x": "2", "y": "3"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_numbers_of_json_with_a_mark_stay_numbers(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "report.json"
    path.write_text('{"services_count": 3}', encoding=encoding)
    assert read_document(path) == {"services_count": 3}


def test_json_that_ends_in_the_middle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not JSON"):
        read(tmp_path, '{"_format_version": "3.0", "services": [', "kong.json")


def test_a_license_report_tells_counts_and_no_entities(tmp_path: Path) -> None:
    found = read(tmp_path, json.dumps(REPORT), "report.json", control_plane=None)
    assert found.control_plane.id == "node-1"
    assert found.taken_at == datetime(2026, 2, 1, tzinfo=UTC)
    counts = {kind.value: found.of(kind).known_count for kind in Kind}
    assert counts == {
        "service": 3,
        "route": 4,
        "plugin": 3,
        "rbac_user": 0,
        **dict.fromkeys(("workspace", "consumer", "consumer_group", "node", "credential")),
    }
    assert found.reported.plugins == (PluginCount("free", "key-auth", 2), PluginCount("enterprise", "kafka-log", 1))
    assert (found.facts.deployment, found.facts.connected_data_planes, found.facts.database) == (
        "hybrid",
        2,
        "postgres",
    )


@pytest.mark.parametrize(
    ("counters", "monthly", "total"),
    [
        ({"req_cnt": 22}, None, 22),
        ({"req_count": 22}, None, 22),
        ([{"bucket": "2021-12", "request_count": 7}], (MonthlyRequests("2021-12", 7),), None),
        ({"buckets": [], "total_requests": 0}, (), 0),
        ({}, None, None),
    ],
)
def test_counters_of_every_version_are_read(
    tmp_path: Path, counters: object, monthly: tuple[MonthlyRequests, ...] | None, total: int | None
) -> None:
    report = {
        "counters": counters,
        "kong_version": "1.3-enterprise-edition",
        "license_key": "ASD_ASD",
    }
    found = read(tmp_path, json.dumps(report), "report.json")
    assert (found.reported.monthly_requests, found.reported.total_requests) == (monthly, total)
    assert found.facts.license_key == "ASD_ASD"
    assert found.of(Kind.PLUGIN).known_count is None


def test_a_bucket_without_a_count_is_refused(tmp_path: Path) -> None:
    report = {**REPORT, "counters": {"buckets": [{"bucket": "2026-01"}]}}
    with pytest.raises(InputError, match=r"report.json: bucket 1 of the counters"):
        read(tmp_path, json.dumps(report), "report.json")


@pytest.mark.parametrize(
    "changes", [{"system_info": {"hostname": "a\ud800"}}, {"plugins_count": {"tiers": {"free": {"\udfff": 1}}}}]
)
def test_half_a_character_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="half a character"):
        read(tmp_path, json.dumps({**REPORT, **changes}), "report.json")
    whole = read(tmp_path, json.dumps({**REPORT, "system_info": {"hostname": "a\U0001f600"}}), "report.json")
    assert whole.facts.hostname == "a\U0001f600"


def test_credentials_are_listed_without_what_they_are(tmp_path: Path) -> None:
    text = """
_format_version: "3.0"
consumers:
- username: acme
  keyauth_credentials: [{key: k-secret}, {id: 5c2a, key: k-secret, tags: [ci]}]
  basicauth_credentials: [{username: secret-login, password: p-secret}]
  acls: [{group: staff}]
jwt_secrets: [{consumer: acme, key: issuer-secret, secret: s-secret}]
"""
    found = read(tmp_path, text)
    credentials = found.of(Kind.CREDENTIAL)
    assert [(each.id, each.name, each.consumer_id, each.tags) for each in credentials.entities] == [
        ("5c2a", "key-auth", "name:acme", ("ci",)),
        ("name:acme/basic-auth#1", "basic-auth", "name:acme", ()),
        ("name:acme/jwt#1", "jwt", "name:acme", ()),
        ("name:acme/key-auth#1", "key-auth", "name:acme", ()),
    ]
    assert b"secret" not in b"".join(messages_of(found))


def test_credentials_are_not_known_of_files_without_consumers(tmp_path: Path) -> None:
    assert read(tmp_path, '_format_version: "3.0"\nservices: []\n').of(Kind.CREDENTIAL).count is None
    assert read(tmp_path, '_format_version: "3.0"\nconsumers: []\n').of(Kind.CREDENTIAL).known_count == 0
