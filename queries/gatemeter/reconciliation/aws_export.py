"""Amazon Bedrock in AWS Cost and Usage Reports: CUR 2.0, and the legacy report.

CUR 2.0 (https://docs.aws.amazon.com/cur/latest/userguide/table-dictionary-cur2-line-item.html) has columns as
`line_item_usage_type`; the legacy report (https://docs.aws.amazon.com/cur/latest/userguide/Lineitem-columns.html) has
the same as `lineItem/UsageType`. A line has one class of tokens of one model (`meter_names`), in `pricing_unit`, as "1K
tokens". Its unblended cost is the unblended rate times the usage amount. Times are UTC.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

from gatemeter.reconciliation.cells import Cells, ContradictionError
from gatemeter.reconciliation.charges import kind_of_type
from gatemeter.reconciliation.csv_rows import CsvExport
from gatemeter.reconciliation.meter_names import kind_of_meter, model_of_meter, model_of_product, tokens_per_unit
from gatemeter.reconciliation.stated import ChargeKind, Export, Kind, StatedAmount

PROVIDER = "aws"
REQUIRED = (
    *("line_item_usage_start_date", "line_item_usage_end_date", "line_item_usage_type"),
    *("line_item_unblended_cost", "line_item_currency_code", "line_item_line_item_type"),
)
_USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
_SCOPE = ("line_item_usage_account_id",)
_PRODUCT = (
    *("line_item_product_code", "product_servicecode", "product_product_name", "product_servicename", "product"),
    "line_item_line_item_description",
)
_USED = (
    *("line_item_usage_account_id", "line_item_line_item_type", "line_item_usage_type", "line_item_operation"),
    *("line_item_resource_id", "line_item_line_item_description"),
)
_RATE_STEP = Decimal("0.0000000001")
"""The last of the ten decimals that rates and costs have."""


@cache
def column_of(name: str) -> str:
    """The name of CUR 2.0 for a column of the legacy report: `line_item_usage_type` for `lineItem/UsageType`."""
    if "/" not in name:
        return name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("/", "_")).lower().replace("__", "_")


def read_cur(file: CsvExport) -> Export:
    """What the report states of Bedrock. Raises InputError as `CsvExport.read_into`."""
    export = Export(str(file.path), "AWS Cost and Usage Report", PROVIDER)

    def read(cells: Cells, where: str) -> None:
        row = Cells({column_of(name): value for name, value in cells.values.items()})
        if "bedrock" not in " ".join(row.texts(_PRODUCT)).lower():
            export.leave_out("rows are of other services")
            return
        export.amounts.extend(_amounts(export, row, where))

    file.read_into(export, read)
    return export


def _amounts(export: Export, row: Cells, where: str) -> Sequence[StatedAmount]:
    interval = row.interval("line_item_usage_start_date", "line_item_usage_end_date")
    line_type, usage_type = row.text("line_item_line_item_type"), row.text("line_item_usage_type")
    kind = kind_of_meter(usage_type) if line_type in _USAGE else None
    charge = "" if kind else usage_type if line_type in _USAGE else line_type
    model = "" if charge else model_of_meter(usage_type) or _product(row) or usage_type
    scope = row.texts(_SCOPE)
    identity = row.texts(("identity_line_item_id", "identity_time_interval"))
    known_identity = ("cur", *identity) if all(identity) else ()
    cost = row.number("line_item_unblended_cost")
    currency = row.currency("line_item_currency_code")
    charge_kind = ChargeKind.USAGE if line_type in _USAGE else kind_of_type(line_type)
    usage = row.texts(_USED)
    money = StatedAmount(
        where, interval, model, Kind.COST, cost, currency, charge, scope, known_identity, charge_kind, usage
    )
    if kind is None:
        return [money]
    _require_product(row, cost)
    per_unit = tokens_per_unit(row.text("pricing_unit"))
    if per_unit is None:
        export.leave_out(f"rows tell no tokens: their unit is {row.text('pricing_unit') or 'not named'}")
        return [money]
    tokens = row.number("line_item_usage_amount") * per_unit
    return [
        money,
        StatedAmount(where, interval, model, kind, tokens, scope=scope, identity=known_identity, usage=usage),
    ]


def _product(row: Cells) -> str:
    names = row.texts(_PRODUCT)
    return next((found for name in names if (found := model_of_product(name))), "")


def _require_product(row: Cells, cost: Decimal) -> None:
    """Rates and costs are rounded, so a product may be off by half a step of the rate, and of the cost."""
    if not (row.has("line_item_unblended_rate") and row.has("line_item_usage_amount")):
        return
    rate, amount = row.number("line_item_unblended_rate"), row.number("line_item_usage_amount")
    slack = _RATE_STEP * (abs(amount) + 1) + abs(cost) / 10**6
    if abs(rate * amount - cost) > slack:
        raise ContradictionError(
            f"line_item_unblended_cost is {cost:f}, and rate times amount {rate:f} x {amount:f} = {rate * amount:f}"
        )
