"""The groups of a report: the columns that its numbers are told apart by."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from gatemeter.contracts.errors import SettingsError

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
