"""The counters of license reports: every shape, every fault, and who accepts which."""

import json
from typing import Any

import pytest

from gatemeter.errors import InputError
from gatemeter.inventory.license_report import counts_of_report
from gatemeter.inventory.report_counters import CounterFault, CounterForm, read_counters

ALL = frozenset(CounterFault)


def month(name: str = "2026-02", count: object = 4, **further: object) -> dict[str, object]:
    return {"bucket": name, "request_count": count, **further}


FAULTY: list[tuple[CounterFault, Any]] = [
    (CounterFault.NOT_THERE, None),
    (CounterFault.NOT_THERE, {"buckets": "2026-02", "req_cnt": 4}),
    (CounterFault.NO_TOTAL, {"buckets": [month()]}),
    (CounterFault.FURTHER_MEMBERS, [month(ai_requests=1)]),
    (CounterFault.FURTHER_MEMBERS, {"buckets": [month()], "total_requests": 4, "ai": {}}),
    (CounterFault.NOT_A_MONTH, [month("2026-13")]),
    (CounterFault.NOT_A_MONTH, [month("2026-02\n")]),
    (CounterFault.NOT_A_MONTH, [month("\u0662\u0660\u0662\u0666-02")]),
    (CounterFault.MONTH_TWICE, [month(), month()]),
    (CounterFault.DECIMAL_COUNT, [month(count=1e14)]),
    (CounterFault.DECIMAL_COUNT, {"req_cnt": 1e14}),
    (CounterFault.OTHER_TOTAL, {"buckets": [month()], "total_requests": 5}),
]


@pytest.mark.parametrize(("fault", "counters"), FAULTY)
def test_a_fault_is_refused_unless_it_is_accepted(fault: CounterFault, counters: Any) -> None:
    read_counters(counters, accepted={fault})
    with pytest.raises(InputError):
        read_counters(counters, accepted=ALL - {fault})
    assert counts_of_report({"counters": counters}).plugins is None


@pytest.mark.parametrize(
    ("counters", "form", "total"),
    [
        ({"req_cnt": 22}, CounterForm.ONE_NUMBER, 22),
        ([month(), month("UNKNOWN", 5)], CounterForm.MONTHS, 9),
        ({"buckets": [month()], "total_requests": 4}, CounterForm.MONTHS_AND_TOTAL, 4),
        ({"buckets": {}, "total_requests": 0}, CounterForm.MONTHS_AND_TOTAL, 0),
        ([], CounterForm.MONTHS, 0),
    ],
)
def test_every_shape_is_read_without_a_fault(counters: Any, form: CounterForm, total: int) -> None:
    found = read_counters(counters, accepted=())
    assert (found.form, found.total) == (form, total)


@pytest.mark.parametrize("count", [-1, 1.5, "4", None, True, 2**53, float("inf")])
def test_a_month_without_a_count_is_refused_by_everybody(count: object) -> None:
    with pytest.raises(InputError, match="bucket 1 of the counters has no month or no count"):
        read_counters(json.loads(json.dumps([month(count=count)])), accepted=ALL)
