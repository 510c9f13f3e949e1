"""The HTTP client: TLS, time, and where its token goes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gatemeter.adminapi import client as client_module
from gatemeter.adminapi.client import AdminAddress, AdminClient
from gatemeter.clock import ManualClock
from gatemeter.errors import GatewayUnavailable, SettingsError
from tests.support.admin_api import ROOT, AdminApi, sends, served
from tests.support.certificates import write_own_certificate
from tests.support.waiting import wait_for

pytestmark = pytest.mark.loopback

NOW = datetime(2026, 2, 3, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[AdminApi]:
    with served(AdminApi()) as api:
        yield api


def client_of(address: AdminAddress) -> AdminClient:
    return AdminClient(address, clock=ManualClock(NOW), wait=lambda _: None)


def test_a_server_that_says_nothing_is_given_up(api: AdminApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "READ_TIMEOUT_S", 0.02)
    is_over = []

    def silent(handler: object) -> None:
        is_over.append(handler)
        api.released.wait()

    api.faults["/"].extend([silent] * client_module.ATTEMPTS)
    with pytest.raises(GatewayUnavailable, match=r"does not answer in time \(5 tries\)"):
        client_of(AdminAddress(api.address, api.token)).get("/")
    api.released.set()
    wait_for(lambda: len(is_over) == client_module.ATTEMPTS, "the server has seen each try")


def test_an_answer_without_end_is_given_up(api: AdminApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_ANSWER_BYTES", 1000)
    api.faults["/"].append(sends(b" " * 1001))
    with pytest.raises(GatewayUnavailable, match="more than 1,000 bytes"):
        client_of(AdminAddress(api.address, api.token)).get("/")


def test_an_answer_that_trickles_is_given_up(api: AdminApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ANSWER_TIMEOUT_S", -1.0)
    with pytest.raises(GatewayUnavailable, match="does not answer in time"):
        client_of(AdminAddress(api.address, api.token)).get("/")


def test_a_server_without_tls_is_no_server_with_tls(api: AdminApi) -> None:
    address = AdminAddress(api.address.replace("http:", "https:"), api.token)
    with pytest.raises(GatewayUnavailable, match="certificate is not trusted"):
        client_of(address).get("/")


def test_a_certificate_of_a_given_authority_is_trusted(tmp_path: Path) -> None:
    certificate, key = tmp_path / "own.pem", tmp_path / "key.pem"
    write_own_certificate("127.0.0.1", certificate, key)
    with served(AdminApi(), key) as api:
        trusting = client_of(AdminAddress(api.address, api.token, ca_file=certificate))
        assert trusting.get("/").document == ROOT
        trusting.close()
        with pytest.raises(GatewayUnavailable, match="certificate is not trusted"):
            client_of(AdminAddress(api.address, api.token)).get("/")


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    with pytest.raises(SettingsError, match=r"ca\.pem: holds no certificate"):
        client_of(AdminAddress("https://127.0.0.1:1", ca_file=path))


def test_a_token_is_shown_nowhere() -> None:
    address = AdminAddress("http://a", "admin-secret")
    assert "admin-secret" not in f"{address!r} {address}"
    with pytest.raises(SettingsError) as caught:
        AdminAddress("http://a", "admin secret")
    assert "admin secret" not in str(caught.value)
