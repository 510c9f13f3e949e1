"""nginx's `$upstream_status`, which gateways built on nginx log: what the upstream answered last.

It is "200", a list after retries or internal redirects ("502, 200 : 200"), or "-" or "" where no upstream was asked.
Kong writes a JSON number when the response was buffered.
"""

import re
from decimal import Decimal
from typing import Any

_THREE_DIGITS = re.compile(r"(?<!\d)[1-9]\d\d(?!\d)", re.ASCII)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) or (isinstance(value, Decimal) and value.is_finite() and 100 <= value <= 999)


def upstream_status(document: Any) -> int | None:
    """The last three-digit group of the member `upstream_status`, or None."""
    value = document.get("upstream_status") if isinstance(document, dict) else None
    if isinstance(value, bool) or (isinstance(value, Decimal) and value.is_nan()):
        return None
    if isinstance(value, int | Decimal):
        return int(value) if 100 <= value <= 999 else None
    if isinstance(value, list):
        value = ", ".join(str(int(each) if isinstance(each, Decimal) else each) for each in value if _is_plain(each))
    groups = _THREE_DIGITS.findall(value) if isinstance(value, str) else []
    return int(groups[-1]) if groups else None
