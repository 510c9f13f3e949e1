"""What FOCUS 1.4 says of the columns and rows of Cost and Usage, as a table and as rules of one row."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gatemeter.exports.table_columns import ColumnType
from tests.support.repository import ROOT

Row = Mapping[str, str]
"""A row of CSV: '' stands for null."""

HOLDS = {"ACCOUNT_NAMING", "USAGE_MEASUREMENT", "UNIT_PRICING", "INVOICE_ISSUER_PAYABLE_INVOICES"}
"""The criteria that hold of gatemeter."""
_TYPES = {
    "text": (ColumnType.TEXT,),
    "decimal": (ColumnType.DECIMAL,),
    "moment": (ColumnType.MOMENT,),
    "object": (ColumnType.TEXT,),
}
_DECIMAL = re.compile(r"-?\d+(\.\d+)?(E-?\d+)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_PLACEHOLDERS = {"none", "null", "n/a", "na", "nan", "not applicable", "unknown", "-"}
_PARENTS = {"Generative AI": "AI and Machine Learning", "API Management": "Integration"}
"""Of the subcategories that we have."""


@dataclass(frozen=True, slots=True)
class FocusColumn:
    """A column as the specification has it; `criteria` must all hold for it to be wanted."""

    name: str
    level: str
    type: str
    may_be_null: bool
    criteria: frozenset[str]
    allowed: frozenset[str]

    @property
    def is_wanted(self) -> bool:
        return self.criteria <= HOLDS

    def has_type(self, kind: ColumnType) -> bool:
        return kind in _TYPES[self.type]

    def fault(self, value: str) -> str | None:
        """What is wrong with a value."""
        if not value:
            return None if self.may_be_null else "null"
        if self.allowed and value not in self.allowed:
            return f"{value!r} is not allowed"
        if self.type == "decimal" and not _DECIMAL.fullmatch(value):
            return f"{value!r} is no number"
        if self.type == "moment" and not _MOMENT.fullmatch(value):
            return f"{value!r} is no moment of UTC"
        is_text = self.type == "text"
        return f"{value!r} stands for null" if is_text and value.strip().lower() in {"", *_PLACEHOLDERS} else None


def focus_1_4() -> Mapping[str, FocusColumn]:
    """The columns by name."""
    with (ROOT / "tests/fixtures/focus/columns-1.4.tsv").open(newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return {row["column"]: _column(row) for row in rows}


def _column(row: Row) -> FocusColumn:
    told = {name: "" if value == "-" else value for name, value in row.items()}
    return FocusColumn(
        told["column"],
        told["level"],
        told["type"],
        told["nulls"] == "null",
        frozenset(told["criteria"].split()),
        frozenset(filter(None, told["allowed"].split("|"))),
    )


def _is_usage(row: Row) -> bool:
    return row["ChargeCategory"] == "Usage"


def _is_correction(row: Row) -> bool:
    return row["ChargeClass"] == "Correction"


def _are_null_together(*names: str) -> Callable[[Row], bool]:
    return lambda row: len({bool(row[name]) for name in names}) == 1


_COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")

ROW_RULES: Mapping[str, Callable[[Row], bool]] = {
    # Nothing is discounted, covered by something else or paid ahead, so all costs are one.
    "EffectiveCost-C-015, -016; ListCost-C-008, ContractedCost-C-008": lambda row: (
        len({row[name] for name in _COSTS}) == 1
    ),
    "PricingQuantity-C-005, SkuId-C-005, SkuPriceId-C-005": lambda row: (
        _is_correction(row) or all(row[name] for name in ("PricingQuantity", "SkuId", "SkuPriceId"))
    ),
    "PricingQuantity-C-011": lambda row: bool(row["SkuPriceId"]) or not row["PricingQuantity"],
    "PricingUnit-C-005, -006": _are_null_together("PricingQuantity", "PricingUnit"),
    "ConsumedQuantity-C-004": lambda row: _is_usage(row) or not row["ConsumedQuantity"],
    "ConsumedQuantity-C-006": lambda row: not _is_usage(row) or _is_correction(row) or bool(row["ConsumedQuantity"]),
    "ConsumedUnit-C-005, -006": _are_null_together("ConsumedQuantity", "ConsumedUnit"),
    "ChargeFrequency-C-004": lambda row: row["ChargeCategory"] != "Purchase" or row["ChargeFrequency"] != "Usage-Based",
    "ChargeClass-C-003, -004": lambda row: _is_correction(row) is (row["ChargePeriodEnd"] <= row["BillingPeriodStart"]),
    "ChargePeriod and BillingPeriod, exclusive ends": lambda row: all(
        row[f"{kind}PeriodStart"] < row[f"{kind}PeriodEnd"] for kind in ("Charge", "Billing")
    ),
    "HostProviderName-C-010": lambda row: row["HostProviderName"] == row["ServiceProviderName"],
    "InvoiceId-C-004, -005, InvoiceDetailId-C-004, -005": _are_null_together("InvoiceId", "InvoiceDetailId"),
    "ServiceSubcategory-C-004": lambda row: _PARENTS[row["ServiceSubcategory"]] == row["ServiceCategory"],
    "SkuMeter-C-004, -005": _are_null_together("SkuId", "SkuMeter"),
    "SkuPriceDetails-C-004": lambda row: bool(row["SkuPriceId"]) or not row["SkuPriceDetails"],
    "CurrencyFormat-A-001": lambda row: re.fullmatch("[A-Z]{3}", row["BillingCurrency"]) is not None,
    "BillingAccountName-C-003": lambda row: bool(row["BillingAccountName"]),
    "UnitFormat-A-007, -013": lambda row: row["PricingUnit"] in ("", "B") or row["PricingUnit"][:1].isupper(),
}
"""What has to hold of each row, by the ids that the requirements model has for it."""

ONE_OF_EACH = {"SkuPriceId": "SkuId", "ServiceName": "ServiceCategory", "ServiceSubcategory": "ServiceCategory"}
"""Of a value of a column there is one of the other: SkuPriceId-C-008, ServiceName-C-005, ServiceSubcategory-C-004."""


def faults(row: Row) -> Iterator[str]:
    """What the specification does not allow in a row."""
    columns = focus_1_4()
    for name, value in row.items():
        if name in columns and (fault := columns[name].fault(value)):
            yield f"{name}: {fault}"
    yield from (rule for rule, holds in ROW_RULES.items() if not holds(row))
