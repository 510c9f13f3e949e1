"""What `verify` finds before hours are closed: every check, those that read most of these hours alone."""

from collections.abc import Callable
from functools import partial

from clickhouse_connect.driver.client import Client

from gatemeter.pricing.price_table import PriceTable
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checks import StoreChecks
from gatemeter.verification.finding import Check
from gatemeter.verification.kept_seals import check_seals
from gatemeter.verification.seal_store import has_seals
from gatemeter.verification.second_look import Look, Pause, looked_twice
from gatemeter.verification.stored_costs import check_stored_costs

_OF_HOURS = (Check.LATENCIES, Check.RUNGS)
"""Sketches, which no bill has, and settled days and months, of which other hours are not read."""


def differences_before_closing(client: Client, hours: TimeSpan, prices: PriceTable, *, pause: Pause) -> int:
    """How many differences there are; what finds something is looked at again after `pause`.

    Costs in `hours` are computed again by `prices`, as far as these have what they were computed by. Raises as `fetch`
    and as `check_stored_costs` do.
    """
    everything, of_hours = StoreChecks(client, TimeSpan()), StoreChecks(client, hours)

    def look(check: Check) -> Look:
        return Look([(of_hours if check in _OF_HOURS else everything).run(check)])

    looks: list[Callable[[], Look]] = [partial(look, check) for check in everything.names]
    looks.append(partial(check_stored_costs, client, hours, prices))
    if has_seals(client):
        looks.append(partial(check_seals, client))
    return sum(result.differences for found in looked_twice(looks, pause) for result in found.results)
