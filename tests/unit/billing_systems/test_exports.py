"""Exports to each system's fake: once each, adjusted, refused, too old, in doubt, and compared afterwards."""

from collections import deque
from decimal import Decimal

import pytest

from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.billing_systems.unsent import Why
from gatemeter.errors import ConflictError, DeliveryError, SettingsError
from tests.support.billing_systems.exported import (
    CUSTOMER,
    EVENT,
    MAPPING,
    SYSTEMS,
    usage,
)
from tests.support.billing_systems.fake_lago import FakeLago
from tests.support.billing_systems.fake_orb import FakeOrb
from tests.support.billing_systems.fake_system import Fault
from tests.support.billing_systems.rig import Rig


@pytest.fixture(params=SYSTEMS)
def rig(request: pytest.FixtureRequest) -> Rig:
    return Rig(request.param)


def test_usage_is_delivered_once_and_then_not_again(rig: Rig) -> None:
    usages = [usage(1, 5), usage(2, 7), usage(3, 0)]
    first, second = rig.export(*usages), rig.export(*usages)
    assert [len(each.delivered) for each in (first, second)] == [2, 0]
    assert rig.total == 12
    assert [each.agrees for each in rig.check()] == [True]


def test_a_changed_quantity_goes_as_its_difference(rig: Rig) -> None:
    rig.export(usage(1, 5), usage(2, 7))
    second = rig.export(usage(1, 3))
    assert sorted(each.quantity for each in second.delivered) == [-7, -2]
    assert {each.part for each in second.delivered} == {1}
    assert rig.total == 3
    rig.export(usage(1, 3), usage(2, 7))
    assert rig.total == 10


def test_a_page_of_somebody_else_is_not_an_answer(rig: Rig) -> None:
    rig.fake.faults = deque([Fault.LIE])
    rig.export(usage(1, 5))
    totals = rig.check()
    if rig.system.name == "metronome" or rig.fake.asked[0].path.endswith("stream"):
        # Their answers name no event: only the comparison tells.
        assert [(each.delivered, each.counted) for each in totals] == [(Decimal(5), Decimal(0))]
        assert str(totals[0]) == f"{EVENT} of {CUSTOMER} (account acme): delivered 5, counted 0"
    else:
        assert [(each.delivered, each.counted) for each in totals] == [(Decimal(5), Decimal(5))]


@pytest.mark.parametrize("name", sorted(SYSTEMS.keys() - {"metronome", "stripe stream"}))
def test_somebody_who_always_lies_ends_the_run(name: str) -> None:
    rig = Rig(name)
    rig.fake.faults = deque([Fault.LIE] * 5)
    with pytest.raises(DeliveryError, match="5 answers did not say what became of gm-"):
        rig.export(usage(1, 5))
    rig.export(usage(1, 5))
    assert rig.total == 5


def test_hours_that_are_not_over_wait(rig: Rig) -> None:
    export = rig.export(usage(0, 5), usage(1, None))
    assert [each.why for each in export.unsent] == [Why.NOT_OVER]
    rig.clock.advance(3_600)
    rig.export(usage(0, 6), usage(1, None))
    assert rig.total == 6


@pytest.mark.parametrize(("name", "hours"), [("stripe", 35 * 24), ("metronome", 34 * 24)])
def test_what_is_too_old_for_a_system_is_named_and_not_sent(name: str, hours: int) -> None:
    rig = Rig(name)
    export = rig.export(usage(hours + 1, 5), usage(hours - 2, 7))
    assert [(each.why, each.delivery.quantity) for each in export.unsent] == [(Why.TOO_OLD, Decimal(5))]
    assert rig.total == 7
    text = str(export.unsent[0])
    assert text.startswith("too old: 5 api_requests of account acme, consumer acme, 2026-01-")


def test_what_is_not_known_any_more_is_not_taken_back(rig: Rig) -> None:
    rig.export(usage(1, 5))
    assert rig.export(usage(1, None)).delivered == []
    assert rig.total == 5


def test_events_that_are_in_no_quantity_are_told(rig: Rig) -> None:
    skipped = rig.mapping.model_copy(update={"skip_accounts": frozenset({"globex"})})
    usages = [
        usage(1, None, missing=3),
        usage(2, 7, missing=1),
        usage(3, 1),
        usage(1, None, missing=9, account="globex"),
    ]
    export = rig.export(*usages, mapping=skipped)
    assert export.missing == {("acme", "requests"): 4}
    assert export.manifest["missing"] == [{"account": "acme", "charge": "requests", "events": 4}]


def test_refused_events_are_named_and_the_others_delivered() -> None:
    """An unknown customer of Orb, with both readings of what a refused request has stored."""
    for stores_rest in (True, False):
        rig = Rig("orb")
        assert isinstance(rig.fake, FakeOrb)
        rig.fake.stores_rest = stores_rest
        mapping = rig.mapping.model_copy(update={"consumers": {"stranger": "cus_unknown"}})
        usages = [usage(1, 5), usage(2, 7, consumer="stranger"), usage(3, 11)]
        export = rig.export(*usages, mapping=mapping)
        assert [(each.why, each.delivery.quantity) for each in export.unsent] == [(Why.REFUSED, Decimal(7))]
        assert "the customer is not known" in export.unsent[0].reason
        assert rig.total == 16
        rig.fake.customers.add("cus_unknown")
        rig.export(*usages, mapping=mapping)
        assert rig.fake.total("cus_unknown", EVENT) == 7


def test_lago_refuses_a_batch_and_the_rest_of_it_is_sent_again() -> None:
    rig = Rig("lago")
    assert isinstance(rig.fake, FakeLago)
    charges = {**rig.mapping.charges, "other": rig.mapping.charges["requests"].model_copy(update={"event_name": "bad"})}
    mapping = rig.mapping.model_copy(update={"charges": charges})
    export = rig.export(usage(1, 5), usage(2, 7, charge="other"), usage(3, 11), mapping=mapping)
    assert [each.reason for each in export.unsent] == ['{"code":["value_is_mandatory"]}']
    assert rig.total == 16


def test_a_batch_that_is_refused_as_a_whole_is_sent_in_halves() -> None:
    rig = Rig("openmeter")
    mapping = rig.mapping.model_copy(update={"consumers": {"stranger": "bad"}})
    usages = [usage(hours, hours) for hours in range(1, 6)]
    export = rig.export(*usages, usage(2, 100, consumer="stranger"), mapping=mapping)
    assert [each.delivery.quantity for each in export.unsent] == [100]
    assert rig.total == 15
    assert rig.progress[-1] == 5


def test_the_stream_begins_a_session_with_100_events_a_request() -> None:
    rig = Rig("stripe stream")
    rig.export(*(usage(hours, 1) for hours in range(1, 251)))
    streamed = [len(each.document["events"]) for each in rig.fake.asked]
    assert streamed == [100, 100, 50]
    assert rig.total == 250


def test_what_the_mapping_does_not_name_is_refused_before_anything_is_sent(rig: Rig) -> None:
    strange = [usage(1, 5), usage(2, 7, account="globex", consumer="g"), usage(3, 1, charge="tokens")]
    with pytest.raises(SettingsError) as caught:
        rig.export(*strange)
    assert str(caught.value).startswith("--mapping: account globex has no customer, charge tokens has no event_name;")
    assert rig.fake.asked == []
    skipping = {"skip_accounts": frozenset({"globex"}), "skip_charges": frozenset({"tokens"})}
    rig.export(*strange, mapping=rig.mapping.model_copy(update=skipping))
    assert rig.total == 5


def test_a_customer_that_changed_is_refused_by_name(rig: Rig) -> None:
    rig.export(usage(1, 5))
    asked = len(rig.fake.asked)
    with pytest.raises(
        ConflictError, match="account acme: api_requests of cus_acme would become api_requests of cus_2"
    ):
        rig.export(usage(1, 5), usage(2, 6), mapping=rig.mapping.model_copy(update={"accounts": {"acme": "cus_2"}}))
    assert len(rig.fake.asked) == asked


def test_a_customer_that_changed_is_refused_once_the_event_in_doubt_turns_out_to_be_there(rig: Rig) -> None:
    """Had it been lost, or refused, nothing of it would be with the other customer."""
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    with pytest.raises(ConflictError, match="api_requests of cus_acme would become api_requests of cus_2"):
        rig.export(usage(1, 8), mapping=rig.mapping.model_copy(update={"accounts": {"acme": "cus_2"}}))
    assert rig.total == 5


def test_what_cannot_follow_an_event_in_doubt_is_refused_before_that_is_sent_again() -> None:
    rig = Rig("stripe")
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    asked = len(rig.fake.asked)
    with pytest.raises(SettingsError, match=r"charge requests: 0.5 api_requests: Stripe takes whole numbers only"):
        rig.export(usage(1, "5.5"))
    assert len(rig.fake.asked) == asked


def test_amounts_of_money_need_a_factor_for_stripe() -> None:
    rig = Rig("stripe")
    with pytest.raises(SettingsError, match=r"charge requests: 0.25 api_requests: Stripe takes whole numbers only"):
        rig.export(usage(1, "0.25"))
    charges = {"requests": {"event_name": EVENT, "factor": 100}}
    rig.export(usage(1, "0.25"), mapping=Mapping.model_validate({**MAPPING.model_dump(), "charges": charges}))
    assert rig.total == 25


def test_a_total_that_is_asked_without_a_meter_is_refused() -> None:
    rig = Rig("stripe")
    rig.mapping = rig.mapping.model_copy(
        update={"charges": {"requests": rig.mapping.charges["requests"].model_copy(update={"meter_id": None})}}
    )
    rig.export(usage(1, 5))
    with pytest.raises(SettingsError, match="add meter_id to the charge"):
        rig.check()


def test_usage_from_elsewhere_shows_as_a_difference(rig: Rig) -> None:
    """But for Orb, which is asked about our own events only."""
    rig.export(usage(1, 5))
    rig.fake.store("of another program", CUSTOMER, EVENT, usage(2, 1).start, Decimal(100))
    expected = Decimal(5) if rig.system.name == "orb" else Decimal(105)
    [total] = rig.check()
    assert (total.delivered, total.counted, total.agrees) == (Decimal(5), expected, rig.system.name == "orb")


def test_a_total_has_what_is_older_than_a_week(rig: Rig) -> None:
    """Orb looks back no further, unless it is told where the period begins."""
    rig.export(usage(1, 300), usage(9 * 24, 700))
    rig.clock.advance(20 * 24 * 3_600)
    assert [(each.delivered, each.counted) for each in rig.check()] == [(Decimal(1000), Decimal(1000))]


def test_orb_does_not_count_what_was_deprecated_there() -> None:
    rig = Rig("orb")
    assert isinstance(rig.fake, FakeOrb)
    first, _ = rig.export(usage(1, 5), usage(2, 7)).delivered
    rig.fake.deprecated = frozenset({first.id})
    [total] = rig.check()
    assert (total.delivered, total.counted) == (Decimal(12), Decimal(12) - first.quantity)


def test_the_manifest_has_counts_quantities_and_a_hash() -> None:
    rig = Rig("stripe")
    rig.export(usage(1, 5), usage(2, 7))
    export = rig.export(usage(1, 4), usage(2, 7), usage(0, 1))
    told = export.manifest
    assert told["quantities"] == {EVENT: "11"}
    assert (told["delivered"], told["delivered_now"], told["adjustments_now"], told["adjusted_usages"]) == (3, 1, 1, 1)
    assert told["not_sent"] == {"not over": 1}
    assert len(told["sha256"]) == 64


def test_numbers_with_many_digits_are_delivered_once(rig: Rig) -> None:
    """More digits than the 28 that decimal numbers are rounded to unless told otherwise."""
    if rig.system.name == "stripe":
        return
    long = "12345678901234567890.123456789012345678901234"
    first, second = (rig.export(usage(1, each)) for each in (long, f"{long[:-1]}5"))
    assert [str(each.quantity) for each in first.delivered] == [long]
    assert [f"{each.quantity:f}" for each in second.delivered] == ["0.000000000000000000000001"]
    assert rig.export(usage(1, f"{long[:-1]}5")).delivered == []


def test_more_digits_than_the_journal_keeps_are_refused() -> None:
    rig = Rig("lago")
    mapping = Mapping.model_validate(
        {**MAPPING.model_dump(), "charges": {"requests": {"event_name": EVENT, "factor": "0.1"}}}
    )
    with pytest.raises(SettingsError, match=r"no more than 52 digits before the point and 24 behind it"):
        rig.export(usage(1, "0.000000000000000000000001"), mapping=mapping)
    assert rig.fake.asked == []


@pytest.mark.parametrize(
    ("used", "factor", "sent"), [("0.5", "10", "5"), ("5", "1E+6", "5000000"), ("2", "0.10", "0.2")]
)
def test_a_quantity_is_written_as_it_comes_back_from_the_journal(used: str, factor: str, sent: str) -> None:
    """Orb gets numbers, and what is sent again has to be the same text."""
    charges = {"requests": {"event_name": EVENT, "factor": Decimal(factor)}}
    mapping = Mapping.model_validate({**MAPPING.model_dump(), "charges": charges})
    [delivery] = Rig("orb").export(usage(1, used), mapping=mapping).delivered
    assert str(delivery.quantity) == sent


def test_an_event_that_lago_lists_twice_counts_once() -> None:
    """As it does where events are stored in ClickHouse, and one was sent again."""
    rig = Rig("lago")
    rig.export(usage(1, 5))
    rig.fake.events += rig.fake.events
    assert [each.agrees for each in rig.check()] == [True]
