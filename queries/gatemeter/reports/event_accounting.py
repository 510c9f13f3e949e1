"""The account of every event: consumed = counted + duplicates + dead letters + other kind."""

from clickhouse_connect.driver.client import Client
from pydantic import BaseModel, ConfigDict

from gatemeter.clickhouse.query import fetch


class EventAccount(BaseModel):
    """Events over all logs.

    `holds` says whether the law holds in each epoch of each log, `rows_agree` whether the stored rows add up to what
    the ledger says; while a worker writes they may be ahead of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    consumed: int
    counted: int
    duplicates: int
    dead_letters: int
    other_kind: int
    fields_left_out: int = 0
    """Unusable fields of events that were counted without them; not events, so no part of the law."""
    holds: bool
    rows_agree: bool

    def sentence(self) -> str:
        """The law with its numbers."""
        return (
            f"consumed {self.consumed:,} = counted {self.counted:,} + duplicates {self.duplicates:,} "
            f"+ dead letters {self.dead_letters:,} + other kind {self.other_kind:,}: "
            f"{'holds' if self.holds else 'DOES NOT HOLD'}, "
            f"the stored rows {'agree' if self.rows_agree else 'DO NOT AGREE'}"
        )


def event_account(client: Client) -> EventAccount:
    """Read the ledger. Raises as `fetch` does."""
    return EventAccount.model_validate(fetch(client, "conservation", {})[0])
