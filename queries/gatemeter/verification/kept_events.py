"""Whether the event ledger still holds the events of the epochs that were counted with it."""

from datetime import datetime

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.store_settings import event_ledger_switches
from gatemeter.reports.period import TimeSpan
from gatemeter.verification.checked_epochs import fetch_checked
from gatemeter.verification.finding import Check, CheckResult


def check_kept_events(client: Client, span: TimeSpan, kept_from: datetime, first_event_ms: int | None) -> CheckResult:
    """The result of the check KEPT_EVENTS. Raises as `fetch` does.

    No event since `kept_from` can have expired; the earliest that was counted is of `first_event_ms` (Unix
    milliseconds). Of epochs with an earlier event the hours are compared, each by itself.
    """
    values = {**kept_from_parameter(kept_from), "always_kept": int(_is_always_kept(client))}
    (row,) = fetch_checked(client, "verification/kept_events", span, values)
    result = CheckResult.of_row(Check.KEPT_EVENTS, row)
    if first_event_ms is None or first_event_ms >= kept_from.timestamp() * 1000:
        return result
    (row,) = fetch_checked(client, "verification/kept_event_hours", span, values)
    return result.with_more(CheckResult.of_row(Check.KEPT_EVENTS, row))


def kept_from_parameter(kept_from: datetime) -> dict[str, str]:
    """The query parameter `kept_from`."""
    return {"kept_from": f"{kept_from:%Y-%m-%d %H:%M:%S}"}


def _is_always_kept(client: Client) -> bool:
    switches = event_ledger_switches(client)
    return bool(switches) and all(switch.is_on for switch in switches)
