"""A row of a report whose groups were asked for."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

_KEYS = ("period", "groups")


class GroupedRow(BaseModel):
    """One group in one period; the fields that follow are the measures, in the order of every output."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    period: str
    """`2026`, `2026-02`, `2026-02-03` or `2026-02-03T10:00:00Z` (UTC)."""
    groups: list[str]
    """The values of the groups asked for, in their order; '' where an event gives none."""

    @classmethod
    def columns(cls, by: Sequence[str]) -> list[str]:
        """The names of a record's columns, in order: the period, the groups asked for, the measures."""
        return ["period", *map(str, by), *(name for name in cls.model_fields if name not in _KEYS)]

    def record(self, by: Sequence[str]) -> dict[str, Any]:
        """The row as it is put out, {column: value}; `by` are the groups asked for."""
        measures = self.model_dump(exclude=set(_KEYS))
        return {"period": self.period, **dict(zip(map(str, by), self.groups, strict=True)), **measures}
