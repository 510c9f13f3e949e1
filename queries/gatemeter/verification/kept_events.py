"""Whether the event ledger still holds the events of the epochs that were counted with it."""

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.clickhouse.retention import events_kept_from
from gatemeter.clickhouse.store_settings import event_ledger_switches
from gatemeter.clock import SystemClock
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.finding import Check, CheckResult


def check_kept_events(client: Client, span: TimeSpan) -> CheckResult:
    """The result of the check KEPT_EVENTS, of whole epochs and of the hours of those that expire. Raises as `fetch`."""
    expiry = kept_from(client)
    values = {**expiry, "always_kept": int(_is_always_kept(client))}
    (row,) = fetch_checked(client, "verification/kept_events", span, values)
    result = CheckResult.of_row(Check.KEPT_EVENTS, row)
    (expired,) = fetch(client, "verification/epochs_with_expired_events", expiry)
    if not expired["epochs"]:
        return result
    (row,) = fetch_checked(client, "verification/kept_event_hours", span, expiry)
    return result.with_more(CheckResult.of_row(Check.KEPT_EVENTS, row))


def kept_from(client: Client) -> dict[str, str]:
    """The query parameter `kept_from`: the earliest time of an event that cannot have expired. Raises as `fetch`."""
    return {"kept_from": f"{events_kept_from(client, SystemClock().now()):%Y-%m-%d %H:%M:%S}"}


def _is_always_kept(client: Client) -> bool:
    switches = event_ledger_switches(client)
    return bool(switches) and all(switch.is_on for switch in switches)
