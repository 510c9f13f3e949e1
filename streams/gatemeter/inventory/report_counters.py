"""The counters of a license report, in every documented shape, read once for all who use them.

`counters` was `{"req_cnt": n}` up to 2.6, a list of months from 2.7 to 3.4, and since then an object of `buckets` and
`total_requests` (sources: `inventory.license_report`). What is wrong with them is a fault, and whoever reads says which
faults it accepts: an inventory keeps what a gateway says of itself, a comparison of counts or the check of a report
takes nothing that cannot be.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gatemeter.errors import InputError
from gatemeter.inventory.entity_reading import MAX_TEXT, whole_number
from gatemeter.inventory.snapshot import MonthlyRequests

UNKNOWN = "UNKNOWN"
"""The bucket of requests whose month is not known."""

_MONTH = re.compile(rf"(?:19[89]\d|20\d\d)-(?:0[1-9]|1[0-2])|{UNKNOWN}")
_TOTALS = ("total_requests", "req_cnt", "req_count")
_AGAIN = "ask the gateway for the report again"


class CounterForm(StrEnum):
    """How a report writes its counters."""

    ONE_NUMBER = "one number"
    MONTHS = "a list of months"
    MONTHS_AND_TOTAL = "months and a total"


class CounterFault(StrEnum):
    """What may be wrong with counters. A month whose count is missing or not a number is never accepted."""

    NOT_THERE = "its counters hold neither buckets nor a count req_cnt"
    NO_TOTAL = "its counters have buckets and no total_requests"
    FURTHER_MEMBERS = "its counters have members that no documented report has"
    NOT_A_MONTH = "a bucket of its counters is neither a month, as 2026-02, nor UNKNOWN"
    MONTH_TWICE = "its counters have a month twice"
    DECIMAL_COUNT = "a count of its counters is written as a decimal number"
    OTHER_TOTAL = "the months of its counters do not add up to its total"


@dataclass(frozen=True, slots=True)
class ReportCounters:
    """The months as they are written, None in the shape without any; the total that is written, else None."""

    form: CounterForm
    months: Sequence[MonthlyRequests] | None
    written_total: int | None

    @property
    def total(self) -> int:
        """All requests: what is written, else the sum of the months."""
        return self.sum_of_months if self.written_total is None else self.written_total

    @property
    def sum_of_months(self) -> int:
        """The requests of all months that are written, also of one that is written twice."""
        return sum(each.requests for each in self.months or ())


def read_counters(counters: object, accepted: Collection[CounterFault]) -> ReportCounters:
    """The member `counters` of a report. Raises InputError, without a place, for faults that are not `accepted`."""
    read, faults = _read(counters)
    for fault in CounterFault:
        if fault in faults and fault not in accepted:
            raise InputError(_in_words(fault, read), do=_AGAIN)
    return read


def _read(counters: object) -> tuple[ReportCounters, set[CounterFault]]:
    if isinstance(counters, list):
        read = ReportCounters(CounterForm.MONTHS, _months(counters), None)
        return read, _faults_of_months(counters, read)
    told = counters if isinstance(counters, Mapping) else {}
    if told.get("buckets") == {}:  # an empty list, as Lua writes it
        told = {**told, "buckets": []}
    total = next((number for name in _TOTALS if (number := whole_number(told.get(name))) is not None), None)
    if isinstance(told.get("buckets"), list):
        read = ReportCounters(CounterForm.MONTHS_AND_TOTAL, _months(told["buckets"]), total)
        faults = _faults_of_months(told["buckets"], read) | _further(told, ("buckets", "total_requests"))
        faults |= _decimals(told.values())
        return read, faults | ({CounterFault.NO_TOTAL} if total is None else set())
    read = ReportCounters(CounterForm.ONE_NUMBER, None, total)
    faults = {CounterFault.NOT_THERE} if total is None or "buckets" in told else set()
    return read, faults | _further(told, ("buckets", "req_cnt", "req_count")) | _decimals(told.values())


def _months(buckets: Sequence[Any]) -> Sequence[MonthlyRequests]:
    found = []
    for index, bucket in enumerate(buckets):
        told = bucket if isinstance(bucket, Mapping) else {}
        name, requests = told.get("bucket"), whole_number(told.get("request_count"))
        if not isinstance(name, str) or not 0 < len(name) <= MAX_TEXT or requests is None:
            raise InputError(f"bucket {index + 1} of the counters has no month or no count", do=_AGAIN)
        found.append(MonthlyRequests(name, requests))
    return tuple(found)


def _faults_of_months(buckets: Sequence[Any], read: ReportCounters) -> set[CounterFault]:
    months = read.months or ()
    checks = {
        CounterFault.NOT_A_MONTH: not all(_MONTH.fullmatch(each.bucket) for each in months),
        CounterFault.MONTH_TWICE: len({each.bucket for each in months}) != len(months),
        CounterFault.OTHER_TOTAL: read.written_total not in (None, read.sum_of_months),
        CounterFault.FURTHER_MEMBERS: any(_further(each, ("bucket", "request_count")) for each in buckets),
        CounterFault.DECIMAL_COUNT: any(_decimals(each.values()) for each in buckets),
    }
    return {fault for fault, is_there in checks.items() if is_there}


def _further(told: Mapping[str, Any], known: Collection[str]) -> set[CounterFault]:
    return {CounterFault.FURTHER_MEMBERS} if set(told) - set(known) else set()


def _decimals(told: Iterable[Any]) -> set[CounterFault]:
    return {CounterFault.DECIMAL_COUNT} if any(isinstance(each, float) for each in told) else set()


def _in_words(fault: CounterFault, read: ReportCounters) -> str:
    if fault is CounterFault.OTHER_TOTAL:
        return f"its months add up to {read.sum_of_months:,}, and it says {read.total:,}"
    return fault.value
