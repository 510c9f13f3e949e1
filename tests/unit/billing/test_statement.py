"""Statements: what their hash covers, and what is wrong with a chain of them."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from gatemeter.billing.closed_periods import rated_span
from gatemeter.billing.statement import RatedHours, Statement, chain_faults, decoded, encoded
from gatemeter.billing.statement_plans import default_rule, plans_of
from gatemeter.errors import ConflictError
from gatemeter.reports.period import TimeSpan


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


FORMAT_1 = (
    b'{"accepted":[],"closed_at":"2026-03-04T00:00:00Z","format":"gatemeter-statement/1","grace_hours":72,"lines":'
    b'[{"account":"acme","amount":"1.00","amount_exact":"1","charge":"calls","correction_of":null,"currency":"EUR",'
    b'"formula":"2 x 0.5","meter":"request_count","missing":0,"not_billable":0,"period":"2026-02","plan":"starter",'
    b'"quantity":2,"unit":"requests"}],"logs":[],"number":1,"period":"2026-02","plans":{},"previous_sha256":null,'
    b'"price_versions":[],"rules":[],"sha256":"HASH"}'
)


def test_statements_of_the_first_format_keep_their_hash_and_rule() -> None:
    whole = FORMAT_1.replace(b',"sha256":"HASH"', b"")
    found = decoded(FORMAT_1.replace(b"HASH", sha256(whole).hexdigest().encode()))
    assert chain_faults([found], is_whole=True) == []
    assert default_rule(found).model_dump(mode="json") == {
        "valid_from": "1970-01-01",
        "meters": ["request_count", "request_size_sum", "response_size_sum"],
        "any_of": [["source not in kong"], ["status_class in 1xx,2xx,3xx"]],
    }


def test_a_statement_holds_the_default_rule_that_it_was_rated_by() -> None:
    rule = {"valid_from": "1970-01-01", "meters": ["request_count"], "any_of": [["method in GET"]]}
    found = decoded(encoded(statement(1, billable_default=rule)))
    assert chain_faults([found]) == []
    assert default_rule(found).dimensions == ("method",)
    assert found.sha256 != FIRST.sha256


def test_the_hours_that_were_rated_are_known_or_all() -> None:
    march = RatedHours(period="2026-03", first_hour="2026-03-01T00:00:00Z", end_hour="2026-04-01T00:00:00Z", touches=1)
    february = msgspec.structs.replace(march, period="2026-02", first_hour="2026-02-01T00:00:00Z")
    hours = rated_span(statement(3, rated=(march, february)))
    assert hours.parameters == {"from": "2026-02-01 00:00:00", "to": "2026-04-01 00:00:00"}
    assert rated_span(statement(3, rated=(february,))) == rated_span(FIRST) == TimeSpan()


def test_a_statement_of_a_later_format_is_not_read() -> None:
    later = encoded(FIRST).replace(b"gatemeter-statement/2", b"gatemeter-statement/3")
    for text in (later, later.replace(b"{", b'{"new":1,', 1)):
        with pytest.raises(ConflictError, match="cannot read a statement of the format gatemeter-statement/3; use the"):
            decoded(text)


@pytest.mark.parametrize(
    ("read", "values"),
    [(plans_of, {"plans": {"plans": [], "taxes": 1}}), (default_rule, {"billable_default": {"any_of": []}})],
)
def test_plans_that_a_later_version_has_written_are_named(read: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ConflictError, match="statement of 2026-01: this version cannot read the plans of statement 1"):
        read(statement(1, **values))
