"""Calls to models in FOCUS cost and usage data, of any provider that tells tokens.

FOCUS 1.0 to 1.4 (https://focus.finops.org/focus-specification): `BilledCost` in `BillingCurrency` of a charge from
`ChargePeriodStart` up to `ChargePeriodEnd`, in UTC; `ConsumedQuantity` in `ConsumedUnit`. The provider is
`ServiceProviderName` since 1.3, `ProviderName` before. FOCUS has no column for models: they are taken from `x_Model`,
or from `x_UsageType` (AWS), `SkuMeter` or `ChargeDescription`, before the class of tokens.
"""

from collections.abc import Sequence

from gatemeter.reconciliation.cells import Cells
from gatemeter.reconciliation.csv_rows import CsvExport
from gatemeter.reconciliation.meter_names import kind_of_meter, model_of_meter, tokens_per_unit
from gatemeter.reconciliation.stated import ChargeKind, Export, Interval, Kind, StatedAmount

REQUIRED = ("BilledCost", "BillingCurrency", "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory")
_MODEL = ("x_Model", "x_model", "x_ModelName", "x_model_name")
_METER = ("x_UsageType", "SkuMeter", "ChargeDescription", "SkuId")
_KIND = ("x_TokenType", "x_token_type", "x_token_class", *_METER, "ConsumedUnit")
_UNIT = ("ConsumedUnit", "PricingUnit")
_SCOPE = ("BillingAccountId", "SubAccountId")
_AI = "ai and machine learning"
_PROVIDERS = (
    ("openai", "openai"),
    ("anthropic", "anthropic"),
    ("aws", "aws"),
    ("amazon", "aws"),
    ("microsoft", "azure"),
    ("azure", "azure"),
    ("google", "google"),
)
_COMPARED = "BilledCost"
_PRODUCTS = (
    ("ListUnitPrice", "PricingQuantity", "ListCost"),
    ("ContractedUnitPrice", "PricingQuantity", "ContractedCost"),
)


def read_focus(file: CsvExport) -> Sequence[Export]:
    """What the file states, an export a provider. Raises InputError as `CsvExport.read_into`.

    No column of FOCUS tells one row from another, so rows that are alike are added up, and told of.
    """
    rest = Export(str(file.path), "FOCUS", "")
    exports: dict[str, Export] = {}
    read_before: set[int] = set()

    def read(cells: Cells, where: str) -> None:
        unit = cells.text(*_UNIT)
        if "token" not in unit.lower() and cells.text("ServiceCategory").lower() != _AI:
            rest.leave_out("rows are of no calls to models")
            return
        found = _amounts(rest, cells, where)
        if (content := hash(tuple(cells.values.values()))) in read_before:
            rest.remark("rows are the same as another one in every value: the file may have them twice")
        read_before.add(content)
        provider = _provider(cells.text("ServiceProviderName", "ProviderName", "PublisherName", "HostProviderName"))
        exports.setdefault(provider, Export(str(file.path), "FOCUS", provider)).amounts.extend(found)

    file.read_into(rest, read)
    return [*exports.values(), rest]


def _amounts(rest: Export, cells: Cells, where: str) -> Sequence[StatedAmount]:
    interval = cells.interval("ChargePeriodStart", "ChargePeriodEnd")
    kind = next((found for name in _KIND if (found := kind_of_meter(cells.text(name)))), None)
    meter = cells.text(*_METER)
    charge, charge_kind = _charge(cells, interval, meter, has_tokens=kind is not None)
    model = "" if charge else cells.text(*_MODEL) or model_of_meter(meter)
    scope = cells.texts(_SCOPE)
    currency = cells.currency("BillingCurrency")
    billed = cells.number("BilledCost")
    cost = StatedAmount(where, interval, model, Kind.COST, billed, currency, charge, scope, (), charge_kind)
    _remark_products(rest, cells)
    per_unit = tokens_per_unit(cells.text("ConsumedUnit"))
    if kind is None or charge:
        return [cost]
    if per_unit is None or not cells.has("ConsumedQuantity"):
        rest.leave_out(f"rows tell no tokens: their unit is {cells.text('ConsumedUnit') or 'not named'}")
        return [cost]
    tokens = cells.number("ConsumedQuantity") * per_unit
    return [cost, StatedAmount(where, interval, model, kind, tokens, scope=scope)]


def _charge(cells: Cells, interval: Interval, meter: str, *, has_tokens: bool) -> tuple[str, ChargeKind]:
    """The name of a charge that is not for tokens of this time, '' of others.

    A correction of an earlier billing period has the times of the usage then, of which this export does not tell.
    """
    category = cells.text("ChargeCategory")
    if category != "Usage":
        return category, ChargeKind.NO_USAGE
    is_correction = cells.text("ChargeClass") == "Correction" and cells.has("BillingPeriodStart")
    if is_correction and interval.end <= cells.moment("BillingPeriodStart"):
        return f"correction of {interval.start:%Y-%m}", ChargeKind.CORRECTION
    return ("" if has_tokens else meter or "no tokens"), ChargeKind.USAGE


def _remark_products(rest: Export, cells: Cells) -> None:
    """Remark on costs that differ from price times quantity, which the specification forbids.

    Providers have written such rows (https://github.com/microsoft/finops-toolkit/issues/727), so they prove nothing
    about the file. Corrections may have a cost without a quantity.
    """
    if cells.text("ChargeClass") or cells.text("ChargeCategory") != "Usage":
        return
    for price_name, quantity_name, cost_name in _PRODUCTS:
        if not all(cells.has(name) for name in (price_name, quantity_name, cost_name)):
            continue
        price, quantity, cost = (cells.number(name) for name in (price_name, quantity_name, cost_name))
        if abs(price * quantity - cost) > abs(cost) / 10**6 + abs(quantity) / 10**12:
            rest.remark(f"rows whose {cost_name} is not {price_name} times {quantity_name}; {_COMPARED} is compared")


def _provider(name: str) -> str:
    lowered = name.lower()
    return next((ours for word, ours in _PROVIDERS if word in lowered), lowered)
