"""Rows of FOCUS from lines of a bill."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.rated_account import RatedAccount
from gatemeter.exports.exported_line import exported_lines
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.metrics.catalogue import metric
from gatemeter.reports.period import TimeSpan

_SERVICES = {
    "llm": ("AI and Machine Learning", "Generative AI", "AI models"),
    "agentic": ("AI and Machine Learning", "Generative AI", "AI models"),
}
_GATEWAY = ("Integration", "API Management", "API gateway")
"""Category, subcategory and name; a service has one category."""

_UNITS = {"bytes": "B", "period": "Months"}
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class FocusRows:
    """The rows of a period; `provider` is who issues the bills.

    A line whose amount is not known has no row: the specification knows no unknown cost.
    """

    exported: ExportedPeriod
    provider: str
    billed: Mapping[str, TimeSpan]
    """The exported period, by account."""
    rated: Mapping[tuple[str, str], RatedAccount]
    """By period of the usage, also a corrected one, and account: the plan and the hours that it was rated by."""

    @classmethod
    def of(cls, client: Client, exported: ExportedPeriod, provider: str) -> "FocusRows":
        """Raises SettingsError for a time zone that usage cannot be told in, and as `fetch` does."""
        bases = {**exported.corrected, str(exported.period): exported.basis}
        rated = {
            (period, each.account.id): each
            for period, basis in bases.items()
            for each in basis.accounts(client, BillingPeriod.parse(period))
        }
        billed = exported.period.spans(client, list(exported.accounts.values()))
        return cls(exported, provider, billed, rated)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The rows, with the columns of all versions."""
        lines = self.exported.lines
        pairs = zip(lines, exported_lines(lines), strict=True)
        return (self._row(line, ids) for line, ids in pairs if line.amount is not None)

    def notes(self) -> Iterator[str]:
        """What is in no row."""
        for line in self.exported.lines:
            if line.amount is None:
                yield f"no row for {line.account}, charge {line.charge}: its amount is not known ({line.formula})"

    def _row(self, line: BillLine, ids: Mapping[str, Any]) -> dict[str, Any]:
        account = self.exported.accounts[line.account]
        rated = self.rated[line.correction_of or line.period, line.account]
        billed = self.billed[line.account]
        costs = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
        names = ("InvoiceIssuerName", "HostProviderName", "ServiceProviderName", "ProviderName", "PublisherName")
        return {
            **dict.fromkeys(costs, _decimal(line.amount)),
            **dict.fromkeys(names, self.provider),
            "BillingAccountId": line.account,
            "BillingAccountName": account.name or line.account,
            "BillingCurrency": line.currency,
            "BillingPeriodStart": _moment(billed.start),
            "BillingPeriodEnd": _moment(billed.end),
            "ChargeClass": "Correction" if line.correction_of else None,
            "ChargeDescription": f"{line.charge}: {line.formula}",
            "ChargePeriodStart": _moment(rated.span.start),
            "ChargePeriodEnd": _moment(rated.span.end),
            **self._invoice(line, ids["id"]),
            **_quantities(line),
            **_service(line),
            **_sku(line, rated),
            "x_Id": ids["id"],
            "x_Key": ids["key"],
            "x_Plan": line.plan,
            "x_Charge": line.charge,
            "x_Meter": line.meter,
            "x_AmountExact": _decimal(line.amount_exact),
            "x_NotBillable": _decimal(line.not_billable),
            "x_Missing": line.missing,
        }

    def _invoice(self, line: BillLine, line_id: str) -> dict[str, str | None]:
        """Nothing of a preview: no bill of it was issued."""
        is_closed = self.exported.statement is not None
        return {
            "InvoiceId": f"{line.period}/{line.account}" if is_closed else None,
            "InvoiceDetailId": line_id if is_closed else None,
        }


def _sku(line: BillLine, rated: RatedAccount) -> dict[str, str | None]:
    """A charge of a plan, and the price that it has since the day of that version of the plan."""
    sku = f"{line.plan}/{line.charge}"
    return {
        "SkuId": sku,
        "SkuMeter": line.meter or "Flat fee",
        "SkuPriceId": f"{sku}@{rated.plan.valid_from}",
        "SkuPriceDetails": None,
    }


def _quantities(line: BillLine) -> dict[str, str | None]:
    """A unit stands where a quantity does: neither may be null alone."""
    quantity = _decimal(line.quantity)
    unit = None if quantity is None else _unit(line.unit or line.charge)
    is_usage = line.meter is not None
    return {
        "ChargeCategory": "Usage" if is_usage else "Purchase",
        "ChargeFrequency": "Usage-Based" if is_usage else "Recurring",
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ConsumedQuantity": quantity if is_usage else None,
        "ConsumedUnit": unit if is_usage else None,
    }


def _service(line: BillLine) -> dict[str, str]:
    category, subcategory, name = _SERVICES.get(metric(line.meter).source, _GATEWAY) if line.meter else _GATEWAY
    return {"ServiceCategory": category, "ServiceSubcategory": subcategory, "ServiceName": name}


def _unit(unit: str) -> str:
    """As the specification writes units: with capitals, and data as B."""
    return _UNITS.get(unit) or " ".join(each[:1].upper() + each[1:] for each in unit.replace("_", " ").split())


def _decimal(number: int | str | None) -> str | None:
    """With a decimal point, by which readers of CSV tell that a column has decimal numbers."""
    if number is None:
        return None
    text = str(number)
    return text if "." in text else f"{text}.0"


def _moment(moment: datetime) -> str:
    return f"{moment:{_MOMENT}}"
