"""A line of a bill with ids, as it is exported."""

from typing import Any

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.exports.row_ids import row_id

KIND = "line"

_KEY_MEMBERS = ("period", "account", "charge", "correction_of")


def exported_line(line: BillLine) -> dict[str, Any]:
    """`id` of the whole content and `key`, which stays the same while amounts change, then the members of the line."""
    members = msgspec.structs.asdict(line)
    key = row_id(f"{KIND}-key", (members[name] for name in _KEY_MEMBERS))
    return {"id": row_id(KIND, members.values()), "key": key, **members}
