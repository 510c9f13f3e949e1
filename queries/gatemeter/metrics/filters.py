"""Filters of a query: which values of a dimension rows must have."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatemeter.errors import SettingsError
from gatemeter.metrics.catalogue import dimension
from gatemeter.output.text import shortened

_HOW = "write as 'status_class in 4xx,5xx', 'route not in a,b', 'service prefix pay', 'team empty' or 'team not empty'"


class Operator(StrEnum):
    """How a filter compares."""

    IN = "in"
    NOT_IN = "not in"
    PREFIX = "prefix"
    EMPTY = "empty"
    NOT_EMPTY = "not empty"

    @property
    def takes_values(self) -> bool:
        """Whether values stand behind it."""
        return self in (Operator.IN, Operator.NOT_IN, Operator.PREFIX)


_OPERATORS = "|".join(each.value.replace(" ", r"\s+") for each in Operator)
_FORM = re.compile(
    rf"\s*(?P<dimension>(?:group:)?\w+)\s+(?P<operator>{_OPERATORS})"
    r"(?:\s+(?P<values>.*))?\s*",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
_SQL = {
    Operator.IN: "has({{{name}:Array(String)}}, {sql})",
    Operator.NOT_IN: "NOT has({{{name}:Array(String)}}, {sql})",
    Operator.PREFIX: "arrayExists(each -> startsWith({sql}, each), {{{name}:Array(String)}})",
    Operator.EMPTY: "empty({sql})",
    Operator.NOT_EMPTY: "notEmpty({sql})",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose `dimension` is in `values`, begins with one of them, or is empty; or those where that is not so."""

    dimension: str
    operator: Operator
    values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises SettingsError for an unknown dimension, and for values where none belong or none are given."""
        dimension(self.dimension)
        if self.operator.takes_values == (not self.values):
            said = "no value" if self.operator.takes_values else "values"
            raise SettingsError(f"{self.dimension} {self.operator.value}: {said} given", where="--filter", do=_HOW)

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Read `DIMENSION OPERATOR VALUE,...`; a value that holds a comma stands in double quotes.

        Raises SettingsError.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise SettingsError(f"{shortened(text)!r} is no filter", where="--filter", do=_HOW)
        operator = Operator(" ".join(match["operator"].lower().split()))
        return cls(match["dimension"], operator, tuple(_values(match["values"] or "")))

    def __str__(self) -> str:
        """The text that `parse` reads it from."""
        return f"{self.dimension} {self.operator.value} {_written(self.values)}".rstrip()

    def is_known_of(self, source: str) -> bool:
        """Whether rows of `source` have the dimension."""
        return bool(dimension(self.dimension).sql(source))

    def holds(self, value: str) -> bool:
        """Whether it holds for a row whose dimension is `value`, '' for none; the same as `condition` says in SQL."""
        match self.operator:
            case Operator.IN:
                return value in self.values
            case Operator.NOT_IN:
                return value not in self.values
            case Operator.PREFIX:
                return value.startswith(self.values)
            case Operator.EMPTY:
                return not value
            case Operator.NOT_EMPTY:
                return bool(value)

    def condition(self, sql: str, parameter: str) -> str:
        """The condition on the text `sql`; the values are the query's `parameter`, of type Array(String)."""
        return _SQL[self.operator].format(sql=sql, name=parameter)


def _written(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def _values(text: str) -> Sequence[str]:
    try:
        rows = list(csv.reader([text.strip()], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise SettingsError(f"{shortened(text)!r} are no values: {error}", where="--filter", do=_HOW) from error
    return [value.strip() for value in rows[0]] if rows else []
