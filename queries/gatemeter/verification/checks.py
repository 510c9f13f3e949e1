"""Runs the checks of a store, each of them once; `second_look` has what they find confirmed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.metering.ruleset import RULESET_VERSION
from gatemeter.reports.period import TimeSpan
from gatemeter.schema.stored_event import CrossEpochDuplicate
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.cross_epoch_duplicates import (
    cross_epoch_duplicate_count,
    cross_epoch_duplicate_pairs,
    cross_epoch_duplicate_scope,
    cross_epoch_duplicates,
    event_ledger_in_use,
)
from gatemeter.verification.finding import FINDINGS_PER_CHECK, Check, CheckResult, Finding
from gatemeter.verification.kept_events import check_kept_events, kept_from
from gatemeter.verification.minutes import check_minutes
from gatemeter.verification.settled_usage import check_rungs
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


def run_checks(
    client: Client, span: TimeSpan, on_progress: OnProgress, *, only: Collection[Check] = tuple(Check)
) -> list[CheckResult]:
    """The results of all checks that this store can answer, and `only` has. Raises as `fetch` does."""
    results = []
    for check in (each for each in answerable_checks(client) if each in only):
        on_progress(check)
        results.append(run_check(client, span, check))
    return results


def answerable_checks(client: Client) -> Sequence[Check]:
    """The checks that this store can answer. Raises as `fetch` does."""
    return (*STORE_CHECKS, *(EVENT_CHECKS if event_ledger_in_use(client) else ()))


def run_check(client: Client, span: TimeSpan, check: Check) -> CheckResult:
    """The result of one of the `answerable_checks`. Raises as `fetch` does."""
    own = _OWN_CHECKS.get(check)
    if own is not None:
        return own(client, span)
    (row,) = fetch_checked(client, check.query, span, _OWN_PARAMETERS.get(check, _no_parameters)(client))
    return CheckResult.of_row(check, row)


def _no_parameters(_client: Client) -> Mapping[str, Any]:
    return {}


_OWN_PARAMETERS: Mapping[Check, Callable[[Client], Mapping[str, Any]]] = {
    Check.RULESETS: lambda _client: {"newest_ruleset": int(RULESET_VERSION)},
    Check.CORRECTED_EVENTS: kept_from,
}


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


_OWN_CHECKS: Mapping[Check, Callable[[Client, TimeSpan], CheckResult]] = {
    Check.CROSS_EPOCH_DUPLICATES: _check_cross_epoch_duplicates,
    Check.KEPT_EVENTS: check_kept_events,
    Check.MINUTES: check_minutes,
    Check.RUNGS: check_rungs,
    Check.SCHEMA: lambda client, _span: check_stored_schema(client),
}
"""Checks that are more than one query."""
