"""Polling an Admin API: the whole configuration, or a clear word why there is none; never half of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import pytest

from gatemeter.adminapi.client import ATTEMPTS, AdminAddress, AdminClient
from gatemeter.adminapi.self_managed import Asked, poll_gateway
from gatemeter.clock import ManualClock
from gatemeter.errors import GatewayUnavailable, SettingsError
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.messages import messages_of
from gatemeter.inventory.plugin_tiers import packaged_tiers
from gatemeter.inventory.snapshot import Completeness, Snapshot
from tests.support.admin_api import REPORT, ROOT, AdminApi, Fault, breaks_off, refuses, sends, served, small_gateway

pytestmark = pytest.mark.loopback

NOW = datetime(2026, 2, 3, 10, 5, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[AdminApi]:
    with served(small_gateway()) as api:
        yield api


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def client(api: AdminApi, waited: list[float]) -> Iterator[AdminClient]:
    client = AdminClient(AdminAddress(api.address, api.token), clock=ManualClock(NOW), wait=waited.append)
    yield client
    client.close()


def poll(client: AdminClient, *workspaces: str, credentials: bool = False) -> Snapshot:
    return poll_gateway(client, Asked("cp-1", workspaces, credentials), packaged_tiers(), ManualClock(NOW))


def ids(snapshot: Snapshot, kind: Kind) -> list[str]:
    return [entity.id for entity in snapshot.of(kind).entities]


def completeness(snapshot: Snapshot) -> dict[str, Any]:
    return {kind.value: (each.completeness.value, each.count) for kind, each in snapshot.kinds.items()}


def test_all_workspaces_are_read_in_pages(client: AdminClient) -> None:
    found = poll(client)
    assert completeness(found) == {
        "workspace": ("complete", 2),
        "service": ("complete", 3),
        "route": ("complete", 2),
        "plugin": ("complete", 2),
        "consumer": ("complete", 2),
        "consumer_group": ("complete", 0),
        "node": ("complete", 3),
        "rbac_user": ("counted", 3),
        "credential": ("not_asked", None),
    }
    services = [(entity.id, entity.name, entity.workspace) for entity in found.of(Kind.SERVICE).entities]
    assert services == [("s1", "orders", "default"), ("s2", "stock", "shop"), ("s3", "till", "shop")]


def test_facts_are_those_of_the_node_and_of_its_report(client: AdminClient) -> None:
    facts = poll(client).facts
    assert (facts.gateway_version, facts.edition) == ("3.10.0.2-enterprise-edition", "enterprise")
    assert (facts.database, facts.database_version, facts.deployment) == ("postgres", "postgres 15.2", "hybrid")
    assert (facts.cores, facts.uname, facts.connected_data_planes) == (4, "Linux x86_64", 2)


def test_plugins_know_their_route_and_hash_their_function(client: AdminClient) -> None:
    key_auth, function = poll(client).of(Kind.PLUGIN).entities
    assert (key_auth.plugin_tier, key_auth.plugin_scope, key_auth.is_enabled) == ("free", "global", True)
    assert (function.plugin_scope, function.route_name, function.is_enabled) == ("route", "get-orders", False)
    assert len(function.target_hashes) == 1


def test_no_secret_of_the_gateway_is_in_a_message(client: AdminClient) -> None:
    text = b"".join(messages_of(poll(client)))
    assert b"acme" in text
    assert b"secret" not in text


def test_credentials_are_asked_for_where_wanted_and_kept_without_keys(api: AdminApi, client: AdminClient) -> None:
    poll(client)
    assert not [path for path, _ in api.asked if "auths" in path or "jwts" in path]
    found = poll(client, credentials=True)
    credentials = found.of(Kind.CREDENTIAL)
    assert (credentials.completeness, credentials.count) == (Completeness.COMPLETE, 5)
    assert [(each.id, each.name, each.consumer_id) for each in credentials.entities] == [
        ("b1", "basic-auth", "c1"),
        ("j1", "jwt", "c2"),
        *((f"k{number}", "key-auth", "c1") for number in (1, 2, 3)),
    ]
    first = credentials.entities[2]
    assert (first.workspace, first.created_at, credentials.entities[3].tags) == ("default", 1_770_000_000, ("ci",))
    assert b"secret" not in b"".join(messages_of(found))


def test_a_list_of_keys_that_may_not_be_read_makes_credentials_partial(api: AdminApi, client: AdminClient) -> None:
    api.statuses = {"/shop/jwts": 403}
    assert completeness(poll(client, credentials=True))["credential"] == ("partial", 4)
    api.statuses = {path: 403 for path in api.lists if path.endswith(("auths", "jwts"))}
    assert completeness(poll(client, credentials=True))["credential"] == ("forbidden", None)


def test_data_planes_have_version_and_labels(client: AdminClient) -> None:
    first, second, _ = poll(client).of(Kind.NODE).entities
    assert (first.hostname, first.version, first.last_seen) == ("dp-1", "3.10.0.2", 1_770_112_000)
    assert second.tags == ("region:eu",)


def test_what_may_not_be_read_is_known_from_the_report_or_not(api: AdminApi, client: AdminClient) -> None:
    api.statuses = {"/default/consumers": 403, "/shop/consumers": 403, "/default/plugins": 403, "/shop/plugins": 403}
    del api.objects["/license/report"]
    assert poll(client).of(Kind.CONSUMER).completeness is Completeness.FORBIDDEN
    api.objects["/license/report"] = small_gateway().objects["/license/report"]
    assert completeness(poll(client))["consumer"] == ("counted", 2)


def test_a_workspace_that_may_not_be_read_makes_it_partial(api: AdminApi, client: AdminClient) -> None:
    api.statuses = {"/shop/services": 403}
    found = poll(client)
    assert (completeness(found)["service"], found.of(Kind.SERVICE).known_count) == (("partial", 1), None)


def test_some_workspaces_are_never_all_of_them(client: AdminClient) -> None:
    found = poll(client, "shop")
    assert ids(found, Kind.SERVICE) == ["s2", "s3"]
    assert completeness(found)["service"] == ("partial", 2)


def test_workspaces_that_may_not_be_listed_leave_the_default_one(api: AdminApi, client: AdminClient) -> None:
    api.statuses = {"/workspaces": 403}
    api.lists |= {path.removeprefix("/default"): api.lists[path] for path in list(api.lists) if "/default/" in path}
    assert completeness(poll(client))["service"] == ("partial", 1)


def test_an_open_source_gateway_has_no_workspaces(api: AdminApi, client: AdminClient) -> None:
    api.objects = {"/": {**ROOT, "configuration": {"database": "off", "role": "traditional"}}}
    api.lists = {f"/{name}": [] for name in ("services", "routes", "plugins", "consumers")}
    found = poll(client)
    assert (found.facts.deployment, found.facts.license_key) == ("dbless", "")
    assert completeness(found) == {
        **dict.fromkeys(("workspace", "consumer_group", "rbac_user"), ("unavailable", None)),
        **dict.fromkeys(("service", "route", "plugin", "consumer"), ("complete", 0)),
        "node": ("partial", 1),
        "credential": ("not_asked", None),
    }


def test_an_entity_deleted_while_paging_is_just_not_there(api: AdminApi, client: AdminClient) -> None:
    api.lists["/shop/services"] = [{"id": f"s{number}"} for number in range(1, 8)]

    def delete(path: str, number: int) -> None:
        if path == "/shop/services" and number == 1:
            api.lists[path] = [entity for entity in api.lists[path] if entity["id"] not in ("s2", "s5")]

    api.after_page = delete
    assert ids(poll(client), Kind.SERVICE) == ["s1", "s2", "s3", "s4", "s6", "s7"]


def test_an_entity_that_moves_between_pages_is_one(api: AdminApi, client: AdminClient) -> None:
    api.faults["/shop/services"].extend(
        [
            sends(b'{"data":[{"id":"s2","name":"old"},{"id":"s3"}],"offset":"a"}'),
            sends(b'{"data":[{"id":"s4"},{"id":"s2","name":"new"}],"next":"/shop/services?offset=b"}'),
            sends(b'{"data":{},"next":null}'),
        ]
    )
    found = poll(client)
    assert ids(found, Kind.SERVICE) == ["s1", "s2", "s3", "s4"]
    assert found.of(Kind.SERVICE).entities[1].name == "new"


def test_a_place_that_is_a_number_is_followed(api: AdminApi, client: AdminClient) -> None:
    api.faults["/shop/services"].extend(
        [sends(b'{"data":[{"id":"s2"}],"offset":2}'), sends(b'{"data":[{"id":"s4"}],"next":null,"offset":null}')]
    )
    assert ids(poll(client), Kind.SERVICE) == ["s1", "s2", "s4"]


def test_a_place_that_is_gone_begins_the_list_again(api: AdminApi, client: AdminClient) -> None:
    api.faults["/shop/services"].extend([sends(b'{"data":[{"id":"gone"}],"offset":"a"}'), refuses(400)])
    assert ids(poll(client), Kind.SERVICE) == ["s1", "s2", "s3"]


def test_a_workspace_deleted_meanwhile_begins_the_poll_again(api: AdminApi, client: AdminClient) -> None:
    def delete(path: str, number: int) -> None:
        if path == "/workspaces" and number == 1:
            api.lists = {path: found for path, found in api.lists.items() if not path.startswith("/shop")}
            api.lists["/workspaces"] = api.lists["/workspaces"][:1]

    api.after_page = delete
    assert completeness(poll(client))["service"] == ("complete", 1)


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        (repeat(sends(b'{"data":[{"id":"a"}],"offset":"same"}'), 9), "read before"),
        ([sends(b'{"data":[{"id":"a"}],"offset":"%d"}' % number) for number in range(9)], "pages repeat"),
        ([sends(b'{"data":[{"id":"a"}],"next":"/services?page=2","offset":null}')], "where the next one begins"),
        ([sends(b'{"data":[{"id":"a"}],"offset":{"id":"a"}}')], "where the next one begins"),
        ([sends(b"<!doctype html><title>Log in</title>")], "answers with a web page"),
        ([sends(b'{"data":[{"name":"no id"}]}')], "something else than a page"),
        ([sends(b'["data"]')], "something else than a page"),
        (repeat(sends(b"{}"), 9), "something else than a page"),
        ([refuses(302, Location="http://elsewhere.test/")], "leads to another address"),
        ([refuses(418)], "status 418"),
        (repeat(breaks_off, 9), "broke off in the middle"),
        (repeat(sends(b'{"data":['), 9), "broke off in the middle"),
        (repeat(sends(b'{"data":[{"id":"\xff"}]}'), 9), "broke off in the middle"),
        (repeat(sends(b'{"data":' + b"[" * 100_000), 9), "broke off in the middle"),
        (repeat(refuses(500), 9), "it answers 500"),
        ([refuses(429, Retry_After="3600")], "asks to wait for 3600 s"),
    ],
    ids=range(16),
)
def test_what_is_no_whole_list_ends_the_poll(
    api: AdminApi, client: AdminClient, pages: Iterator[Fault], problem: str
) -> None:
    api.faults["/default/services"].extend(pages)
    with pytest.raises(GatewayUnavailable, match=problem) as caught:
        poll(client)
    assert "secret" not in str(caught.value)


def test_half_an_answer_is_asked_for_again(api: AdminApi, client: AdminClient, waited: list[float]) -> None:
    api.faults["/default/services"].extend([breaks_off, refuses(502)])
    assert completeness(poll(client))["service"] == ("complete", 3)
    assert waited == [1.0, 2.0]


@pytest.mark.parametrize(("told", "expected"), [("7", 7.0), ("Tue, 03 Feb 2026 10:06:00 GMT", 59.876544), ("?", 1.0)])
def test_a_gateway_that_asks_to_wait_is_left_alone(
    api: AdminApi, client: AdminClient, waited: list[float], told: str, expected: float
) -> None:
    api.faults["/default/services"].append(refuses(429, Retry_After=told))
    assert completeness(poll(client))["service"] == ("complete", 3)
    assert waited == pytest.approx([expected])


def test_a_wrong_token_is_refused_at_once_and_not_shown(api: AdminApi, waited: list[float]) -> None:
    client = AdminClient(AdminAddress(api.address, "wrong-secret"), clock=ManualClock(NOW), wait=waited.append)
    with pytest.raises(GatewayUnavailable, match="refuses the token") as caught:
        poll(client)
    client.close()
    assert ("wrong-secret" in str(caught.value), waited) == (False, [])


def test_an_address_where_nothing_listens_is_named(waited: list[float]) -> None:
    client = AdminClient(AdminAddress("http://127.0.0.1:1"), clock=ManualClock(NOW), wait=waited.append)
    with pytest.raises(GatewayUnavailable, match=r"http://127\.0\.0\.1:1/: it cannot be reached"):
        poll(client)
    assert len(waited) == ATTEMPTS - 1


def test_another_server_is_not_taken_for_a_gateway(api: AdminApi, client: AdminClient) -> None:
    api.objects["/"] = {"hello": "world"}
    with pytest.raises(GatewayUnavailable, match="is not an admin API"):
        poll(client)


def test_a_report_without_counts_ends_the_poll_with_its_address(api: AdminApi, client: AdminClient) -> None:
    api.objects["/license/report"] = REPORT | {"counters": [{"bucket": "2026-01", "request_count": "many"}]}
    with pytest.raises(GatewayUnavailable, match="/license/report: bucket 1 of the counters has no month"):
        poll(client)


def test_a_name_that_is_too_long_ends_the_poll(api: AdminApi, client: AdminClient) -> None:
    api.lists["/shop/services"][0]["name"] = "a" * 5000
    with pytest.raises(GatewayUnavailable, match="name has 5000 characters"):
        poll(client)


@pytest.mark.parametrize("url", ["ftp://a", "http://", "http://a:b@c", "http://a:x", "http://a?token=b"])
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        AdminAddress(url)
