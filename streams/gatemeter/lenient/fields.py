"""The fields of a JSON object that may hold values of any type.

An absent field and null give no value. A field whose type cannot be used is ignored: reading goes on without it, and
its dotted path is kept, so that ignored fields can be counted and named. Paths leave out positions in lists:
`ai.mcp.rpc.latency`.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeVar

import xxhash

from gatemeter.lenient.mending import LONGEST_PATH
from gatemeter.lenient.numbers import amount_yoctos, counted_number, latency_number, rounded_count, token_number

LONGEST_LABEL = 256
_HASH_DIGITS = 32
_LARGEST_NUMBER_AS_TEXT = 10**40
_Value = TypeVar("_Value")


class Fields:
    """An object at a `path`; the paths of fields that cannot be used are appended to `ignored_fields`.

    Each reading method takes the names that a field is known by, the preferred one first, and returns the first usable
    value.
    """

    __slots__ = ("_name", "_parent", "ignored_fields", "values")

    def __init__(
        self, values: Mapping[str, Any], name: str, ignored_fields: list[str], parent: "Fields | None" = None
    ) -> None:
        self.values = values
        self.ignored_fields = ignored_fields
        self._name = name
        self._parent = parent

    @property
    def path(self) -> str:
        """The object's own dotted path, put together only when it is asked for."""
        name = _spelled(self._name)
        return name if self._parent is None else f"{self._parent.path}.{name}"[:LONGEST_PATH]

    def text(self, *names: str) -> str:
        """Text, or the digits of a whole number; '' without a value."""
        return self._first(names, storable_text) or ""

    def identifier(self, name: str) -> str:
        """As `text`, but half of a surrogate pair stays what it is: for an id that is only compared, never stored."""
        value = self.values.get(name)
        return value if isinstance(value, str) else self.text(name)

    def token_number(self, *names: str) -> Decimal | int | None:
        """A count of tokens as logged, maybe with a fraction; negative and impossibly large ones are ignored."""
        return self._first(names, token_number)

    def label(self, *names: str) -> str:
        """Text for the key of a row: `label_of` the text."""
        return label_of(self.text(*names))

    def count(self, *names: str) -> int | None:
        """A count from 0 to 2^63 - 1; a fraction is rounded half to even."""
        number = self._first(names, counted_number)
        return None if number is None else rounded_count(number)

    def latency_ms(self, *names: str) -> float | None:
        """None also for a negative number, which gateways write for what they did not measure."""
        number = self._first(names, latency_number)
        return None if number is None or number < 0 else float(number)

    def yoctos(self, *names: str) -> int | None:
        """An amount of money in yoctos (see `money`)."""
        return self._first(names, amount_yoctos)

    def object(self, name: str) -> "Fields":
        """The object under `name`, without any fields if it is absent; Lua writes an empty object as `[]`."""
        value = self.values.get(name)
        if isinstance(value, dict):
            return Fields(value, name, self.ignored_fields, self)
        if value is not None and value != []:
            self.ignore(name)
        return _NO_FIELDS

    def objects(self, name: str) -> list["Fields"]:
        """The objects of the list under `name`; entries of other types are ignored."""
        value = self.values.get(name)
        if not isinstance(value, list):
            if value is not None and value != {}:
                self.ignore(name)
            return []
        for entry in value:
            if not isinstance(entry, dict):
                self.ignore(name)
        return [Fields(entry, name, self.ignored_fields, self) for entry in value if isinstance(entry, dict)]

    def path_of(self, name: str) -> str:
        """The dotted path of the field `name`."""
        return f"{self.path}.{_spelled(name)}"[:LONGEST_PATH]

    def ignore(self, name: str) -> None:
        """Add the path of the field `name`, which could not be used, to `ignored_fields`."""
        self.ignored_fields.append(self.path_of(name))

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
            self.ignore(name)
        return None


_NO_FIELDS = Fields({}, "", [])


def label_of(text: str) -> str:
    """`text`, or if it is too long for the key of a row its beginning and a hash of all of it."""
    if len(text) <= LONGEST_LABEL:
        return text
    return f"{text[: LONGEST_LABEL - 17]}~{xxhash.xxh3_64_hexdigest(text.encode())}"


def stored_label(text: str) -> str:
    """The label of any text: '' where UTF-8 cannot carry it."""
    return label_of(storable_text(text) or "")


def storable_text(value: object) -> str | None:
    """Text that UTF-8 can carry, also from a whole number; None for anything else."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER_AS_TEXT:
        return str(value)
    return None


def _storable(text: str) -> str:
    """JSON can spell half of a surrogate pair, which UTF-8 cannot hold: it stays as its escape, as two may differ.

    A hash of the whole tells it from a text that holds the six characters of the escape themselves.
    Only a text that was made to spell both the escape and this hash equals it.
    """
    if text.isascii():
        return text
    spelled = _spelled(text)
    if spelled == text:
        return text
    return f"{spelled}~{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:_HASH_DIGITS]}"


def _spelled(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
