"""A year of accounts in a store: their usage and the books about it, their plans, and usage that comes late."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from benchmarks.scale.sql_files import sql as scale_sql
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.plans.plan import PlanBook

START = datetime(2025, 1, 1, tzinfo=UTC)
_HOURS = 365 * 24
_TOPIC, _LOG = "gatemeter.access-log", "Y2xvc2luZ19iZW5jaG1hcg"
_EPOCH_SIZE = 1024
_RULES = "8"
"""The last version of the counting rules that kept sums of sizes alone: rows have no sketches."""
_BOOKS = ("epoch_ledger", "monthly_requests", "counted_ends")
_SQL = Path(__file__).parent / "sql"


def sql(name: str) -> str:
    """The text of a file in `sql`."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Year:
    """`accounts` that each have usage in every `every_hours` hours, in `partitions` of one topic."""

    accounts: int
    every_hours: int
    partitions: int

    def fill(self, client: Client) -> int:
        """Fill an empty store; how many hourly rows that are."""
        values = {"start": START, "hours": _HOURS, "accounts": self.accounts, "every_hours": self.every_hours}
        client.command(sql("year"), parameters={**values, "partitions": self.partitions, "log": _LOG})
        self._write_books(client)
        return int(client.query("SELECT count() FROM api_usage_hourly").result_rows[0][0])

    def deliver_late(self, client: Client, number: int) -> None:
        """Requests of account `number` in the middle of the month before month `number`; once a partition."""
        partition = number % self.partitions
        late = {"hour": START + timedelta(days=30 * number - 15), "consumer": f"account-{number:05}", "log": _LOG}
        offsets = {"partition": partition, "first_offset": _HOURS // 24 * _EPOCH_SIZE}
        client.command(sql("late_usage"), parameters={**late, **offsets})
        self._write_books(client)

    @property
    def book(self) -> PlanBook:
        """Three charges for each account: a fee, requests by tiers, and bytes."""
        since = [{"plan": "standard", "valid_from": START.date()}]
        names = [f"account-{number:05}" for number in range(self.accounts)]
        accounts = [{"id": name, "consumers": [name], "plans": since} for name in names]
        plan = {"name": "standard", "valid_from": START.date(), "currency": "EUR", "charges": _CHARGES}
        return PlanBook.model_validate({"plans": [plan], "accounts": accounts})

    @staticmethod
    def months() -> list[BillingPeriod]:
        """The months of the year."""
        return [BillingPeriod(START.year, month) for month in range(1, 13)]

    def _write_books(self, client: Client) -> None:
        values = {"topic": _TOPIC, "rules": _RULES, "epoch_size": _EPOCH_SIZE}
        for name in _BOOKS:
            client.command(scale_sql(name), parameters=values)


_CHARGES: list[dict[str, Any]] = [
    {"name": "base", "model": "flat", "amount": "9.90"},
    {
        "name": "requests",
        "meter": "request_count",
        "model": "graduated",
        "tiers": [
            {"below": 10_000, "unit_amount": 0},
            {"below": 20_000, "unit_amount": "0.002"},
            {"unit_amount": "0.001"},
        ],
    },
    {"name": "traffic", "meter": "response_size_sum", "model": "per_unit", "unit_amount": "0.000000001"},
]
