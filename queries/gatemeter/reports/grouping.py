"""The groups of a report: the columns that its numbers are told apart by.

A row of a report whose groups were asked for.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from gatemeter.errors import SettingsError

Group = TypeVar("Group", bound=StrEnum)

PERIOD = "period"


def parse_groups(
    texts: Sequence[str],
    groups: type[Group],
    other_names: Mapping[str, Group] | None = None,
    *,
    always_grouped: str | None = None,
) -> tuple[Group, ...]:
    """Read the values of `--by`: names of `groups`, each text one or several between commas, each group once.

    `-` may stand for `_`, `other_names` are accepted too, and so is `always_grouped`, which is no group of its own.
    Raises SettingsError.
    """
    known = {group.value: group for group in groups} | dict(other_names or {})
    names = [name.strip() for text in texts for name in text.split(",")]
    wanted = {name: name.lower().replace("-", "_") for name in names}
    unknown = next((name for name, spelled in wanted.items() if spelled not in {*known, always_grouped}), None)
    if unknown is not None:
        raise SettingsError(f"{unknown!r} is nothing to group by", where="--by", do=f"name some of {', '.join(groups)}")
    return tuple(dict.fromkeys(known[spelled] for spelled in wanted.values() if spelled != always_grouped))


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
