"""Which rule holds for a meter on a day, and what it takes."""

from datetime import date

import pytest

from gatemeter.plans.billable_rule import DEFAULT_RULE, BillableRule, rule_of


def rule(valid_from: str, *any_of: list[str], **values: object) -> BillableRule:
    return BillableRule.model_validate({"valid_from": valid_from, "any_of": any_of, **values})


@pytest.mark.parametrize(
    ("source", "status_class", "is_billable"),
    [
        ("upstream", "5xx", True),
        ("upstream", "", True),
        ("", "4xx", True),
        ("kong", "2xx", True),
        ("kong", "4xx", False),
        ("kong", "", False),
    ],
)
def test_without_a_rule_what_was_served_is_billable(source: str, status_class: str, is_billable: bool) -> None:
    assert DEFAULT_RULE.takes({"source": source, "status_class": status_class}) is is_billable


def test_all_filters_of_one_alternative_must_hold() -> None:
    found = rule("2026-01-01", ["method in GET", "route prefix a"], ["team not empty"])
    assert found.dimensions == ("method", "route", "team")
    rows = [("GET", "ab", ""), ("GET", "b", ""), ("PUT", "ab", ""), ("PUT", "b", "x")]
    taken = [found.takes({"method": method, "route": route, "team": team}) for method, route, team in rows]
    assert taken == [True, False, False, True]


def test_the_latest_rule_for_the_meter_holds() -> None:
    rules = [rule("2026-03-01", ["method in GET"]), rule("2026-02-01", ["team empty"], meters="llm_calls")]
    assert rule_of(rules, "request_count", date(2026, 2, 28)) == DEFAULT_RULE
    assert rule_of(rules, "request_count", date(2026, 3, 1)) == rules[0]
    assert rule_of(rules, "llm_calls", date(2026, 1, 31)) is None
    assert rule_of(rules, "llm_calls", date(2026, 2, 1)) == rules[1]


def test_a_rule_that_always_held_goes_before_the_default_one() -> None:
    for always in ("1970-01-01", "0001-01-01"):
        said = rule(always, ["status_class in 2xx"])
        assert rule_of([said], "request_count", date(2026, 2, 1)) == said
