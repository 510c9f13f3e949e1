"""A moment as people write it: 2026-02-03, 2026-02-03T10:05 or with an offset; without one it is UTC."""

from datetime import UTC, datetime
from typing import Any

import click


class Moment(click.ParamType):
    """`2026-02-03T10:05:00Z` as an aware datetime in UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read `value`; a usage error for anything else, and for a time that cannot be stored."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value).strip())
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{str(value)[:40]!r} is no time; write 2026-02-03 or 2026-02-03T10:05Z", param, ctx)
        if not 1970 <= moment.year < 2106:
            self.fail(f"{str(value)[:40]!r} is outside of 1970 to 2105", param, ctx)
        return moment
