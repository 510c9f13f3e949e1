"""What a store holds at all: a check of what is not there has nothing to compare."""

from dataclasses import dataclass

from clickhouse_connect.driver.client import Client

from gatemeter.clickhouse.query import fetch
from gatemeter.verification.finding import Check


@dataclass(frozen=True, slots=True)
class StoreContents:
    """Numbers of rows, replaced versions included; `sql/store_contents.sql` says of which.

    `first_event_ms` is the earliest event (Unix milliseconds) that was counted with the event ledger; None without any.
    """

    replays: int
    corrections: int
    events: int
    corrected_events: int
    first_event_ms: int | None

    @property
    def has_event_ledger(self) -> bool:
        """Whether the event ledger holds any event, or was kept of any epoch."""
        return self.events > 0 or self.first_event_ms is not None

    def has_nothing_for(self, check: Check) -> bool:
        """Whether the check has no row to compare."""
        match check:
            case Check.REPLAYS:
                return not self.replays
            case Check.CORRECTIONS:
                return not self.corrections
            case Check.CORRECTED_EVENTS:
                return not (self.corrections or self.corrected_events)
        return False


def store_contents(client: Client) -> StoreContents:
    """What the store holds now. Raises as `fetch` does."""
    (row,) = fetch(client, "verification/store_contents", {})
    return StoreContents(**row)
