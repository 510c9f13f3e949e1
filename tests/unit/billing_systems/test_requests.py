"""What each billing system is sent, to the letter, and the quantities that Stripe takes."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs

import msgspec
import pytest

from gatemeter.billing_systems.billing_system import Answer, Counted, Request
from gatemeter.billing_systems.delivery import Delivery
from gatemeter.billing_systems.systems.lago import Lago
from gatemeter.billing_systems.systems.metronome import Metronome
from gatemeter.billing_systems.systems.openmeter import OpenMeter
from gatemeter.billing_systems.systems.orb import Orb
from gatemeter.billing_systems.systems.stripe import Stripe
from gatemeter.billing_systems.systems.stripe_stream import StripeStream
from gatemeter.errors import DeliveryError

DELIVERY = Delivery(
    usage_key="2f61",
    part=0,
    period="2026-02",
    account="acme",
    consumer="acme-mobile",
    charge="requests",
    customer="cus_1",
    event_name="api_requests",
    occurred_at=datetime(2026, 2, 3, 4, tzinfo=UTC),
    quantity=Decimal(12),
)
PRECISE = replace(DELIVERY, quantity=Decimal("-12345678901234567890.000000000000000001"))


def test_an_id_is_of_the_usage_and_the_part() -> None:
    assert DELIVERY.id == replace(DELIVERY, quantity=Decimal(7), customer="other").id
    assert len({DELIVERY.id, replace(DELIVERY, part=1).id, replace(DELIVERY, usage_key="2f62").id}) == 3
    assert DELIVERY.id.startswith("gm-")
    assert len(DELIVERY.id) == 37


def test_stripe_gets_a_form_an_event() -> None:
    request = Stripe().request([DELIVERY])
    assert (request.method, request.path) == ("POST", "/v1/billing/meter_events")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode(), strict_parsing=True) == {
        "event_name": ["api_requests"],
        "identifier": [DELIVERY.id],
        "payload[stripe_customer_id]": ["cus_1"],
        "payload[value]": ["12"],
        "timestamp": ["1770091200"],
    }


def test_the_stripe_stream_gets_events_of_version_2() -> None:
    request = StripeStream("https://meter-events.stripe.com").request([DELIVERY])
    assert request.path == "https://meter-events.stripe.com/v2/billing/meter_event_stream"
    assert msgspec.json.decode(request.body) == {
        "events": [
            {
                "event_name": "api_requests",
                "identifier": DELIVERY.id,
                "payload": {"stripe_customer_id": "cus_1", "value": "12"},
                "timestamp": "2026-02-03T04:00:00Z",
            }
        ]
    }


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        ("0.5", "Stripe takes whole numbers only"),
        ("1000000000000000", "Stripe takes 15 digits at most"),
        ("-1000000000000000", "Stripe takes 15 digits at most"),
        ("-999999999999999", None),
        ("12.000", None),
    ],
)
def test_stripe_takes_whole_numbers_of_15_digits(quantity: str, reason: str | None) -> None:
    delivery = replace(DELIVERY, quantity=Decimal(quantity))
    assert Stripe().unfit(delivery) == StripeStream().unfit(delivery) == reason


@pytest.mark.parametrize(("api", "path"), [("v1", "/api/v1/events"), ("v3", "/v3/openmeter/events")])
def test_openmeter_gets_a_batch_of_cloudevents(api: str, path: str) -> None:
    request = OpenMeter("v3" if api == "v3" else "v1").request([PRECISE])
    assert (request.path, dict(request.headers)) == (path, {"Content-Type": "application/cloudevents-batch+json"})
    assert msgspec.json.decode(request.body) == [
        {
            "specversion": "1.0",
            "id": PRECISE.id,
            "source": "gatemeter",
            "type": "api_requests",
            "subject": "cus_1",
            "time": "2026-02-03T04:00:00Z",
            "data": {"value": "-12345678901234567890.000000000000000001"},
        }
    ]


def test_lago_gets_a_batch_with_values_as_text() -> None:
    request = Lago().request([PRECISE])
    assert request.path == "/api/v1/events/batch"
    assert msgspec.json.decode(request.body) == {
        "events": [
            {
                "transaction_id": PRECISE.id,
                "external_subscription_id": "cus_1",
                "code": "api_requests",
                "timestamp": 1770091200,
                "properties": {"value": "-12345678901234567890.000000000000000001"},
            }
        ]
    }


def test_orb_gets_numbers_with_all_their_digits() -> None:
    request = Orb().request([PRECISE])
    assert request.path == "/v1/ingest?debug=true"
    assert request.body.decode() == (
        '{"events":[{"event_name":"api_requests","external_customer_id":"cus_1","idempotency_key":"'
        f'{PRECISE.id}","properties":{{"value":-12345678901234567890.000000000000000001}},'
        '"timestamp":"2026-02-03T04:00:00Z"}]}'
    )


def test_orb_is_asked_by_id_and_for_all_of_the_time() -> None:
    """Of both bounds https://docs.withorb.com/api-reference/event/search-events says that the end is not in it."""
    start, end = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)
    asked: list[Request] = []

    def ask(request: Request) -> Answer:
        asked.append(request)
        return Answer(200, b'{"data":[{"properties":{"value":2},"deprecated":false}]}')

    ids = [str(each) for each in range(101)]
    assert Orb().total(Counted("cus_1", "api_requests", None, start, end, ids), ask) == 4
    first, second = (msgspec.json.decode(each.body) for each in asked)
    assert (first["event_ids"], second["event_ids"]) == (ids[:100], ["100"])
    assert {(each["timeframe_start"], each["timeframe_end"]) for each in (first, second)} == {
        ("2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z")
    }


def test_metronome_gets_a_list_with_values_as_text() -> None:
    request = Metronome().request([DELIVERY, PRECISE])
    assert request.path == "/v1/ingest"
    first, second = msgspec.json.decode(request.body)
    assert first == {
        "transaction_id": DELIVERY.id,
        "customer_id": "cus_1",
        "event_type": "api_requests",
        "timestamp": "2026-02-03T04:00:00Z",
        "properties": {"value": "12"},
    }
    assert second["properties"] == {"value": "-12345678901234567890.000000000000000001"}


def test_metronome_is_asked_from_midnight_to_midnight_and_told_apart_by_the_hour() -> None:
    """Other bounds it refuses. The period is one of an account in Berlin: its hours before and behind are not of it."""
    start, end = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)
    hours = {"2026-01-31T22:00:00Z": 1, "2026-01-31T23:00:00Z": 10, "2026-02-28T22:00:00+00:00": 100}
    rows = [
        {"start_timestamp": hour, "value": value} for hour, value in {**hours, "2026-02-28T23:00:00Z": 1000}.items()
    ]
    asked: list[Request] = []

    def ask(request: Request) -> Answer:
        asked.append(request)
        return Answer(200, msgspec.json.encode({"data": rows, "next_page": None}))

    assert Metronome().total(Counted("cus_1", "api_requests", "metric-1", start, end, []), ask) == 110
    body = msgspec.json.decode(asked[0].body)
    assert (body["starting_on"], body["ending_before"]) == ("2026-01-31T00:00:00Z", "2026-03-01T00:00:00Z")
    assert body["window_size"] == "HOUR"


@pytest.mark.parametrize("start", ["", "yesterday", "2026-02-03T04:00:00"])
def test_hours_without_a_time_are_no_answer_of_metronome(start: str) -> None:
    counted = Counted("cus_1", "api_requests", "metric-1", DELIVERY.occurred_at, DELIVERY.occurred_at, [])
    body = msgspec.json.encode({"data": [{"start_timestamp": start, "value": 1}], "next_page": None})
    with pytest.raises(DeliveryError, match="it does not say what it has counted"):
        Metronome().total(counted, lambda _: Answer(200, body))


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b'{"data":[{"value":1e999999999}]}', b'{"data":[{"value":1e-99}]}'],
    ids=["nested too deeply", "too large", "too small"],
)
def test_an_answer_that_no_system_gives_is_an_error(body: bytes) -> None:
    counted = Counted("cus_1", "api_requests", "mtr_1", DELIVERY.occurred_at, DELIVERY.occurred_at, [])
    with pytest.raises(DeliveryError, match="it does not say what it has counted"):
        OpenMeter().total(counted, lambda _: Answer(200, body))
