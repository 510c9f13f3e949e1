"""What a declaration of a meter may say. Everything that it names is a path (`lenient.paths`) into an event."""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from gatemeter.lenient.paths import Path
from gatemeter.meters.aggregation import Aggregation
from gatemeter.meters.secret_paths import personal_word, secret_word
from gatemeter.schema import METER_USAGE
from gatemeter.schema.meter_usage import GROUP_COLUMNS

MOST_DECIMALS = 9
_HASH_DIGITS = 12
_NAME = r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$"
_UNIT = r"^[^\x00-\x1f\x7f,]{1,32}$"
_REPORT_WORDS = {"period", "subject", "consumer", "service", "route", "value", "value_text", "distinct", "total"}
RESERVED_GROUPS = frozenset({*METER_USAGE.column_names, *_REPORT_WORDS})
"""Names that reports have for other columns."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _as_path(value: object) -> object:
    return Path.of(value) if isinstance(value, str) else value


def _checked_path(value: object) -> Path:
    if not isinstance(value, Path):
        msg = "a path is a text"
        raise ValueError(msg)  # noqa: TRY004 - pydantic reports a ValueError by field
    if (word := secret_word(value.text)) is not None:
        msg = f"{value.text} may hold a credential ({word}); a meter reads none"
        raise ValueError(msg)
    return value


def _stored_path(value: Path) -> Path:
    if (word := personal_word(value.text)) is not None:
        msg = f"{value.text} may hold an address, a query string or a body ({word}); none is stored, not even as a hash"
        raise ValueError(msg)
    return value


MeterPath = Annotated[
    Any, BeforeValidator(_as_path), AfterValidator(_checked_path), PlainSerializer(lambda path: path.text)
]
StoredPath = Annotated[MeterPath, AfterValidator(_stored_path)]
"""Of a value that is stored as text."""


def _is_finite(value: object) -> bool:
    """TOML has inf and nan, with which no number of an event can be compared."""
    return not isinstance(value, Decimal) or value.is_finite()


def _as_scalar(value: object) -> object:
    if not isinstance(value, str | bool | int | Decimal) or not _is_finite(value):
        msg = "a text, a number, true or false"
        raise ValueError(msg)
    return value


def _listed(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


def _as_said(value: object) -> str:
    return f"{type(value).__name__} {value}"


Scalar = Annotated[Any, BeforeValidator(_as_scalar), PlainSerializer(_as_said)]
Scalars = Annotated[tuple[Scalar, ...], BeforeValidator(_listed), Field(min_length=1)]


def _as_number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not _is_finite(value):
        msg = "a number"
        raise ValueError(msg)
    return value


Number = Annotated[Any, BeforeValidator(_as_number), PlainSerializer(_as_said)]


class Condition(_Part):
    """What the value at a path has to be; all that is said must hold."""

    any_of: Scalars = Field(default=(), alias="is")
    none_of: Scalars = Field(default=(), alias="is_not")
    exists: bool | None = Field(default=None, strict=True)
    at_least: Number = None
    below: Number = None

    @model_validator(mode="after")
    def _says_something(self) -> "Condition":
        if not self.model_fields_set:
            msg = "a condition says one of is, is_not, exists, at_least, below"
            raise ValueError(msg)
        return self


def _as_condition(value: object) -> object:
    return value if isinstance(value, dict | Condition) else {"is": value}


class MeterDeclaration(_Part):
    """A meter: of the events of `format` that `filter` lets through it counts one each, or what stands at `value`.

    `decimals` is how many digits behind the point a value may have; it is stored as a whole number of the last one.
    """

    name: str = Field(pattern=_NAME, max_length=64)
    format: str
    unit: str = Field(pattern=_UNIT)
    value: MeterPath = None
    decimals: int = Field(default=0, ge=0, le=MOST_DECIMALS, strict=True)
    aggregation: Aggregation = Aggregation.SUM
    filter: dict[str, Annotated[Condition, BeforeValidator(_as_condition)]] = Field(default_factory=dict)
    group_by: dict[str, StoredPath] = Field(default_factory=dict, max_length=len(GROUP_COLUMNS))

    @model_validator(mode="after")
    def _fits_together(self) -> "MeterDeclaration":
        for path in self.filter:
            _checked_path(Path.of(path))
        for name in self.group_by:
            _check_group_name(name)
        if self.aggregation is Aggregation.UNIQUE:
            if self.value is None:
                msg = "aggregation unique needs the value that is to be told apart"
                raise ValueError(msg)
            _stored_path(self.value)
        if self.decimals and (self.value is None or self.aggregation is Aggregation.UNIQUE):
            msg = "decimals are of a value that is summed up"
            raise ValueError(msg)
        return self

    @property
    def identity(self) -> str:
        """A hash of what is declared, not of how it is written; stored in the column `declaration`."""
        said = self.model_copy(
            update={"filter": _in_order(self.filter), "group_by": _in_order(self.group_by)}
        ).model_dump_json(exclude_defaults=True)
        return sha256(said.encode()).hexdigest()[:_HASH_DIGITS]


def _in_order(members: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(members.items()))


def _check_group_name(name: str) -> None:
    if not name.isascii() or not name.isidentifier() or name != name.lower():
        msg = f"group_by: {name!r} is no name of a column: small letters, digits and _"
        raise ValueError(msg)
    if name in RESERVED_GROUPS:
        msg = f"group_by: {name} is the name of another column"
        raise ValueError(msg)
