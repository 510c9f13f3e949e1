"""Items on disk: read in the order of their keys, as they were."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gatemeter.billing_systems.spool import Spool
from gatemeter.errors import DeliveryError


@dataclass(frozen=True, slots=True)
class Thing:
    """What spools hold: exact numbers, moments, and what is not known."""

    amount: Decimal | None
    at: datetime


def test_items_come_back_in_the_order_of_their_keys_as_often_as_asked() -> None:
    at = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    things = {"b": Thing(Decimal("1E+6"), at), "a": Thing(None, at), "c": Thing(Decimal("0.10"), at)}
    with Spool(Thing) as spooled:
        for key, thing in things.items():
            spooled.add(key, thing)
        spooled.add("a", Thing(Decimal(2), at))
        expected = [things["a"], Thing(Decimal(2), at), things["b"], things["c"]]
        assert list(spooled) == list(spooled) == expected
        assert [str(each.amount) for each in spooled] == ["None", "2", "1E+6", "0.10"]
        assert len(spooled) == 4


def test_a_full_disk_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    full = sqlite3.connect(":memory:", isolation_level=None)
    full.execute("PRAGMA max_page_count = 2")
    monkeypatch.setattr(sqlite3, "connect", lambda *_, **__: full)
    with Spool(Thing) as spooled, pytest.raises(DeliveryError, match=r"cannot be kept on disk .* set SQLITE_TMPDIR"):
        fill(spooled)


def fill(spooled: Spool[Thing]) -> None:
    for number in range(1_000):
        spooled.add(f"{number:0100}", Thing(Decimal(number), datetime(2026, 1, 1, tzinfo=UTC)))
