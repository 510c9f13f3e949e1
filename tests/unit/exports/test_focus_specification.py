"""A bill in the columns of FOCUS 1.4 against what the specification says, column by column and row by row."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from gatemeter.exports.focus.focus_columns import FocusProfile, focus_columns
from tests.support.focus_bills import written_focus
from tests.support.focus_specification import ONE_OF_EACH, faults, focus_1_4

OURS = focus_columns(FocusProfile.V1_4)
BEYOND = {"SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId"}
"""Wanted of those that publish price lists alone; here they name a charge of a plan."""

USAGE = {
    **dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), "1.50"),
    "BillingAccountId": "acme",
    "BillingAccountName": "Acme",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": "2026-02-01T00:00:00Z",
    "BillingPeriodEnd": "2026-03-01T00:00:00Z",
    "ChargePeriodStart": "2026-02-01T00:00:00Z",
    "ChargePeriodEnd": "2026-03-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "x",
    "ChargeFrequency": "Usage-Based",
    "PricingQuantity": "3.0",
    "PricingUnit": "Requests",
    "ConsumedQuantity": "3.0",
    "ConsumedUnit": "Requests",
    "InvoiceId": "1",
    "InvoiceDetailId": "a",
    "InvoiceIssuerName": "E",
    "HostProviderName": "E",
    "ServiceProviderName": "E",
    "ServiceName": "API gateway",
    "ServiceCategory": "Integration",
    "ServiceSubcategory": "API Management",
    "SkuId": "p/c",
    "SkuMeter": "m",
    "SkuPriceId": "p/c@1",
    "SkuPriceDetails": "",
}


def rows_of(path: Path, *, is_closed: bool) -> list[dict[str, str]]:
    with written_focus(path / "focus.csv", FocusProfile.V1_4, is_closed=is_closed).open() as file:
        return list(csv.DictReader(file))


def test_the_columns_are_those_that_are_wanted_and_in_order() -> None:
    wanted = {name for name, column in focus_1_4().items() if column.is_wanted}
    of_focus = [each.name for each in OURS if not each.name.startswith("x_")]
    own = [each.name for each in OURS if each.name.startswith("x_")]
    assert set(of_focus) == wanted | BEYOND
    assert [each.name for each in OURS] == sorted(of_focus) + sorted(own)


def test_columns_have_the_types_of_the_specification() -> None:
    said = focus_1_4()
    assert [each.name for each in OURS if each.name in said and not said[each.name].has_type(each.type)] == []


@pytest.mark.parametrize("is_closed", [True, False])
def test_every_row_holds_to_the_specification(tmp_path: Path, *, is_closed: bool) -> None:
    rows = rows_of(tmp_path, is_closed=is_closed)
    assert {number: list(faults(row)) for number, row in enumerate(rows)} == {number: [] for number in range(len(rows))}
    for column, parent in ONE_OF_EACH.items():
        pairs = {(row[column], row[parent]) for row in rows}
        assert len({value for value, _ in pairs}) == len(pairs)


def test_an_invoice_has_the_details_that_add_up_to_it(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, is_closed=True)
    details = [(row["InvoiceId"], row["InvoiceDetailId"]) for row in rows]
    assert len(set(details)) == len(details)
    of_acme = [Decimal(row["BilledCost"]) for row in rows if row["InvoiceId"] == "2026-02/acme"]
    assert sum(of_acme) == Decimal("1245.06")
    assert {row["InvoiceId"] for row in rows_of(tmp_path, is_closed=False)} == {""}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"ListCost": "1.51"}, ["EffectiveCost-C-015, -016; ListCost-C-008, ContractedCost-C-008"]),
        ({"ContractedUnitPrice": "+1.50"}, ["ContractedUnitPrice: '+1.50' is no number"]),
        ({"BillingAccountId": ""}, ["BillingAccountId: null"]),
        ({"PricingQuantity": "1,000"}, ["PricingQuantity: '1,000' is no number"]),
        ({"ChargePeriodEnd": "2026-03-01"}, ["ChargePeriodEnd: '2026-03-01' is no moment of UTC"]),
        ({"ChargeCategory": "Fee"}, ["ChargeCategory: 'Fee' is not allowed", "ConsumedQuantity-C-004"]),
        ({"ServiceName": "n/a"}, ["ServiceName: 'n/a' stands for null"]),
        (
            {"PricingQuantity": ""},
            ["PricingQuantity-C-005, SkuId-C-005, SkuPriceId-C-005", "PricingUnit-C-005, -006"],
        ),
        ({"ConsumedQuantity": "", "ConsumedUnit": ""}, ["ConsumedQuantity-C-006"]),
        ({"ConsumedUnit": ""}, ["ConsumedUnit-C-005, -006"]),
        ({"ChargeClass": "Correction"}, ["ChargeClass-C-003, -004"]),
        ({"HostProviderName": "F"}, ["HostProviderName-C-010"]),
        ({"InvoiceDetailId": ""}, ["InvoiceId-C-004, -005, InvoiceDetailId-C-004, -005"]),
        ({"ServiceSubcategory": "Generative AI"}, ["ServiceSubcategory-C-004"]),
        ({"BillingCurrency": "eur"}, ["CurrencyFormat-A-001"]),
        ({"PricingUnit": "requests"}, ["UnitFormat-A-007, -013"]),
        ({"BillingPeriodEnd": "2026-02-01T00:00:00Z"}, ["ChargePeriod and BillingPeriod, exclusive ends"]),
    ],
)
def test_the_rules_find_what_is_broken(changed: dict[str, str], said: list[str]) -> None:
    assert list(faults({**USAGE, **changed})) == said
