"""What the rows of the journal say of a usage together."""

from datetime import timedelta
from decimal import Decimal

from gatemeter.billing_systems.delivery import Delivery
from gatemeter.billing_systems.history import JournalRow, State, folded
from tests.support.billing_systems.exported import CUSTOMER, EVENT, NOW


def row(part: int, state: State, *, minutes: int, basis: str) -> JournalRow:
    event = Delivery("key", part, "2026-03", "acme", "acme", "requests", CUSTOMER, EVENT, NOW, Decimal(1), basis)
    return JournalRow(event, "0" * 64, state, "", "1", NOW + timedelta(minutes=minutes))


def test_the_part_that_was_sent_last_says_by_what_the_usage_was_told() -> None:
    """Ids are texts, so the tenth part stands before the second; and an answer may come long after."""
    rows = [
        row(1, State.SENDING, minutes=1, basis="first"),
        row(1, State.DELIVERED, minutes=99, basis="first"),
        row(10, State.SENDING, minutes=10, basis="tenth"),
        row(10, State.DELIVERED, minutes=11, basis="tenth"),
        row(2, State.SENDING, minutes=2, basis="second"),
        row(2, State.DELIVERED, minutes=3, basis="second"),
    ]
    [history] = folded(rows)
    assert history.told_last == (NOW + timedelta(minutes=10), "tenth")
    assert history.next_part == 11
    assert history.quantity == 3
