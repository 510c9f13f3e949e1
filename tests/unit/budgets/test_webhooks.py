"""Webhooks: signatures, secrets, and where they may lead."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gatemeter.budgets.announcing import Outcome
from gatemeter.budgets.budget import Webhook
from gatemeter.budgets.webhook_address import RefusedAddressError, checked_address
from gatemeter.budgets.webhook_target import WebhookTarget, read_secret, signature
from gatemeter.errors import SettingsError
from tests.support.budget_files import CROSSING
from tests.support.webhook_receiver import KEY, SECRET, webhook_receiver

NOW = datetime(2026, 2, 15, 10, 30, tzinfo=UTC)


def hook(url: str = "https://example.com/hook", *, allow_private: bool = False) -> Webhook:
    return Webhook(name="pager", url=url, secret_env="PAGER_SECRET", allow_private=allow_private)


def test_a_signature_is_that_of_a_published_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference vector of the Standard Webhooks test suite, https://github.com/standard-webhooks/standard-webhooks"""
    monkeypatch.setenv("PAGER_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    key = read_secret(hook())
    found = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.loopback
def test_a_crossing_is_posted_with_its_id_in_every_try() -> None:
    with webhook_receiver(500, 302, 410) as received:
        target = WebhookTarget(hook(received.url, allow_private=True), KEY)
        told = [target.tell(CROSSING, NOW) for _ in range(4)]
    assert told == [
        (Outcome.FAILED, "answered 500"),
        (Outcome.FAILED, "answered 302"),
        (Outcome.GIVEN_UP, "answered 410"),
        (Outcome.DELIVERED, "answered 204"),
    ]
    assert (set(received.ids), received.wrong) == ({CROSSING.id}, [])
    body = received.bodies[0][1]
    assert (body["type"], body["timestamp"]) == ("budget.threshold_reached", "2026-02-15T10:30:00Z")
    assert body["data"]["window"] == {"start": "2026-02-01T00:00:00Z", "end": "2026-03-01T00:00:00Z"}
    assert (body["data"]["used"], body["data"]["scope"], body["data"]["currency"]) == ("801", "acme", None)


@contextmanager
def endless_answer(begin: bytes, piece: bytes) -> Iterator[str]:
    """The URL of something that answers `begin`, and then `piece` again and again."""
    is_over = threading.Event()

    def answer(listener: socket.socket) -> None:
        with suppress(OSError), listener.accept()[0] as connection:
            connection.sendall(begin)
            while not is_over.wait(0.02):
                connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        is_over.set()
        thread.join()


@pytest.mark.loopback
def test_a_receiver_that_never_ends_its_answer_holds_nobody_up() -> None:
    """Each byte comes in time, and the first line never ends. Where it does, the status is all that is asked."""
    with endless_answer(b"", b"H") as url:
        outcome, detail = WebhookTarget(hook(url, allow_private=True), KEY, most_s=0.2).tell(CROSSING, NOW)
    assert (outcome, detail.split(":")[0]) == (Outcome.FAILED, "not answered")
    with endless_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", b"") as url:
        assert WebhookTarget(hook(url, allow_private=True), KEY).tell(CROSSING, NOW)[0] is Outcome.DELIVERED


def test_a_receiver_that_is_silent_for_twenty_seconds_has_not_answered() -> None:
    url = "http://127.0.0.1:9/hook"
    assert WebhookTarget(hook(url, allow_private=True), KEY)._connection(urlsplit(url)).timeout == 20.0


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "fec0::1"),
    ],
)
def test_no_private_address_is_connected_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("93.184.215.14", address)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(RefusedAddressError):
        checked_address("example.com", 443, allow_private=False)
    assert checked_address("example.com", 443, allow_private=True) == "93.184.215.14"
    assert WebhookTarget(hook(), KEY).tell(CROSSING, NOW)[0] is Outcome.FAILED


def test_public_addresses_are_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, 443)) for each in ("2606:2800::1", "93.184.215.14")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert checked_address("example.com", 443, allow_private=False) == "2606:2800::1"


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "whsec_%%%"])
def test_what_is_no_secret_is_refused_and_not_repeated(text: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(text)
    webhook = Webhook(name="pager", url="https://example.com/", secret_file=path)
    with pytest.raises(SettingsError) as caught:
        read_secret(webhook)
    assert not text or text not in str(caught.value).replace("whsec_ and", "")
