"""Ids of exported rows: of the content, and computed as documented."""

from hashlib import sha256
from typing import Any

import pytest

from gatemeter.exports.exported_line import exported_lines
from gatemeter.exports.row_ids import row_id
from gatemeter.exports.usage_row import UsageRow
from tests.support.exports import bill_line

MEMBERS: dict[str, Any] = {
    "period": "2026-02",
    "account": "acme",
    "plan": "starter",
    "consumer": "acme",
    "charge": "requests",
    "meter": "request_count",
    "start": "2026-02-01T00:00:00Z",
    "end": "2026-02-02T00:00:00Z",
    "quantity": 5,
    "unit": "requests",
    "not_billable": 0,
    "missing": 0,
    "currency": None,
}


def test_an_id_is_computed_as_it_is_documented() -> None:
    assert row_id("usage", ["ä", 5, None]) == sha256('["usage","ä",5,null]'.encode()).hexdigest()[:32]


@pytest.mark.parametrize("offsets", [None, "", "access[0] 1-1023 of log log-1"])
def test_the_id_of_a_line_is_of_its_columns_but_offsets(offsets: str | None) -> None:
    """As docs/exports.md says, in the order of a line in JSON lines."""
    [row] = exported_lines([bill_line(offsets=offsets)])
    content = (
        '["line","2026-02","acme","starter","requests","request_count",5,"requests","0.01","0.005","EUR",null,'
        '"5 x 0.001",0,0]'
    )
    assert row["id"] == sha256(content.encode()).hexdigest()[:32]


@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_is_part_of_the_id(name: str) -> None:
    row, other = UsageRow.of(**MEMBERS), UsageRow.of(**{**MEMBERS, name: 7 if name in ("quantity", "missing") else "x"})
    assert UsageRow.of(**MEMBERS) == row
    assert other.id != row.id


@pytest.mark.parametrize(("name", "is_key"), [("quantity", False), ("missing", False), ("start", True), ("unit", True)])
def test_a_key_stays_while_numbers_change(name: str, is_key: bool) -> None:
    changed = {**MEMBERS, name: 7 if not is_key else "other"}
    assert (UsageRow.of(**changed).key != UsageRow.of(**MEMBERS).key) is is_key


def test_both_lines_of_a_reversal_have_a_key_of_their_own() -> None:
    """Loaded by key, the second one would replace what the first one takes back."""
    of_january = {"correction_of": "2026-01", "period": "2026-02"}
    lines = [bill_line(), bill_line(amount="-0.01", **of_january), bill_line(amount="0.02", **of_january)]
    first, back, anew = (each["key"] for each in exported_lines(lines))
    members = ["2026-02", "acme", "requests", "2026-01"]
    assert (back, anew) == (row_id("line-key", members), row_id("line-key", [*members, 2]))
    assert first == row_id("line-key", ["2026-02", "acme", "requests", None])
