"""One declared meter, ready to read events."""

from typing import Any, NamedTuple

from gatemeter.lenient.paths import Path
from gatemeter.meters.aggregation import Aggregation
from gatemeter.meters.conditions import compiled_filter, passes
from gatemeter.meters.declaration import MeterDeclaration
from gatemeter.meters.values import Fault, group_text, member_hash, scaled_number
from gatemeter.schema.meter_usage import GROUP_COLUMNS


class MeterReading(NamedTuple):
    """What a meter takes of one event: `amount` in units of the last declared digit, `member` a hash to be told apart.

    `groups` are the values of `GROUP_COLUMNS`. Of a `fault` the amount is 0 and the member None, and the event is
    counted by that.
    """

    meter: "Meter"
    amount: int
    member: int | None
    groups: tuple[str, ...]
    fault: Fault | None


class Meter:
    """Reads events of the format of a declaration. `key_values` stand in the key of its rows, before the groups."""

    def __init__(self, declaration: MeterDeclaration) -> None:
        self.declaration = declaration
        names = sorted(declaration.group_by)
        self.group_names = names
        self.key_values = (
            declaration.name,
            declaration.identity,
            declaration.unit,
            declaration.aggregation.value,
            declaration.decimals,
            ",".join(names),
        )
        self._filter = compiled_filter(declaration)
        self._value: Path | None = declaration.value
        self._groups: tuple[Path, ...] = tuple(declaration.group_by[name] for name in names)
        self._no_groups = ("",) * (len(GROUP_COLUMNS) - len(names))
        self._is_unique = declaration.aggregation is Aggregation.UNIQUE

    @property
    def paths(self) -> tuple[Path, ...]:
        """All paths that it reads."""
        value = () if self._value is None else (self._value,)
        return (*(path for path, _ in self._filter), *value, *self._groups)

    def read(self, members: Any) -> MeterReading | None:
        """What it takes of the event with `members`; None of an event that the filter leaves out."""
        if self._filter and not passes(self._filter, members):
            return None
        groups = self._no_groups
        if self._groups:
            groups = (*[group_text(path.value_in(members)) for path in self._groups], *groups)
        if self._value is None:
            return MeterReading(self, 1, None, groups, None)
        value = self._value.value_in(members)
        found = member_hash(value) if self._is_unique else scaled_number(value, self.declaration.decimals)
        if isinstance(found, Fault):
            return MeterReading(self, 0, None, groups, found)
        if self._is_unique:
            return MeterReading(self, 0, found, groups, None)
        return MeterReading(self, found, None, groups, None)
