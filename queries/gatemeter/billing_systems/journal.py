"""The journal of deliveries in ClickHouse: what may have been sent, and what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from clickhouse_connect.driver.client import Client

from gatemeter.billing_systems.billing_system import BillingSystem, content_sha256
from gatemeter.billing_systems.delivery import Delivery, Outcome, Result, shortest
from gatemeter.billing_systems.history import JournalRow, State, UsageHistory, folded, parts_of
from gatemeter.clickhouse.query import fetch_rows
from gatemeter.clickhouse.sink import insert_columns
from gatemeter.clock import Clock
from gatemeter.errors import ConflictError
from gatemeter.schema.billing_deliveries import BILLING_DELIVERIES

MOST_ANSWER_CHARACTERS = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TYPES = {column.name: column.type for column in BILLING_DELIVERIES.columns}
_STATES = {
    Result.DELIVERED: State.DELIVERED,
    Result.DUPLICATE: State.DELIVERED,
    Result.REFUSED: State.REFUSED,
}


class Journal(Protocol):
    """Remembers deliveries of one period to one destination, in a place that a kill does not reach."""

    def histories(self, ids: Sequence[str] = ()) -> Iterator[UsageHistory]:
        """What was delivered before, in the order of `usage_id`; of the deliveries `ids` alone, if there are any."""

    def begin(self, deliveries: Sequence[Delivery], *, resumes: bool) -> None:
        """Remember that these are about to be sent. Raises ConflictError where another run is at it, too.

        With `resumes` others may have sent the same: that is why they are sent again.
        """

    def withdraw(self, deliveries: Sequence[Delivery]) -> None:
        """Remember that this run has not sent these, although it was about to."""

    def settle(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        """Remember what became of them."""


@dataclass(frozen=True, slots=True)
class ClickHouseJournal:
    """`run` is the name of this run among all; times are those of `clock`, which systems that forget ids go by."""

    client: Client
    system: BillingSystem
    destination: str
    period: str
    run: str
    clock: Clock

    def histories(self, ids: Sequence[str] = ()) -> Iterator[UsageHistory]:
        """As the protocol says, read from the store while they are taken. Raises as `fetch_rows`."""
        return folded(self._rows(ids))

    def begin(self, deliveries: Sequence[Delivery], *, resumes: bool) -> None:
        """One insert; then what other runs have said about these. Raises ConflictError, and as `fetch_rows`."""
        rows = [self._written(each, State.SENDING) for each in deliveries]
        self._insert(rows)
        ours = {(row.delivery.usage_key, row.delivery.part): row for row in rows}
        for place, part in parts_of(self._rows([each.id for each in deliveries])).items():
            others = [each for each in part.sendings.values() if each.run != self.run]
            if resumes:
                others = [each for each in others if each.content_sha256 != ours[place].content_sha256]
            if others or part.delivered is not None:
                self.withdraw(deliveries)
                raise ConflictError(
                    f"another run has sent or is sending {ours[place].delivery.id}",
                    where=f"{self.system.name} {self.destination}",
                    do="let it end, and run this again",
                )

    def withdraw(self, deliveries: Sequence[Delivery]) -> None:
        """One insert."""
        self._insert([self._written(each, State.WITHDRAWN) for each in deliveries])

    def settle(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        """One insert. What is not answered gets no row: it stays in doubt."""
        pairs = zip(deliveries, outcomes, strict=True)
        self._insert(
            [
                self._written(delivery, _STATES[outcome.result], f"{outcome.result} {outcome.reason}".strip())
                for delivery, outcome in pairs
                if outcome.result in _STATES
            ]
        )

    def _rows(self, ids: Sequence[str]) -> Iterator[JournalRow]:
        return map(_row, fetch_rows(self.client, "billing_systems/deliveries", {**self._place, "ids": list(ids)}))

    @property
    def _place(self) -> dict[str, Any]:
        return {"system": self.system.name, "destination": self.destination, "period": self.period}

    def _written(self, delivery: Delivery, state: State, answer: str = "") -> JournalRow:
        event = self.system.event(delivery)
        shortened = answer[:MOST_ANSWER_CHARACTERS]
        return JournalRow(delivery, content_sha256(event), state, shortened, self.run, self.clock.now())

    def _insert(self, rows: Sequence[JournalRow]) -> None:
        if rows:
            written = [self._values(row) for row in rows]
            insert_columns(self.client, BILLING_DELIVERIES.name, _TYPES, list(zip(*written, strict=True)))

    def _values(self, row: JournalRow) -> tuple[object, ...]:
        each = row.delivery
        return (
            self.system.name,
            self.destination,
            each.period,
            each.id,
            each.usage_key,
            each.part,
            each.account,
            each.consumer,
            each.charge,
            each.customer,
            each.event_name,
            each.occurred_at,
            each.quantity,
            row.content_sha256,
            row.state.value,
            row.answer,
            row.run,
            row.at,
            each.basis,
        )


def _row(row: dict[str, Any]) -> JournalRow:
    delivery = Delivery(
        usage_key=row["usage_key"],
        part=row["part"],
        period=row["period"],
        account=row["account"],
        consumer=row["consumer"],
        charge=row["charge"],
        customer=row["customer"],
        event_name=row["event_name"],
        occurred_at=_EPOCH + timedelta(seconds=row["occurred_s"]),
        quantity=shortest(Decimal(row["quantity"])),
        basis=row["basis"],
    )
    at = _EPOCH + timedelta(microseconds=row["at_us"])
    return JournalRow(delivery, row["content_sha256"], State(row["state"]), row["answer"], row["run"], at)
