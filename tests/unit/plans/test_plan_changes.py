"""What differs between plan files, what is doubtful in one, and how charges are told."""

from typing import Any

import pytest

from gatemeter.plans.plan_changes import plan_changes
from gatemeter.plans.plan_lint import lint_warnings
from gatemeter.plans.plan_list import listed_charges, price_text
from tests.support.plan_files import PER_REQUEST, account, book, charge, plan, tiers

VOLUME = {"name": "requests", "meter": "request_count", "model": "volume"}
FLAT: dict[str, Any] = {"name": "base", "model": "flat", "amount": "9.90"}


def test_the_same_file_in_other_words_has_no_changes() -> None:
    assert not list(plan_changes(book(), book(plan(PER_REQUEST | {"unit_amount": "0.0010"}))))


def test_changes_name_the_field_and_both_values() -> None:
    after = book(
        plan(FLAT, PER_REQUEST | {"unit_amount": "0.002"}),
        accounts=[account(time_zone="Europe/Berlin"), account("globex")],
        billable=[{"valid_from": "2026-01-01", "any_of": [["status_class in 2xx", "source not in kong"]]}],
    )
    found = [(each.what, each.name, each.field, each.before, each.after) for each in plan_changes(book(), after)]
    rule = "any_of status_class in 2xx and source not in kong"
    assert found == [
        *(
            ("billable", f"{meter} from 2026-01-01", "", None, rule)
            for meter in ("request_count", "request_size_sum", "response_size_sum")
        ),
        ("charge", "starter from 2026-01-01: requests", "price", "0.001 each (EUR)", "0.002 each (EUR)"),
        ("charge", "starter from 2026-01-01: base", "", None, "model flat; price 9.9 a period (EUR)"),
        ("account", "acme", "time_zone", "UTC", "Europe/Berlin"),
        ("account", "globex", "", None, "consumers globex; time_zone UTC; anchor_day 1; plans starter from 2026-01-01"),
    ]


def test_another_name_for_the_quantity_is_a_change() -> None:
    [found] = plan_changes(book(), book(plan(PER_REQUEST | {"unit": "calls"})))
    assert (found.field, found.before, found.after) == ("unit", "", "calls")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            book(plan(PER_REQUEST), plan(FLAT, name="gold")),
            "plan gold from 2026-01-01: nobody is on it; assign it to an account, or remove it",
        ),
        (
            book(plan(PER_REQUEST, PER_REQUEST | {"name": "again"})),
            (
                "plan starter from 2026-01-01: charges requests and again ask for the same request_count; "
                "tell them apart by filters, or remove one"
            ),
        ),
        (
            book(plan({**VOLUME, "tiers": tiers(("9", "1"), (None, "2"))})),
            (
                "plan starter from 2026-01-01, charge requests: more costs more each: 2 behind 1; "
                "compare the tiers with the contract"
            ),
        ),
        (
            book(accounts=[account(plans=[{"plan": "starter", "valid_from": "2026-02-15"}])]),
            (
                "account acme: plan starter from 2026-02-15 begins within a period, and holds from the next one on; "
                "let it begin on day 1 of a month"
            ),
        ),
        (
            book(accounts=[account(time_zone="Australia/Lord_Howe")]),
            (
                "account acme: time_zone Australia/Lord_Howe is not whole hours from UTC at 2026-07-01, and cannot be "
                "billed then; name one as Europe/Berlin or UTC"
            ),
        ),
        (
            book(accounts=[account(time_zone="Europe/Berln")]),
            (
                "account acme: this computer cannot tell whether 'Europe/Berln' is a time zone; "
                "name one as Europe/Berlin or UTC"
            ),
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(found: Any, said: str) -> None:
    assert [str(each) for each in lint_warnings(found)] == [said]


def test_a_usual_file_has_no_warnings() -> None:
    free_first = {"name": "calls", "meter": "llm_calls", "model": "graduated", "tiers": tiers(("9", "0"), (None, "1"))}
    last_day = account(anchor_day=31, plans=[{"plan": "starter", "valid_from": "2026-02-28"}])
    for accounts in ([account()], [last_day]):
        assert not list(lint_warnings(book(plan(PER_REQUEST, free_first, FLAT), accounts=accounts)))


@pytest.mark.parametrize(
    ("model", "values", "text"),
    [
        ("per_unit", {"unit_amount": "0.50"}, "0.5 each"),
        ("package", {"package_size": 100, "package_amount": 5, "free_units": 10}, "5 for each started 100, 10 free"),
        ("percentage", {"meter": "llm_cost", "percent": 120}, "120 %"),
        (
            "graduated",
            {"tiers": tiers(("10", "1"), (None, "0.5"), flat="3"), "flat_at_zero": True, "minimum": 1, "maximum": 9},
            (
                "from 0 up to 10 1 each and 3 flat, from 10 0.5 each and 3 flat, the first flat amount also at zero, "
                "at least 1, at most 9"
            ),
        ),
    ],
)
def test_a_price_is_told_in_one_text(model: str, values: dict[str, Any], text: str) -> None:
    assert price_text(charge(model, **values)) == text


def test_filters_are_listed_as_they_are_written() -> None:
    found = list(listed_charges(book(plan(PER_REQUEST | {"filter": ["status_class in 2xx,3xx", "team not empty"]}))))
    assert [each.filter for each in found] == ["status_class in 2xx,3xx and team not empty"]
