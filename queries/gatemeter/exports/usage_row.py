"""A row of usage: what a consumer used of a charge's meter in an hour or a day."""

from collections.abc import Iterable

import msgspec

from gatemeter.exports.row_ids import row_id

KIND = "usage"

_KEY_MEMBERS = ("period", "account", "consumer", "charge", "start", "end", "unit")
_VALUE_MEMBERS = ("plan", "meter", "quantity", "not_billable", "missing", "currency")


class UsageRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Usage within [`start`, `end`), moments in UTC as 2026-02-01T00:00:00Z.

    `quantity` is what is billable of `meter` by the filters of `charge`: rows of a charge add up to the quantity of its
    line, and rows of two charges are not to be added. It is a whole number of counts and bytes, else a decimal number
    as text, None where nothing is known of it. `not_billable` is what the billable rule leaves out, and `missing` how
    many events are in neither for want of a value. `currency` is that of a quantity that is money, else None.

    `key` stays the same while numbers change, `id` is of the whole content: two rows with one `key` and different ids
    are the same usage, told at different times.
    """

    id: str
    key: str
    period: str
    account: str
    plan: str
    consumer: str
    charge: str
    meter: str
    start: str
    end: str
    quantity: int | str | None
    unit: str
    not_billable: int | str
    missing: int
    currency: str | None

    @classmethod
    def of(cls, **members: str | int | None) -> "UsageRow":
        """The row with its ids."""
        key = row_id(f"{KIND}-key", _values(members, _KEY_MEMBERS))
        content = row_id(KIND, _values(members, (*_KEY_MEMBERS, *_VALUE_MEMBERS)))
        return msgspec.convert({"id": content, "key": key, **members}, cls)


def _values(members: dict[str, str | int | None], names: Iterable[str]) -> Iterable[str | int | None]:
    return (members[name] for name in names)
