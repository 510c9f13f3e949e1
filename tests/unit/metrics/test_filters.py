"""Filters as people write them."""

import pytest

from gatemeter.errors import SettingsError
from gatemeter.metrics.filters import Filter, Operator


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status_class in 4xx,5xx", Filter("status_class", Operator.IN, ("4xx", "5xx"))),
        (" route  NOT  in  a , b ", Filter("route", Operator.NOT_IN, ("a", "b"))),
        ('service in "a,b",c', Filter("service", Operator.IN, ("a,b", "c"))),
        ("service prefix pay", Filter("service", Operator.PREFIX, ("pay",))),
        ("team empty", Filter("team", Operator.EMPTY)),
        ("team not empty", Filter("team", Operator.NOT_EMPTY)),
        ("service in in", Filter("service", Operator.IN, ("in",))),
        ("service in a b", Filter("service", Operator.IN, ("a b",))),
    ],
)
def test_a_filter_is_read_as_it_is_written(text: str, expected: Filter) -> None:
    assert Filter.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "service",
        "service is a",
        "service in",
        "service empty a",
        "no_such in a",
        "service in a\nb",
        'service in "a',
    ],
)
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(SettingsError):
        Filter.parse(text)


def test_values_are_never_part_of_the_statement() -> None:
    hostile = "x') OR 1=1 --"
    assert hostile not in Filter("service", Operator.IN, (hostile,)).condition("chosen.service_name", "filter_0")


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("team in a,b", ["a"]),
        ("team not in a,b", ["", "ab"]),
        ("team prefix a,b", ["a", "ab"]),
        ("team empty", [""]),
        ("team not empty", ["a", "ab"]),
        ('team in "a,b"', []),
    ],
)
def test_a_filter_takes_texts_as_its_sql_does(text: str, taken: list[str]) -> None:
    found = Filter.parse(text)
    assert [value for value in ("", "a", "ab") if found.holds(value)] == taken
    assert Filter.parse(str(found)) == found
