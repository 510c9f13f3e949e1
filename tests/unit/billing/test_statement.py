"""Statements: what their hash covers, and what is wrong with a chain of them."""

from hashlib import sha256

import msgspec
import pytest

from gatemeter.billing.statement import Statement, chain_faults, decoded, encoded


def statement(number: int, before: Statement | None = None, **values: object) -> Statement:
    made = Statement(
        number=number,
        period=f"2026-{number:02d}",
        closed_at="2026-03-04T00:00:00Z",
        grace_hours=72,
        previous_sha256=before.sha256 if before else None,
        plans={"plans": []},
        price_versions=("p-1",),
        rules=("9",),
        logs=(),
        accepted=(),
        lines=(),
    )
    return msgspec.structs.replace(made, **values).sealed()


FIRST = statement(1)
SECOND = statement(2, FIRST)
THIRD = statement(3, SECOND)


def test_a_chain_and_each_part_of_it_are_whole() -> None:
    assert chain_faults([FIRST, SECOND, THIRD]) == chain_faults([SECOND, THIRD]) == chain_faults([]) == []


def test_a_whole_chain_begins_with_the_first_statement() -> None:
    assert chain_faults([FIRST, SECOND], is_whole=True) == chain_faults([], is_whole=True) == []
    assert chain_faults([SECOND, THIRD], is_whole=True) == [
        "statement 2 is the first that is there: those before it are missing"
    ]


def test_the_hash_is_of_sorted_members_without_itself() -> None:
    members = msgspec.json.decode(encoded(FIRST))
    assert decoded(encoded(FIRST)) == FIRST
    assert members.pop("sha256") == sha256(msgspec.json.encode(members, order="sorted")).hexdigest()


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ([FIRST, msgspec.structs.replace(SECOND, grace_hours=0), THIRD], "statement 2 of 2026-02 was changed"),
        ([FIRST, THIRD], "statement 3 follows statement 1: one is missing, or there twice"),
        ([FIRST, FIRST], "statement 1 follows statement 1: one is missing, or there twice"),
        ([FIRST, statement(2, THIRD)], "statement 2 of 2026-02 does not follow this statement 1"),
        ([statement(1, THIRD)], "statement 1 names a statement before it"),
    ],
)
def test_each_fault_of_a_chain_is_named(chain: list[Statement], said: str) -> None:
    [fault] = chain_faults(chain)
    assert fault.startswith(said)
