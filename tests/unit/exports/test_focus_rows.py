"""Bills in the columns of FOCUS 1.4 and 1.2: which columns, which values, and what has no row."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from gatemeter.exports.focus.focus_columns import FocusProfile, focus_columns
from tests.support.command_in_process import invoked
from tests.support.exports import bill_line
from tests.support.focus_bills import focus_rows, written_focus
from tests.support.plan_files import PER_REQUEST, account, book, plan

MANDATORY_IN_1_2 = (
    *("BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd"),
    *("BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd"),
    *("ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost", "PricingQuantity"),
    *("PricingUnit", "ProviderName", "PublisherName", "ServiceCategory", "ServiceName"),
)
"""By the tables of the specification: "Feature level: Mandatory"."""
MAY_BE_NULL = ("ChargeClass",)
"""Of the mandatory ones, here: quantities are only missing of taxes."""


def rows_of(path: Path, profile: FocusProfile, *, is_closed: bool = True) -> list[dict[str, str]]:
    with written_focus(path / "focus.csv", profile, is_closed=is_closed).open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("provider", ["", " ", "Example\x1b[2J"])
def test_a_provider_without_a_name_is_refused(provider: str) -> None:
    options = ("--period", "2026-02", "--plans", "plans.toml", "--out", "focus", "--data", "usage")
    found = invoked("export", "focus", "--provider", provider, *options)
    assert isinstance(found.exception, SettingsError)
    assert found.exception.where == "--provider"


def test_mandatory_columns_of_1_2_are_there_and_filled(tmp_path: Path) -> None:
    names = {each.name for each in focus_columns(FocusProfile.V1_2)}
    assert set(MANDATORY_IN_1_2) <= names
    assert not {"HostProviderName", "ServiceProviderName", "InvoiceDetailId"} & names
    for row in rows_of(tmp_path, FocusProfile.V1_2):
        assert [name for name in MANDATORY_IN_1_2 if not row[name] and name not in MAY_BE_NULL] == []


def test_costs_are_exact_decimals_that_add_up_to_the_bill(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, FocusProfile.V1_4)
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal("1245.07")
    for row in rows:
        assert row["BilledCost"] == row["EffectiveCost"] == row["ListCost"] == row["ContractedCost"]
        assert all("." in row[name] for name in ("BilledCost", "PricingQuantity", "x_AmountExact"))


def test_a_correction_names_when_the_usage_was(tmp_path: Path) -> None:
    [row] = [each for each in rows_of(tmp_path, FocusProfile.V1_4) if each["ChargeClass"]]
    times = [row[f"{kind}Period{end}"] for kind in ("Charge", "Billing") for end in ("Start", "End")]
    assert times == ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"]
    assert (row["PricingQuantity"], row["ConsumedQuantity"]) == ("-10.0", "-10.0")


OTHER_PRICE = {**PER_REQUEST, "unit_amount": "0.002"}


def test_a_correction_has_hours_and_price_of_the_plans_that_the_closed_period_was_rated_by() -> None:
    january = book(plan(PER_REQUEST), accounts=[account(anchor_day=15)])
    february = book(plan(PER_REQUEST, valid_from="2025-06-01"), accounts=[account()])
    correction = bill_line(correction_of="2026-01")
    rows = focus_rows(is_closed=True, lines=(correction, bill_line()), january=january, february=february).rows()
    names = ("ChargePeriodStart", "ChargePeriodEnd", "BillingPeriodStart", "SkuPriceId")
    assert [[row[name] for name in names] for row in rows] == [
        ["2026-01-15T00:00:00Z", "2026-02-15T00:00:00Z", "2026-02-01T00:00:00Z", "starter/requests@2026-01-01"],
        ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-02-01T00:00:00Z", "starter/requests@2025-06-01"],
    ]


def test_a_correction_of_an_account_that_came_later_has_hours_and_price_of_the_later_plans() -> None:
    january = book(accounts=[account("globex")])
    february = book(
        plan(PER_REQUEST, valid_from="2025-06-01"),
        plan(OTHER_PRICE, valid_from="2026-02-01"),
        accounts=[account(plans=[{"plan": "starter", "valid_from": "2025-06-01"}])],
    )
    correction = bill_line(correction_of="2026-01")
    [row] = focus_rows(is_closed=False, lines=(correction,), january=january, february=february).rows()
    assert row["SkuPriceId"] == "starter/requests@2025-06-01"


def test_a_flat_amount_is_a_purchase_and_nothing_is_consumed(tmp_path: Path) -> None:
    [row] = [each for each in rows_of(tmp_path, FocusProfile.V1_4) if each["ChargeCategory"] == "Purchase"]
    assert (row["ChargeFrequency"], row["PricingQuantity"], row["PricingUnit"]) == ("Recurring", "1.0", "Months")
    assert (row["ConsumedQuantity"], row["ConsumedUnit"]) == ("", "")
    assert (row["SkuId"], row["SkuPriceId"]) == ("starter/base", "starter/base@2026-01-01")


@pytest.mark.parametrize(("is_closed", "invoices"), [(True, {"2026-02/acme", "2026-02/globex"}), (False, {""})])
def test_only_a_closed_bill_is_an_invoice(tmp_path: Path, is_closed: bool, invoices: set[str]) -> None:
    rows = rows_of(tmp_path, FocusProfile.V1_4, is_closed=is_closed)
    assert {row["InvoiceId"] for row in rows} == invoices
    assert [row["InvoiceDetailId"] for row in rows] == [row["x_Id"] if is_closed else "" for row in rows]


def test_a_quantity_that_is_not_known_has_no_unit() -> None:
    unknown = bill_line(quantity=None, correction_of="2026-01")
    [row] = focus_rows(is_closed=True, lines=(unknown,)).rows()
    names = ("PricingQuantity", "PricingUnit", "ConsumedQuantity", "ConsumedUnit")
    assert {name: row[name] for name in names} == dict.fromkeys(names)
    assert row["BilledCost"] == "0.01"


def test_an_amount_that_is_not_known_has_a_note_and_no_row() -> None:
    rows = focus_rows(is_closed=True)
    assert [row["x_Charge"] for row in rows.rows()].count("models") == 1
    assert list(rows.notes()) == ["no row for globex, charge models: its amount is not known (5 x 0.001)"]
