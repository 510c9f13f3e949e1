"""Lines of a bill, shared out to the consumers whose usage they are: for whoever charges an account's teams on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from clickhouse_connect.driver.client import Client

from gatemeter.billing.apportionment import apportioned
from gatemeter.billing.bill_line import BillLine
from gatemeter.billing.billing_period import BillingPeriod
from gatemeter.billing.closing import bill_of
from gatemeter.billing.quantities import Quantities, used
from gatemeter.billing.rating import total
from gatemeter.billing.rating_basis import RatingBasis
from gatemeter.billing.statement import statement_of
from gatemeter.billing.statement_plans import default_rule, plans_of
from gatemeter.billing.statement_store import intact_statements
from gatemeter.output.layout import TableLayout
from gatemeter.plans.amount import plain
from gatemeter.plans.minor_units import decimal_places
from gatemeter.plans.plan import PlanBook
from gatemeter.reports.usage_parameters import Subject


class ConsumerShare(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer's part of a line, by its part of the quantity; the parts of a line add up to its amount.

    `consumer` is None where the amount belongs to no single consumer: a fee, a minimum that is due without usage, a
    correction, and a closed line whose stored usage has changed since.
    """

    period: str
    account: str
    charge: str
    consumer: str | None
    quantity: int | str | None
    unit: str | None
    amount: str | None
    currency: str
    correction_of: str | None


SHARE_COLUMNS = ConsumerShare.__struct_fields__
"""The columns of every form of output."""

SHARE_LAYOUT = TableLayout(
    keys=("account", "charge", "consumer"),
    kept_together=("account", "charge"),
    most_important=("amount", "currency", "quantity"),
    first_left_out=("correction_of", "period", "unit"),
    unit_columns={"amount": "currency"},
)


@dataclass(frozen=True, slots=True)
class SharedBill:
    """The parts of all lines, in the order of the lines and of the consumers' names."""

    shares: Sequence[ConsumerShare]
    notes: Sequence[str]


def shared_bill(client: Client, book: PlanBook, period: BillingPeriod, only_account: str | None) -> SharedBill:
    """The lines that `bill_of` gives, shared out. Raises as it does."""
    found = bill_of(client, book, period, only_account)
    closed = statement_of(intact_statements(client), period)
    basis = RatingBasis((book,))
    if closed is not None:
        basis = RatingBasis((plans_of(closed),), default_rule(closed))
    accounts = basis.accounts(client, period)
    quantities = used(client, accounts, basis.owners(accounts), Subject(basis.subject)).quantities
    shares = [share for line in found.lines for share in line_shares(line, _weights(line, quantities))]
    return SharedBill(shares, found.notes)


def _weights(line: BillLine, quantities: Quantities) -> Mapping[str, Decimal]:
    quantity = quantities.get((line.account, line.charge))
    return quantity.by_consumer if quantity is not None and line.correction_of is None else {}


def line_shares(line: BillLine, quantities: Mapping[str, Decimal]) -> Iterator[ConsumerShare]:
    """The parts of a line by what each consumer used; one of nobody where that is not the line's quantity."""
    used_by = {name: quantities[name] for name in sorted(quantities) if quantities[name]}
    whole = total(list(used_by.values()))
    if line.amount is None or line.quantity is None or not whole or whole != Decimal(line.quantity):
        yield _share(line, None, line.quantity, line.amount)
        return
    places = decimal_places(line.currency)
    for name, part in apportioned(Decimal(line.amount), used_by, places).items():
        is_text = isinstance(line.quantity, str)
        quantity = plain(used_by[name]) if is_text else int(used_by[name])
        yield _share(line, name, quantity, f"{part:.{places}f}")


def _share(line: BillLine, consumer: str | None, quantity: int | str | None, amount: str | None) -> ConsumerShare:
    return ConsumerShare(
        period=line.period,
        account=line.account,
        charge=line.charge,
        consumer=consumer,
        quantity=quantity,
        unit=line.unit,
        amount=amount,
        currency=line.currency,
        correction_of=line.correction_of,
    )
