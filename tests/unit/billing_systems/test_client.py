"""Over real HTTP: each system's fake with failures in the middle, and what is not tried again."""

import socket
import threading
from collections import deque
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import pytest

from gatemeter.billing_systems.address import Address
from gatemeter.billing_systems.billing_system import NotTakenError, Request
from gatemeter.billing_systems.client import BillingClient
from gatemeter.billing_systems.export import Export
from gatemeter.billing_systems.export_run import ExportRun
from gatemeter.billing_systems.stripe_session import StripeSession
from gatemeter.billing_systems.systems.openmeter import OpenMeter
from gatemeter.billing_systems.systems.stripe_stream import StripeStream
from gatemeter.billing_systems.unsent import Why
from gatemeter.clock import ManualClock
from gatemeter.errors import DeliveryError, SettingsError
from tests.support.billing_systems.exported import (
    BASES,
    CUSTOMER,
    EVENT,
    NOW,
    SYSTEMS,
    RememberedJournal,
    delivered,
    mapping_for,
    usage,
)
from tests.support.billing_systems.fake_openmeter import FakeOpenMeter
from tests.support.billing_systems.fake_stripe import FakeStripe
from tests.support.billing_systems.fake_system import KEY, FakeSystem, Fault, served

pytestmark = pytest.mark.loopback

FAILURES = (Fault.BUSY, Fault.DROPPED_AFTER, Fault.BROKEN_AFTER, Fault.HALF_ANSWER, Fault.DROPPED_BEFORE)


class ForgetfulOpenMeter(FakeOpenMeter):
    """An installation without deduplication."""

    remembers: ClassVar[timedelta | None] = timedelta(0)


@pytest.mark.parametrize("name", SYSTEMS)
def test_failures_in_the_middle_cost_nothing_and_count_nothing_twice(name: str) -> None:
    made, fake_type = SYSTEMS[name]
    clock, system = ManualClock(NOW), made()
    fake = fake_type(clock, {CUSTOMER})
    fake.faults = deque([*FAILURES, None, Fault.BROKEN_BEFORE, Fault.DROPPED_AFTER])
    waits: list[float] = []
    with served(fake), closing(BillingClient(Address(fake.address, KEY), clock=clock, wait=waits.append)) as client:
        ask = StripeSession(client, clock).ask if isinstance(system, StripeStream) else client.ask
        run = ExportRun(system, mapping_for(name), "2026-03", RememberedJournal(system, clock), clock, BASES)
        start = NOW.replace(day=1, hour=0, minute=0)
        with Export() as export:
            run.deliver([usage(1, 5), usage(2, 7)], ask, export)
            run.check({"acme": (start, start.replace(month=4))}, ask, export)
    assert fake.total(CUSTOMER, EVENT) == 12
    assert [each.agrees for each in export.totals or ()] == [True]
    assert waits[:3] == [0.0, 2.0, 4.0]


def test_a_session_of_the_stream_is_begun_anew_in_time() -> None:
    clock = ManualClock(NOW)
    fake, system = FakeStripe(clock, {CUSTOMER}), StripeStream()
    with served(fake), closing(BillingClient(Address(fake.address, KEY), clock=clock)) as client:
        ask = StripeSession(client, clock).ask
        run = ExportRun(system, mapping_for("stripe"), "2026-03", RememberedJournal(system, clock), clock, BASES)
        for hours in (1, 2, 3):
            delivered(run, [usage(hours, 1)], ask)
            clock.advance(450)
    assert fake.sessions == 2


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BROKEN_BEFORE, Fault.DROPPED_BEFORE, Fault.HALF_ANSWER])
def test_a_system_that_stays_broken_is_tried_six_times(fault: Fault) -> None:
    fake, waits = FakeStripe(ManualClock(NOW), set()), list[float]()
    fake.faults = deque([fault] * 7)
    with served(fake), closing(client_of(fake, waits)) as client, pytest.raises(DeliveryError, match="6 attempts"):
        client.ask(Request("GET", "/v1/billing/meters/mtr_1/event_summaries"))
    assert len(fake.asked) == 6
    assert waits == ([0.0] * 5 if fault is Fault.BUSY else [1.0, 2.0, 4.0, 8.0, 16.0])


def test_a_wrong_key_is_an_error_that_does_not_repeat_it() -> None:
    fake = FakeStripe(ManualClock(NOW), set())
    address = Address("http://127.0.0.1:1", "wrong-secret")
    assert "wrong-secret" not in repr(address)
    with served(fake):
        client = BillingClient(Address(fake.address, "wrong-secret"), clock=ManualClock(NOW))
        with closing(client), pytest.raises(DeliveryError) as caught:
            client.ask(Request("POST", "/v1/billing/meter_events"))
    assert "it refuses the key: 401" in str(caught.value)
    assert "***" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)


def test_answers_hold_no_key() -> None:
    fake = FakeStripe(ManualClock(NOW), set())
    with served(fake), closing(client_of(fake, [])) as client:
        answer = client.ask(Request("GET", "/unknown", headers={"Stripe-Version": "1"}))
    assert (answer.status, answer.document) == (404, {"error": {"message": "unrecognized request URL, ***"}})


def test_nobody_at_the_address_is_said_after_six_attempts() -> None:
    waits: list[float] = []
    client = BillingClient(Address("http://127.0.0.1:1", KEY), clock=ManualClock(NOW), wait=waits.append)
    with closing(client), pytest.raises(DeliveryError, match=r"http://127.0.0.1:1/v1: the connection failed"):
        client.ask(Request("GET", "/v1?secret=no"))
    assert len(waits) == 5


def test_an_encrypted_connection_that_breaks_off_is_tried_again() -> None:
    """The library has the same error for it as for a certificate that nobody trusts."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def break_off() -> None:
            for _ in range(2):
                connection, _address = server.accept()
                connection.recv(65_536)
                connection.close()

        thread = threading.Thread(target=break_off, daemon=True)
        thread.start()
        address, waits = Address(f"https://127.0.0.1:{server.getsockname()[1]}", KEY), list[float]()
        client = BillingClient(address, clock=ManualClock(NOW), wait=waits.append, attempts=2)
        with closing(client), pytest.raises(DeliveryError, match="2 attempts"):
            client.ask(Request("GET", "/v1"))
        thread.join(10)
    assert waits == [1.0]


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("ftp://host", KEY, "it is not the address of an API"),
        ("https://user:secret-1@host", KEY, "the address holds a login"),
        ("https://host?key=secret-1", KEY, "it is not the address of an API"),
        ("https://host:port", KEY, "the address has a bad host or port"),
        ("https://host", "secret-1 and more", "the key holds spaces"),
        ("https://host", "", "the key holds spaces"),
    ],
)
def test_what_is_no_address_or_key_is_refused_without_secrets(url: str, key: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Address(url, key)
    assert said in str(caught.value)
    assert "secret-1" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://API.stripe.com", "https://api.stripe.com:443/", "https://api.stripe.com//"])
def test_an_address_is_one_destination_however_it_is_written(url: str) -> None:
    """Else the journal of what was delivered would be that of another one, and all of it delivered again."""
    assert Address(url, KEY).destination == "https://api.stripe.com"
    assert Address("http://[::1]:8080/Lago/", KEY).destination == "http://[::1]:8080/Lago"


def test_an_environment_is_a_destination_of_its_own() -> None:
    """Orb has one address for live and for test mode, and keys that look alike."""
    assert Address("https://api.withorb.com", KEY, "test").destination == "https://api.withorb.com (test)"
    assert (
        Address("https://api.stripe.com", "sk_test_1", "sandbox-2").destination == "https://api.stripe.com (sandbox-2)"
    )


def test_keys_for_tests_are_a_destination_of_their_own() -> None:
    assert Address("https://api.stripe.com/", "sk_test_1").destination == "https://api.stripe.com (test)"
    assert Address("https://api.stripe.com/", "sk_live_1").destination == "https://api.stripe.com"


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.BROKEN_AFTER])
def test_a_system_that_forgets_at_once_is_not_asked_twice(fault: Fault) -> None:
    """Busy it was before it took anything; behind the fault the event is there, and would count twice."""
    clock, system = ManualClock(NOW), OpenMeter("v1", timedelta(0))
    fake = ForgetfulOpenMeter(clock, {CUSTOMER})
    fake.faults = deque([Fault.BUSY, None, fault])
    journal = RememberedJournal(system, clock)
    run = ExportRun(system, mapping_for("openmeter"), "2026-03", journal, clock, BASES)
    usages = [usage(3, 1), usage(2, 10), usage(1, 100)]
    with served(fake), closing(client_of(fake, [])) as client:
        with pytest.raises(DeliveryError, match="1 attempt"):
            delivered(run, usages, client.ask)
        assert fake.total(CUSTOMER, EVENT) == 11
        journal.run = "2"
        unsent = delivered(run, usages, client.ask)
    assert fake.total(CUSTOMER, EVENT) == 111
    assert [(each.why, each.delivery.quantity) for each in unsent] == [(Why.DOUBTFUL, Decimal(10))]


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("trouble", ["key", "nobody"])
def test_what_cannot_have_arrived_is_not_in_doubt(name: str, trouble: str) -> None:
    """Else it could not be sent any more once a system that has not seen it has forgotten its id."""
    made, fake_type = SYSTEMS[name]
    clock, system = ManualClock(NOW), made()
    fake, journal = fake_type(clock, {CUSTOMER}), RememberedJournal(system, clock)
    run = ExportRun(system, mapping_for(name), "2026-03", journal, clock, BASES)
    with served(fake):
        address = Address(fake.address, "wrong-secret") if trouble == "key" else Address("http://127.0.0.1:1", KEY)
        with closing(BillingClient(address, clock=clock, wait=lambda _: None)) as client:
            ask = StripeSession(client, clock).ask if isinstance(system, StripeStream) else client.ask
            with pytest.raises(NotTakenError):
                delivered(run, [usage(1, 5), usage(2, 7)], ask)
    assert list(journal.histories()) == []


def client_of(fake: FakeSystem, waits: list[float]) -> BillingClient:
    return BillingClient(Address(fake.address, KEY), clock=ManualClock(NOW), wait=waits.append)
