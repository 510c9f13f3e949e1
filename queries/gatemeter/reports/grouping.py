"""The groups of a report, which `--by` names, and the rows of a report whose groups vary."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from gatemeter.errors import SettingsError
from gatemeter.output.layout import PERIOD

Group = TypeVar("Group", bound=StrEnum)


def parse_groups(
    texts: Sequence[str],
    groups: type[Group],
    other_names: Mapping[str, Group] | None = None,
    *,
    always_grouped: str | None = None,
) -> tuple[Group, ...]:
    """Read the values of `--by`: each text names one or several of `groups` between commas. A group is taken once.

    `-` is read as `_`, `other_names` are accepted too, and `always_grouped` is accepted and ignored. Raises
    SettingsError.
    """
    known = {group.value: group for group in groups} | dict(other_names or {})
    names = [name.strip() for text in texts for name in text.split(",")]
    wanted = {name: name.lower().replace("-", "_") for name in names}
    unknown = next((name for name, spelled in wanted.items() if spelled not in {*known, always_grouped}), None)
    if unknown is not None:
        raise SettingsError(f"{unknown!r} is nothing to group by", where="--by", do=f"name some of {', '.join(groups)}")
    return tuple(dict.fromkeys(known[spelled] for spelled in wanted.values() if spelled != always_grouped))


_KEYS = (PERIOD, "groups")


class GroupedRow(BaseModel):
    """One group in one period; the fields that follow are the measures, in the order of every output."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    period: str
    """`2026`, `2026-02`, a week's Monday or a day as `2026-02-03`, or `2026-02-03T10:00:00Z`."""
    groups: list[str]
    """The values of the groups asked for, in their order; '' where an event gives none."""

    @classmethod
    def columns(cls, by: Sequence[str]) -> list[str]:
        """The names of a record's columns, in order: the period, the groups asked for, the measures."""
        return [PERIOD, *map(str, by), *(name for name in cls.model_fields if name not in _KEYS)]

    def record(self, by: Sequence[str]) -> dict[str, Any]:
        """The row as it is written, {column: value}; `by` are the groups asked for."""
        measures = self.model_dump(exclude=set(_KEYS))
        return {PERIOD: self.period, **dict(zip(map(str, by), self.groups, strict=True)), **measures}
