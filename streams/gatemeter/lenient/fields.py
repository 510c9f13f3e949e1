"""The fields of a JSON object whose types nobody vouches for.

An absent field and null are no value. A value of a type that cannot be used is left out: reading goes on without it,
and its dotted path is noted, so that what was lost can be counted. A path names no place in a list:
`ai.mcp.rpc.latency`.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import xxhash

from gatemeter.lenient.numbers import amount_yoctos, counted_number, latency_number, rounded_count, token_number

_LONGEST_PATH = 200
LONGEST_LABEL = 256
_LARGEST_NUMBER_AS_TEXT = 10**40
_Value = TypeVar("_Value")


class Fields:
    """An object at a `path`; what cannot be used is noted in `left_out`.

    Each reading method takes the names a field is known by, the preferred one first, and gives the first usable value.
    """

    __slots__ = ("_name", "_parent", "left_out", "values")

    def __init__(
        self, values: Mapping[str, Any], name: str, left_out: list[str], parent: "Fields | None" = None
    ) -> None:
        self.values = values
        self.left_out = left_out
        self._name = name
        self._parent = parent

    @property
    def path(self) -> str:
        """The object's own dotted path; put together when it is asked for, which for most objects is never."""
        name = _storable(self._name)
        return name if self._parent is None else f"{self._parent.path}.{name}"[:_LONGEST_PATH]

    def text(self, *names: str) -> str:
        """'' if there is none. A whole number is the text of its digits."""
        return self._first(names, storable_text) or ""

    def token_number(self, *names: str) -> Decimal | int | None:
        """A count of tokens as logged, maybe with a fraction; negative and impossibly large ones are left out."""
        return self._first(names, token_number)

    def label(self, *names: str) -> str:
        """Text that rows are told apart by; of one that is too long for that its beginning, marked by a hash of all."""
        return label_of(self.text(*names))

    def count(self, *names: str) -> int | None:
        """A whole count of signed 64 bits, not negative; a fraction is rounded half to even."""
        number = self._first(names, counted_number)
        return None if number is None else rounded_count(number)

    def latency_ms(self, *names: str) -> float | None:
        """None also for a negative one, by which gateways say that they did not measure."""
        number = self._first(names, latency_number)
        return None if number is None or number < 0 else float(number)

    def yoctos(self, *names: str) -> int | None:
        """An amount of money (`contracts.money`)."""
        return self._first(names, amount_yoctos)

    def object(self, name: str) -> "Fields":
        """The object under `name`, without any fields if there is none; an empty list is what Lua makes of `{}`."""
        value = self.values.get(name)
        if isinstance(value, dict):
            return Fields(value, name, self.left_out, self)
        if value is not None and value != []:
            self.leave_out(name)
        return _NO_FIELDS

    def objects(self, name: str) -> list["Fields"]:
        """The objects of the list under `name`; entries of other types are left out."""
        value = self.values.get(name)
        if not isinstance(value, list):
            if value is not None and value != {}:
                self.leave_out(name)
            return []
        for entry in value:
            if not isinstance(entry, dict):
                self.leave_out(name)
        return [Fields(entry, name, self.left_out, self) for entry in value if isinstance(entry, dict)]

    def path_of(self, name: str) -> str:
        """The dotted path of the field `name`."""
        return f"{self.path}.{_storable(name)}"[:_LONGEST_PATH]

    def leave_out(self, name: str) -> None:
        """Note that the field `name` could not be used."""
        self.left_out.append(self.path_of(name))

    def _first(self, names: tuple[str, ...], convert: Callable[[Any], _Value]) -> _Value | None:
        if not self.values:
            return None
        for name in names:
            value = self.values.get(name)
            if value is None:
                continue
            converted = convert(value)
            if converted is not None:
                return converted
            self.leave_out(name)
        return None


_NO_FIELDS = Fields({}, "", [])


def label_of(text: str) -> str:
    """See `Fields.label`."""
    if len(text) <= LONGEST_LABEL:
        return text
    return f"{text[: LONGEST_LABEL - 17]}~{xxhash.xxh3_64_hexdigest(text.encode())}"


def storable_text(value: object) -> str | None:
    """Text that UTF-8 can carry, also from a whole number; None for anything else."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER_AS_TEXT:
        return str(value)
    return None


def _storable(text: str) -> str:
    """JSON can spell half of a surrogate pair, which no database can store."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
