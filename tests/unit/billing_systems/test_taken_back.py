"""What was delivered already and is not used by what is given now: taken back where events say so, else refused."""

from collections import deque
from decimal import Decimal

import pytest

from gatemeter.billing_systems.basis import Basis
from gatemeter.errors import ConflictError, DeliveryError
from tests.support.billing_systems.exported import BASES, usage
from tests.support.billing_systems.fake_system import Fault
from tests.support.billing_systems.rig import Rig

CHARGE = ("acme", "requests")
OTHER_PLAN = {CHARGE: Basis("hour", Decimal(1), "plan-2").text}
TENFOLD = {CHARGE: Basis("hour", Decimal(10), "plan-1").text}


@pytest.fixture
def rig() -> Rig:
    return Rig("lago")


def test_events_that_are_corrected_take_back_what_was_delivered(rig: Rig) -> None:
    """By the same files; one of the two usages is gone altogether."""
    rig.export(usage(1, 5), usage(2, 7))
    rig.export(usage(1, 3))
    assert rig.total == 3


def test_another_plan_file_takes_nothing_back_by_surprise(rig: Rig) -> None:
    rig.export(usage(1, 5), usage(2, 7))
    asked = len(rig.fake.asked)
    with pytest.raises(ConflictError) as caught:
        rig.export(usage(1, 3), usage(3, 100), bases=OTHER_PLAN)
    assert str(caught.value) == (
        "it would take back 9 api_requests of account acme (charge requests, 2 events: the plan file says something "
        "else of it), of what was delivered already; give the plan file, mapping and --grain of the last delivery, or "
        "say --take-back if it is meant"
    )
    assert len(rig.fake.asked) == asked
    rig.export(usage(1, 3), usage(3, 100), bases=OTHER_PLAN, takes_back=True)
    assert rig.total == 103


def test_another_plan_file_that_takes_nothing_back_is_the_one_to_keep(rig: Rig) -> None:
    """What it has delivered is compared with itself from then on, and the older file is the other one."""
    rig.export(usage(1, 5))
    rig.export(usage(1, 5), usage(2, 7), bases=OTHER_PLAN)
    rig.clock.advance(1)
    rig.export(usage(1, 4), usage(2, 7), bases=OTHER_PLAN)
    assert rig.total == 11
    with pytest.raises(ConflictError, match="take back 7 api_requests"):
        rig.export(usage(1, 4), bases=BASES)


def test_a_charge_that_the_plan_file_has_no_more_is_not_taken_back_by_surprise(rig: Rig) -> None:
    rig.export(usage(1, 5))
    with pytest.raises(ConflictError, match=r"1 event: the plan file does not have it any more\)"):
        rig.export(bases={})


def test_another_grain_takes_nothing_back_by_surprise(rig: Rig) -> None:
    rig.export(usage(1, 5))
    days = {CHARGE: Basis("day", Decimal(1), "plan-1").text}
    with pytest.raises(ConflictError, match="--grain was hour and is day"):
        rig.export(usage(2, 5, charge="requests"), bases=days)


@pytest.mark.parametrize("goes", ["up", "down"])
def test_another_factor_changes_nothing_by_surprise(rig: Rig, goes: str) -> None:
    """Also what it makes of it is more: nobody used ten times as much."""
    rig.export(usage(1, 5), bases=BASES if goes == "up" else TENFOLD)
    used, bases = (50, TENFOLD) if goes == "up" else (1, BASES)
    what = "add 45 api_requests" if goes == "up" else "take back 4 api_requests"
    with pytest.raises(ConflictError, match=f"{what} of account acme .* factor was "):
        rig.export(usage(1, used), bases=bases)


def test_more_usage_by_another_plan_file_is_delivered(rig: Rig) -> None:
    """Events come late every day, and plan files are edited: only what is taken back is asked about."""
    rig.export(usage(1, 5))
    rig.export(usage(1, 6), bases=OTHER_PLAN)
    assert rig.total == 6


def test_what_an_event_in_doubt_would_make_of_it_is_asked_before_it_is_sent_again(rig: Rig) -> None:
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    asked = len(rig.fake.asked)
    with pytest.raises(ConflictError, match="take back 3 api_requests"):
        rig.export(usage(1, 2), bases=OTHER_PLAN)
    assert len(rig.fake.asked) == asked
    rig.export(usage(1, 2))
    assert rig.total == 2


def test_what_the_system_refuses_of_it_later_is_asked_about_as_well() -> None:
    """A reduction in doubt turns out to be refused, which leaves what was delivered first above the usage."""
    rig = Rig("orb")
    rig.export(usage(1, 5))
    rig.fake.faults = deque([Fault.DROPPED_BEFORE])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 2))
    rig.fake.customers.clear()
    with pytest.raises(ConflictError, match="take back 2 api_requests"):
        rig.export(usage(1, 3), bases=OTHER_PLAN)


def test_rows_that_do_not_say_what_they_were_told_by_are_asked_about(rig: Rig) -> None:
    rig.export(usage(1, 5), bases={})
    with pytest.raises(ConflictError, match="nothing says by which files it was delivered"):
        rig.export(usage(1, 4))


def test_skipped_accounts_keep_what_they_have(rig: Rig) -> None:
    rig.export(usage(1, 5))
    skipping = rig.mapping.model_copy(update={"skip_accounts": frozenset({"acme"})})
    rig.export(mapping=skipping, bases=OTHER_PLAN)
    assert rig.total == 5


def test_an_answer_that_comes_late_does_not_make_an_older_file_the_one_to_keep() -> None:
    """The event in doubt was made by the older file; that its arrival is found later says nothing about files."""
    rig = Rig("stripe")
    rig.fake.faults = deque([Fault.DROPPED_AFTER])
    with pytest.raises(DeliveryError):
        rig.export(usage(1, 5))
    rig.clock.advance(24 * 3_600)
    rig.export(usage(1, 5), usage(2, 7), bases=OTHER_PLAN)
    rig.clock.advance(3_601)
    rig.export(usage(1, 5), usage(2, 7), bases=OTHER_PLAN, asks_doubts=True)
    rig.export(usage(1, 4), usage(2, 6), bases=OTHER_PLAN)
    assert rig.total == 10
