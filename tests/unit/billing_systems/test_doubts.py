"""Events that were sent without an answer: sent again, settled by a total, or named, but never counted twice."""

from collections import deque
from datetime import timedelta
from decimal import Decimal

import pytest

from gatemeter.billing_systems.systems.openmeter import OpenMeter
from gatemeter.billing_systems.systems.orb import Orb
from gatemeter.billing_systems.unsent import Why
from gatemeter.errors import DeliveryError
from tests.support.billing_systems.exported import (
    CUSTOMER,
    EVENT,
    SYSTEMS,
    usage,
)
from tests.support.billing_systems.fake_orb import FakeOrb
from tests.support.billing_systems.fake_system import Fault
from tests.support.billing_systems.rig import Rig


@pytest.fixture(params=SYSTEMS)
def rig(request: pytest.FixtureRequest) -> Rig:
    return Rig(request.param)


@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.LIE])
def test_what_was_in_doubt_is_sent_again_as_it_was(rig: Rig, fault: Fault) -> None:
    """The answer is lost, the usage changes, and the next run settles the first content before the difference."""
    rig.fake.faults = deque([fault])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.export(usage(1, 8))
    assert rig.total == 8
    assert rig.export(usage(1, 8)).delivered == []


def test_an_unanswered_event_is_not_repeated_once_its_id_is_forgotten() -> None:
    rig = Rig("stripe")
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.clock.advance(24 * 3_600)
    export = rig.export(usage(1, 9))
    assert [(each.why, each.delivery.quantity) for each in export.unsent] == [(Why.DOUBTFUL, Decimal(5))]
    assert "sent at 2026-03-01T12:30Z without an answer" in str(export.unsent[0])
    assert rig.total == 5


def test_an_event_of_a_clock_that_was_ahead_is_not_sent_again() -> None:
    """When it was really sent is not known."""
    rig = Rig("stripe")
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    rig.clock.advance(2 * 3_600)
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.clock.advance(-2 * 3_600)
    assert [each.why for each in rig.export(usage(1, 5)).unsent] == [Why.DOUBTFUL]


def test_ids_are_relied_on_from_the_first_attempt_on() -> None:
    """That one may have arrived, so that a later attempt does not begin the 24 hours anew."""
    rig = Rig("stripe")
    for _ in range(2):
        rig.fake.faults = deque([Fault.DROPPED_AFTER])
        with pytest.raises(DeliveryError):
            rig.export(usage(1, 5))
        rig.clock.advance(12 * 3_600)
    assert [each.why for each in rig.export(usage(1, 5)).unsent] == [Why.DOUBTFUL]


@pytest.mark.parametrize("fault", [Fault.DROPPED_AFTER, Fault.DROPPED_BEFORE])
@pytest.mark.parametrize("name", ["stripe", "openmeter"])
def test_a_total_tells_what_became_of_an_unanswered_event(name: str, fault: Fault) -> None:
    rig = Rig(name)
    rig.export(usage(1, 1, consumer="other"))
    rig.fake.faults = deque([fault])
    current = [usage(1, 5), usage(1, 1, consumer="other")]
    with pytest.raises(DeliveryError):
        rig.export(*current)
    remembers = rig.system.limits.remembers
    assert remembers is not None
    rig.clock.advance(remembers.total_seconds())
    assert [each.why for each in rig.export(*current).unsent] == [Why.DOUBTFUL]
    assert rig.export(*current, asks_doubts=True).unsent == []
    assert rig.total == 6
    assert [each.agrees for each in rig.check()] == [True]


@pytest.mark.parametrize(("fault", "left"), [(Fault.DROPPED_AFTER, []), (Fault.DROPPED_BEFORE, [Why.TOO_OLD])])
def test_an_event_of_weeks_ago_that_orb_has_is_not_taken_for_lost(fault: Fault, left: list[Why]) -> None:
    """It would be brought there once more, by whoever goes by the list of what was not sent."""
    rig = Rig("orb")
    rig.system = Orb(grace=FakeOrb.grace)
    rig.fake.faults = deque([fault])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.clock.advance(11 * 24 * 3_600)
    assert [each.why for each in rig.export(usage(1, 5)).unsent] == [Why.DOUBTFUL]
    assert [each.why for each in rig.export(usage(1, 5), asks_doubts=True).unsent] == left


def test_what_was_lost_and_is_too_old_by_now_is_said_to_be_too_old() -> None:
    rig = Rig("metronome")
    rig.fake.faults = deque([Fault.DROPPED_BEFORE])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.clock.advance(34 * 24 * 3_600)
    [doubt] = rig.export(usage(1, 5)).unsent
    assert doubt.why is Why.DOUBTFUL
    assert [each.why for each in rig.export(usage(1, 5), asks_doubts=True).unsent] == [Why.TOO_OLD]


def test_an_event_in_doubt_that_grew_too_old_is_not_sent_again() -> None:
    """Stripe would say that it is too old, whether or not it has it."""
    rig = Rig("stripe")
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    hours = 35 * 24 - 3
    with pytest.raises(DeliveryError):
        rig.export(usage(hours, 5))
    rig.clock.advance(4 * 3_600)
    [doubt] = rig.export(usage(hours, 5)).unsent
    assert (doubt.why, doubt.reason.endswith("by now it is too old")) == (Why.DOUBTFUL, True)
    assert rig.export(usage(hours, 5), asks_doubts=True).unsent == []


def test_a_total_with_usage_from_elsewhere_leaves_the_doubt() -> None:
    rig = Rig("stripe")
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.fake.store("of another program", CUSTOMER, EVENT, usage(1, 1).start, Decimal(100))
    rig.clock.advance(24 * 3_600)
    assert [each.why for each in rig.export(usage(1, 5), asks_doubts=True).unsent] == [Why.DOUBTFUL]


def test_what_was_delivered_just_now_leaves_the_doubt() -> None:
    """It may not be in the total yet, which then is that of the event in doubt."""
    rig = Rig("stripe")
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.clock.advance(24 * 3_600)
    both = [usage(1, 5), usage(1, 5, consumer="other")]
    rig.export(*both)
    assert [each.why for each in rig.export(*both, asks_doubts=True).unsent] == [Why.DOUBTFUL]
    rig.clock.advance(3_601)
    assert rig.export(*both, asks_doubts=True).unsent == []
    assert rig.total == 10


def test_what_was_sent_just_now_stays_in_doubt() -> None:
    """It may not be in the total yet, which must not be taken for a sign that it was lost."""
    rig = Rig("openmeter")
    rig.system = OpenMeter("v1", timedelta(0))
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    arrived, rig.fake.events = rig.fake.events, []
    assert [each.why for each in rig.export(usage(1, 5), asks_doubts=True).unsent] == [Why.DOUBTFUL]
    rig.fake.events = arrived
    rig.clock.advance(3_601)
    assert rig.export(usage(1, 5), asks_doubts=True).unsent == []
    assert rig.total == 5


def test_what_was_never_tried_is_not_in_doubt() -> None:
    """The system broke down at the second of three events: a day later the third may be sent."""
    rig = Rig("stripe")
    rig.fake.faults = deque([None, Fault.DROPPED_BEFORE])
    usages = [usage(1, 1), usage(2, 10), usage(3, 100)]
    with pytest.raises(DeliveryError):
        rig.export(*usages)
    rig.clock.advance(24 * 3_600)
    assert [each.delivery.quantity for each in rig.export(*usages).unsent] == [10]
    assert rig.total == 101
