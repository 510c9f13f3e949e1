"""Lines of a bill with ids, as they are exported."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.exports.row_ids import row_id

KIND = "line"

_KEY_MEMBERS = ("period", "account", "charge", "correction_of")
_NOT_IN_ID = ("offsets",)
"""Events of others move them, and the line costs what it did."""


def exported_lines(lines: Iterable[BillLine]) -> Iterator[dict[str, Any]]:
    """`id` and `key`, then the members of each line.

    `id` is of the content but for `offsets`; `key` stays the same while amounts change. No two lines have one key: of a
    reversal there are two, and the second one has its number in it.
    """
    found: Counter[tuple[str | None, ...]] = Counter()
    for line in lines:
        members = msgspec.structs.asdict(line)
        place = tuple(members[name] for name in _KEY_MEMBERS)
        found[place] += 1
        number = (found[place],) if found[place] > 1 else ()
        key = row_id(f"{KIND}-key", (*place, *number))
        content = [value for name, value in members.items() if name not in _NOT_IN_ID]
        yield {"id": row_id(KIND, content), "key": key, **members}
