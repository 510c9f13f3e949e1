"""What `verify` finds before hours are closed: every check, the two that read most of these hours alone."""

from functools import partial

from clickhouse_connect.driver.client import Client

from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checks import StoreChecks
from gatemeter.verification.finding import Check
from gatemeter.verification.second_look import Look, Pause, looked_twice

_OF_HOURS = (Check.LATENCIES, Check.RUNGS)
"""Sketches, which no bill has, and settled days and months, of which other hours are not read."""


def differences_before_closing(client: Client, hours: TimeSpan, *, pause: Pause) -> int:
    """How many differences there are; what finds something is looked at again after `pause`. Raises as `fetch` does."""
    everything, of_hours = StoreChecks(client, TimeSpan()), StoreChecks(client, hours)

    def look(check: Check) -> Look:
        return Look([(of_hours if check in _OF_HOURS else everything).run(check)])

    found = looked_twice([partial(look, check) for check in everything.names], pause)
    return sum(result.differences for each in found for result in each.results)
