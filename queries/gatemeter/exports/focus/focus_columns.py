"""The columns of FOCUS's data set Cost and Usage that bills have, by version of the specification.

A conditional column is here if its condition holds for gatemeter, which measures usage and whose bills are paid. The
SKU columns name the charges of plans. Unit prices are left out because a line with tiers has several; commitment
discounts, regions, resources, sub-accounts and prices in a second currency because gatemeter has none of them.
"""

from collections.abc import Sequence
from enum import StrEnum

from gatemeter.exports.table_columns import Column, ColumnType


class FocusProfile(StrEnum):
    """The versions of the specification."""

    V1_4 = "1.4"
    V1_2 = "1.2"


_TEXT, _DECIMAL, _MOMENT = ColumnType.TEXT, ColumnType.DECIMAL, ColumnType.MOMENT

_OF_ALL = {
    "BilledCost": _DECIMAL,
    "BillingAccountId": _TEXT,
    "BillingAccountName": _TEXT,
    "BillingCurrency": _TEXT,
    "BillingPeriodEnd": _MOMENT,
    "BillingPeriodStart": _MOMENT,
    "ChargeCategory": _TEXT,
    "ChargeClass": _TEXT,
    "ChargeDescription": _TEXT,
    "ChargeFrequency": _TEXT,
    "ChargePeriodEnd": _MOMENT,
    "ChargePeriodStart": _MOMENT,
    "ConsumedQuantity": _DECIMAL,
    "ConsumedUnit": _TEXT,
    "ContractedCost": _DECIMAL,
    "EffectiveCost": _DECIMAL,
    "InvoiceId": _TEXT,
    "InvoiceIssuerName": _TEXT,
    "ListCost": _DECIMAL,
    "PricingQuantity": _DECIMAL,
    "PricingUnit": _TEXT,
    "ServiceCategory": _TEXT,
    "ServiceName": _TEXT,
    "ServiceSubcategory": _TEXT,
    "SkuId": _TEXT,
    "SkuMeter": _TEXT,
    "SkuPriceDetails": _TEXT,
    "SkuPriceId": _TEXT,
}
_OF_VERSION = {
    FocusProfile.V1_4: ("HostProviderName", "InvoiceDetailId", "ServiceProviderName"),
    FocusProfile.V1_2: ("ProviderName", "PublisherName"),
}
_OWN = {
    "x_AmountExact": _DECIMAL,
    "x_Charge": _TEXT,
    "x_Id": _TEXT,
    "x_Key": _TEXT,
    "x_Meter": _TEXT,
    "x_Missing": ColumnType.COUNT,
    "x_NotBillable": _DECIMAL,
    "x_Plan": _TEXT,
}
"""The specification wants columns of one's own behind its own, by name, with this prefix."""


def focus_columns(profile: FocusProfile) -> Sequence[Column]:
    """The columns in their order: those of FOCUS by name, then those of gatemeter."""
    of_focus = _OF_ALL | dict.fromkeys(_OF_VERSION[profile], _TEXT)
    return [Column(name, kind) for name, kind in (*sorted(of_focus.items()), *_OWN.items())]
