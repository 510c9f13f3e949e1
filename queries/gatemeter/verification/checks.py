"""Runs the checks of a store, each of them once; `second_look` has what they find confirmed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.retention import events_kept_from
from gatemeter.clock import SystemClock
from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.stored_event import CrossEpochDuplicate
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.cross_epoch_duplicates import (
    cross_epoch_duplicate_count,
    cross_epoch_duplicate_pairs,
    cross_epoch_duplicate_scope,
    cross_epoch_duplicates,
)
from gatemeter.verification.finding import FINDINGS_PER_CHECK, Check, CheckResult, Finding
from gatemeter.verification.kept_events import check_kept_events, kept_from_parameter
from gatemeter.verification.minutes import check_minutes
from gatemeter.verification.settled_usage import check_rungs
from gatemeter.verification.store_contents import store_contents
from gatemeter.verification.stored_schema import check_stored_schema

STORE_CHECKS = (
    Check.EVENT_ACCOUNTING,
    Check.OFFSET_RANGES,
    Check.PARTITION_ENDS,
    Check.HOURLY_REQUESTS,
    Check.MONTHLY_REQUESTS,
    Check.MONTH_TOTALS,
    Check.STREAM_SESSIONS,
    Check.METERS,
    Check.ROW_COUNTS,
    Check.LATENCIES,
    Check.DEAD_LETTERS,
    Check.REPLAYS,
    Check.CORRECTIONS,
    Check.ROWS_AHEAD,
    Check.UNKNOWN_EPOCHS,
    Check.RULESETS,
    Check.SCHEMA,
    Check.RUNGS,
    Check.MINUTES,
)
"""The checks that every store can answer."""

EVENT_CHECKS = (
    Check.LEDGER_EVENTS,
    Check.LEDGER_CONSUMERS,
    Check.KEPT_EVENTS,
    Check.CORRECTED_EVENTS,
    Check.CROSS_EPOCH_DUPLICATES,
)
"""The checks that need the event ledger."""

EXAMPLES_PER_PAIR = 3
"""How many copies are named for each pair of logs that hold copies of the same events."""

OnProgress = Callable[[str], None]
"""Called with the name of each check before it runs."""


class StoreChecks:
    """The checks that a store can answer, over the epochs in a span; what several of them ask is asked once."""

    def __init__(self, client: Client, span: TimeSpan) -> None:
        """See what the store holds. Raises as `fetch` does."""
        self._client = client
        self._span = span
        self._contents = store_contents(client)

    @property
    def names(self) -> Sequence[Check]:
        """The checks in their order."""
        return (*STORE_CHECKS, *(EVENT_CHECKS if self._contents.has_event_ledger else ()))

    def run(self, check: Check) -> CheckResult:
        """The result of one of `names`. Raises as `fetch` does."""
        client, span = self._client, self._span
        if self._contents.has_nothing_for(check):
            return CheckResult(check, 0, 0, 0, [])
        match check:
            case Check.SCHEMA:
                return check_stored_schema(client)
            case Check.MINUTES:
                return check_minutes(client, span)
            case Check.RUNGS:
                return check_rungs(client, span)
            case Check.CROSS_EPOCH_DUPLICATES:
                return _check_cross_epoch_duplicates(client, span)
            case Check.KEPT_EVENTS:
                return check_kept_events(client, span, self._kept_from, self._contents.first_event_ms)
        (row,) = fetch_checked(client, check.query, span, self._parameters(check))
        return CheckResult.of_row(check, row)

    def _parameters(self, check: Check) -> Mapping[str, Any]:
        """What the check's query takes besides the span."""
        match check:
            case Check.RULESETS:
                return {"newest_ruleset": int(RULESET_VERSION)}
            case Check.CORRECTED_EVENTS:
                return kept_from_parameter(self._kept_from)
        return {}

    @cached_property
    def _kept_from(self) -> datetime:
        return events_kept_from(self._client, SystemClock().now())


def run_checks(
    client: Client, span: TimeSpan, on_progress: OnProgress, *, only: Collection[Check] = tuple(Check)
) -> list[CheckResult]:
    """The results of all checks that this store can answer, and `only` has. Raises as `fetch` does."""
    checks, results = StoreChecks(client, span), []
    for check in (each for each in checks.names if each in only):
        on_progress(check)
        results.append(checks.run(check))
    return results


def _check_cross_epoch_duplicates(client: Client, span: TimeSpan) -> CheckResult:
    copies = cross_epoch_duplicate_count(client, span)
    epochs, events = cross_epoch_duplicate_scope(client, span)
    found = cross_epoch_duplicates(client, span, FINDINGS_PER_CHECK) if copies else []
    pairs = cross_epoch_duplicate_pairs(client, span, EXAMPLES_PER_PAIR) if copies else []
    findings = [_duplicate_finding(copy) for copy in found]
    return CheckResult(Check.CROSS_EPOCH_DUPLICATES, epochs, events, copies, findings, pairs)


def _duplicate_finding(copy: CrossEpochDuplicate) -> Finding:
    location, where = copy.location, f"line {copy.location.line}, index {copy.location.event_index}"
    return Finding(
        check=Check.CROSS_EPOCH_DUPLICATES,
        topic=copy.topic,
        log=location.log,
        partition=location.partition,
        first_offset=location.offset,
        next_offset=location.offset + 1,
        table="event_ledger",
        expected=0,
        found=1,
        detail=f"the event at {where} is counted already at {copy.canonical}",
    )
