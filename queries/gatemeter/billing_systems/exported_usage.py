"""Usage of a period as it is delivered to billing systems, and what it is told by."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from clickhouse_connect.driver.client import Client

from gatemeter.billing.rated_account import RatedAccount
from gatemeter.billing.statement import canonical_json
from gatemeter.billing_systems.basis import Bases, Basis
from gatemeter.billing_systems.delivery import Usage
from gatemeter.billing_systems.mapping_file import Mapping
from gatemeter.exports.exported_period import ExportedPeriod
from gatemeter.exports.usage_row import UsageRow
from gatemeter.exports.usage_rows import Grain, usage_rows
from gatemeter.plans.charge import Metered
from gatemeter.plans.plan import Account, PlanBook

_HEX_DIGITS = 16


def exported_usages(client: Client, exported: ExportedPeriod, grain: Grain) -> Iterator[Usage]:
    """All usage of a period, by the plans that it is billed by. Raises as `usage_rows`."""
    return map(_usage, usage_rows(client, exported, grain))


def _usage(row: UsageRow) -> Usage:
    return Usage(
        key=row.key,
        account=row.account,
        consumer=row.consumer,
        charge=row.charge,
        start=datetime.fromisoformat(row.start),
        end=datetime.fromisoformat(row.end),
        quantity=None if row.quantity is None else Decimal(row.quantity),
        missing=row.missing,
    )


def bases_of(client: Client, exported: ExportedPeriod, grain: Grain, mapping: Mapping) -> Bases:
    """The basis of each charge of each account that is on a plan in the period. Raises as `RatingBasis.accounts`."""
    found: Bases = {}
    for rated in exported.basis.accounts(client, exported.period):
        for charge in rated.metered:
            mapped = mapping.charges.get(charge.name)
            factor = mapped.factor if mapped else Decimal(1)
            basis = Basis(grain.value, factor, plan_hash(exported.book, rated, charge))
            found[rated.account.id, charge.name] = basis.text
    return found


def plan_hash(book: PlanBook, rated: RatedAccount, charge: Metered) -> str:
    """A hash of what decides how much an account uses of a charge, events aside; prices are not in it."""
    rule = rated.rule_for(charge.meter)
    said = [
        book.subject,
        _names(book, rated.account),
        rated.account.time_zone,
        [f"{each:%Y-%m-%dT%H:%MZ}" for each in (rated.span.start, rated.span.end)],
        charge.meter,
        [str(each) for each in charge.filters],
        charge.unit or "",
        None if rule is None else [[str(each) for each in filters] for filters in rule.any_of],
    ]
    return sha256(canonical_json(said)).hexdigest()[:_HEX_DIGITS]


def _names(book: PlanBook, account: Account) -> list[list[str]]:
    """Names that decide whose usage it is: of a team all of them, for a consumer of it may have an account."""
    accounts = book.accounts if account.teams or account.workspaces else [account]
    return [[each.id, *name] for each in accounts for name in sorted(each.names)]
