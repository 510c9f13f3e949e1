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


CONSUMER_USERNAME = "consumer_username"
"""The column by which tables show a consumer; other outputs have the id alone."""

_KEYS = (PERIOD, "groups", CONSUMER_USERNAME)


def table_keys(by: Sequence[str], consumer: str) -> tuple[str, ...]:
    """The columns that tell the rows of a table apart: the period and `by`, the group `consumer` shown by its name."""
    return (PERIOD, *(CONSUMER_USERNAME if name == consumer else str(name) for name in by))


def table_fallbacks(by: Sequence[str], consumer: str) -> dict[str, str]:
    """The fallbacks of a table with `table_keys`: a consumer without a name is shown by its id."""
    return {CONSUMER_USERNAME: consumer} if consumer in by else {}


class GroupedRow(BaseModel):
    """One group in one period; the fields that follow are the measures, in the order of every output."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    period: str
    """`2026`, `2026-02`, a week's Monday or a day as `2026-02-03`, or `2026-02-03T10:00:00Z`."""
    groups: list[str]
    """The values of the groups asked for, in their order; '' where an event gives none."""
    consumer_username: str
    """The latest user name of the consumers in the group; '' where none has one."""

    @classmethod
    def columns(cls, by: Sequence[str]) -> list[str]:
        """The names of a record's columns, in order: the period, the groups asked for, the measures."""
        return [PERIOD, *map(str, by), *(name for name in cls.model_fields if name not in _KEYS)]

    def record(self, by: Sequence[str]) -> dict[str, Any]:
        """The row as JSON and CSV write it, {column: value}; `by` are the groups asked for."""
        measures = self.model_dump(exclude=set(_KEYS))
        return {PERIOD: self.period, **dict(zip(map(str, by), self.groups, strict=True)), **measures}

    @classmethod
    def table_columns(cls, by: Sequence[str]) -> list[str]:
        """The columns of a table: those of every output, and the consumers' names."""
        return [*cls.columns(by), *table_fallbacks(by, "consumer_id")]

    def table_record(self, by: Sequence[str]) -> dict[str, Any]:
        """The row as a table shows it, {column: value}."""
        return {**self.record(by), CONSUMER_USERNAME: self.consumer_username}
