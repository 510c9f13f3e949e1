"""Which fields of a usage object count what: `usage_fields.toml`."""

from functools import cache

import msgspec

from gatemeter.llm.rule_files import read_rules

PART = "part"
NOT_BILLED = "not_billed"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    of: str
    source: str
    fields: dict[str, str]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    shapes: dict[str, frozenset[str]]
    tables: tuple[_Table, ...]


class UsageFields:
    """`roles` by dotted path, and the `objects` on the way to them."""

    def __init__(self, file: _File) -> None:
        self.shapes = file.shapes
        self.roles: dict[str, str] = {}
        for table in file.tables:
            for path, role in table.fields.items():
                if path in self.roles:
                    msg = f"{path} stands in two tables"
                    raise ValueError(msg)
                self.roles[path] = role
        self.objects = frozenset(parent for path in self.roles for parent in _parents(path))

    def shape_of(self, names: frozenset[str]) -> str:
        """The shape of an object with fields of these `names`; '' if none fits."""
        return next((shape for shape, marks in self.shapes.items() if not marks.isdisjoint(names)), "")


def _parents(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


@cache
def usage_fields() -> UsageFields:
    """The fields that are known."""
    return UsageFields(read_rules("usage_fields.toml", _File))
