"""Polling Konnect: a snapshot of each control plane, with its nodes and the consumers of its realms."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest

from gatemeter.adminapi.client import AdminAddress, AdminClient
from gatemeter.adminapi.konnect import poll_konnect
from gatemeter.clock import ManualClock
from gatemeter.errors import GatewayUnavailable, SettingsError
from gatemeter.inventory.entity import Kind
from gatemeter.inventory.plugin_tiers import packaged_tiers
from gatemeter.inventory.snapshot import Completeness, Snapshot
from tests.support.admin_api import AdminApi, sends, served

pytestmark = pytest.mark.loopback

NOW = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)
GROUP = b'{"cluster_type":"CLUSTER_TYPE_CONTROL_PLANE_GROUP"}'
CORE = "/v2/control-planes/cp-1/core-entities"


def konnect() -> AdminApi:
    entities = {"services": [{"id": "s1"}], "consumers": [{"id": "c1", "username": "acme"}]}
    return AdminApi(
        objects={},
        lists={
            **{f"{CORE}/{name}": entities.get(name, []) for name in ("services", "routes", "plugins", "consumers")},
            "/v2/control-planes/cp-1/nodes": [
                {"id": f"n{number}", "version": "3.10.0.2", "hostname": "dp", "last_ping": 1_770_112_000}
                for number in range(5)
            ],
            "/v2/control-planes/cp-2/nodes": [{"id": "n9", "version": "3.9.1.0"}],
            "/v1/realms": [
                {"id": "r1", "name": "prod", "allowed_control_planes": ["cp-1"]},
                {"id": "r2", "name": "test", "allowed_control_planes": []},
                {"id": "r3", "name": "both", "allowed_control_planes": ["cp-1", "cp-2"]},
            ],
            "/v1/realms/r1/consumers": [{"id": f"k{number}", "username": "shared"} for number in range(3)],
            "/v1/realms/r2/consumers": [{"id": "other"}],
            "/v1/realms/r3/consumers": [],
        },
    )


@pytest.fixture
def api() -> Iterator[AdminApi]:
    pages = [
        b'{"data":[{"id":"cp-1","name":"production"}],"meta":{"page":{"number":1,"size":1,"total":2}}}',
        b'{"data":[{"id":"cp-2","name":"group","config":%s}],"meta":{"page":{"number":2,"size":1,"total":2}}}' % GROUP,
    ]
    with served(konnect()) as api:
        api.faults["/v2/control-planes"].extend(map(sends, pages))
        yield api


@pytest.fixture
def client(api: AdminApi) -> Iterator[AdminClient]:
    address = AdminAddress(api.address, api.token, token_header="Authorization", token_prefix="Bearer ")
    client = AdminClient(address, clock=ManualClock(NOW), wait=lambda _: None)
    yield client
    client.close()


def poll(client: AdminClient, names: Sequence[str] = (), *, credentials: bool = False) -> list[Snapshot]:
    return list(poll_konnect(client, names, packaged_tiers(), ManualClock(NOW), credentials=credentials))


def test_each_control_plane_has_a_snapshot_with_its_nodes(client: AdminClient) -> None:
    first, group = poll(client)
    assert [each.control_plane.name for each in (first, group)] == ["production", "group"]
    assert (first.of(Kind.NODE).known_count, group.of(Kind.NODE).known_count) == (5, 1)
    assert (first.of(Kind.SERVICE).known_count, group.of(Kind.SERVICE).known_count) == (1, None)
    assert first.of(Kind.NODE).entities[0].last_seen == 1_770_112_000


def test_consumers_of_realms_stand_beside_its_own(client: AdminClient) -> None:
    first, _ = poll(client)
    consumers = first.of(Kind.CONSUMER)
    assert [(entity.id, entity.realm) for entity in consumers.entities] == [
        ("c1", ""),
        *((f"k{number}", "prod") for number in range(3)),
    ]
    assert consumers.completeness is Completeness.COMPLETE


@pytest.mark.parametrize("path", ["/v1/realms", "/v1/realms/r3/consumers"])
def test_realms_that_may_not_be_read_leave_consumers_partial(api: AdminApi, client: AdminClient, path: str) -> None:
    api.statuses = {path: 403}
    assert poll(client)[0].of(Kind.CONSUMER).known_count is None


def test_keys_of_consumers_of_realms_are_not_among_the_credentials(api: AdminApi, client: AdminClient) -> None:
    api.lists[f"{CORE}/key-auths"] = [{"id": "k1", "key": "secret", "consumer": {"id": "c1"}}]
    credentials = poll(client, ["production"], credentials=True)[0].of(Kind.CREDENTIAL)
    assert (credentials.completeness, credentials.count) == (Completeness.PARTIAL, 1)


def test_control_planes_are_chosen_by_name_or_id(client: AdminClient) -> None:
    assert [each.control_plane.id for each in poll(client, ["group"])] == ["cp-2"]


def test_a_control_plane_that_does_not_exist_is_named(client: AdminClient) -> None:
    with pytest.raises(SettingsError, match="no control plane nowhere"):
        poll(client, ["nowhere"])


@pytest.mark.parametrize("meta", [b"{}", b'{"page":{"number":1,"size":1}}'])
def test_control_planes_of_which_there_may_be_more_are_no_list(api: AdminApi, client: AdminClient, meta: bytes) -> None:
    api.faults["/v2/control-planes"].clear()
    api.faults["/v2/control-planes"].append(sends(b'{"data":[{"id":"cp-1","name":"production"}],"meta":%s}' % meta))
    with pytest.raises(GatewayUnavailable, match="does not tell where the next one begins"):
        poll(client)


def test_an_answer_that_is_not_text_is_no_answer(api: AdminApi, client: AdminClient) -> None:
    api.faults["/v2/control-planes"].clear()
    api.faults["/v2/control-planes"].extend([sends(b'{"data":"\xff"}')] * 9)
    with pytest.raises(GatewayUnavailable, match="broke off in the middle"):
        poll(client)


def test_a_token_that_may_read_no_control_planes_is_told_so(api: AdminApi, client: AdminClient) -> None:
    api.faults.clear()
    api.statuses = {"/v2/control-planes": 403}
    with pytest.raises(GatewayUnavailable, match="status 403"):
        poll(client)
