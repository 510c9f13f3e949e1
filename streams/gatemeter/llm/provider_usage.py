"""Usage objects: the gateway's own and those in providers' answers, in every spelling of `usage_fields.toml`.

An object is read in two steps, so that those of a stream can be put together in between: the numbers by dotted path,
then the counts by role.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from gatemeter.lenient.fields import Fields
from gatemeter.lenient.numbers import LARGEST_TOKEN_COUNT, OUT_OF_RANGE, counted_number, exact_number, rounded_count
from gatemeter.llm.token_counts import COUNT_NAMES, TokenCounts, sum_of
from gatemeter.llm.usage_fields import NOT_BILLED, PART, usage_fields
from gatemeter.schema.units import UNIT_NAMES

_DEEPEST = 6
"""Objects within more of them than this are not read; the deepest known field is within two."""
_ITERATIONS = "iterations"
_COMPACTION = f"{_ITERATIONS}.compaction."
_CACHE = ("cached", "cache_write", "cache_write_5m", "cache_write_1h")
_NAME_OF_A_COUNT = re.compile("token|count|unit|request|search|call|second|page|image|character", re.IGNORECASE)
"""Digits in a text are a count under such a name, and may be an id under another one."""
_IN_DETAILS = ("prompt_tokens_details.", "input_tokens_details.", "input_token_details.")
_MODALITIES = ("text", "audio", "image", "video")
_SECONDS = "_s"
_LARGEST_SECONDS = LARGEST_TOKEN_COUNT // 1000
"""They are counted in ms."""

Number = Decimal | int


class UsageNumbers(msgspec.Struct):
    """The numbers of a usage object by dotted path, the names of its fields, and the paths that cannot be used."""

    numbers: dict[str, Number] = msgspec.field(default_factory=dict)
    names: set[str] = msgspec.field(default_factory=set)
    unusable: list[str] = msgspec.field(default_factory=list)

    def add(self, path: str, number: Number) -> None:
        """Entries of a list that are of one kind are added up."""
        self.numbers[path] = self.numbers[path] + number if path in self.numbers else number

    def raise_to(self, other: "UsageNumbers") -> None:
        """The larger of both values of each number: counts of a stream are running totals."""
        for path, number in other.numbers.items():
            self.numbers[path] = max(number, self.numbers.get(path, 0))
        self.names |= other.names
        self.unusable += other.unusable


def read_usage(usage: Fields) -> tuple[TokenCounts, ...]:
    """The counts of a usage object of any shape, as `counts_of` returns them.

    Fields that count something and cannot be used are appended to the ignored ones.
    """
    found = usage_numbers(usage.values)
    for path in found.unusable:
        usage.ignore(path)
    return counts_of(found)


def usage_numbers(usage: Mapping[str, Any]) -> UsageNumbers:
    """The numbers of a usage object that count something or may do so."""
    found = UsageNumbers()
    found.names.update(name for name, value in usage.items() if value is not None)
    _read_object(found, usage, "", 0)
    return found


def _read_object(found: UsageNumbers, values: Mapping[str, Any], prefix: str, depth: int) -> None:
    roles = usage_fields().roles
    for name, value in values.items():
        path = prefix + name
        if value is None or roles.get(path) == NOT_BILLED:
            continue
        if isinstance(value, dict):
            _read_child(found, value, path, depth)
        elif isinstance(value, list):
            for entry in value:
                _read_entry(found, entry, path, depth)
        else:
            _read_number(found, value, path)


def _read_child(found: UsageNumbers, values: Mapping[str, Any], path: str, depth: int) -> None:
    if usage_fields().roles.get(path) == NOT_BILLED:
        return
    if depth < _DEEPEST:
        _read_object(found, values, path + ".", depth + 1)
    elif values:
        found.add(path, 1)  # whatever it counts must not be lost


def _read_entry(found: UsageNumbers, entry: object, path: str, depth: int) -> None:
    if isinstance(entry, dict):
        kind = next((text for name in ("modality", "ttl", "type") if isinstance(text := entry.get(name), str)), "")
        if "modality" in entry and entry.get("tokenCount") is None:
            found.add(f"{path}.{kind}", 1)  # so many tokens of another price that are not told
        _read_child(found, entry, f"{path}.{kind}" if kind else path, depth)
    elif isinstance(entry, list):
        found.add(path, 1)
    elif entry is not None:
        _read_number(found, entry, path)


def _read_number(found: UsageNumbers, value: object, path: str) -> None:
    fields = usage_fields()
    role = fields.roles.get(path.removeprefix(_COMPACTION))
    if role is not None and role != PART:
        largest = _LARGEST_SECONDS if role.endswith(_SECONDS) else LARGEST_TOKEN_COUNT
        number = counted_number(value, largest)
        if number is None or number + found.numbers.get(path, 0) > largest:
            found.unusable.append(path)
        else:
            found.add(path, number)
        return
    if path in fields.objects:
        found.unusable.append(path)
    if role is None and _is_above_0(value) and (not isinstance(value, str) or _NAME_OF_A_COUNT.search(path)):
        found.add(path, 1)


def _is_above_0(value: object) -> bool:
    number = exact_number(value)
    return value is OUT_OF_RANGE or (number is not None and number > 0)


def counts_of(found: UsageNumbers) -> tuple[TokenCounts, ...]:
    """The counts, first of the answer itself, then of the iterations that its counts do not hold.

    Anthropic's own counts are without iterations of type `compaction`, which are billed like others.
    """
    if _ITERATIONS not in found.names:
        return (_counts(found),)
    compaction = {path: number for path, number in found.numbers.items() if path.startswith(_COMPACTION)}
    if not compaction:
        return (_counts(found),)
    answer = {path: number for path, number in found.numbers.items() if path not in compaction}
    parts = (answer, {path.removeprefix(_COMPACTION): number for path, number in compaction.items()})
    return tuple(_counts(UsageNumbers(numbers, found.names, found.unusable)) for numbers in parts)


def _counts(found: UsageNumbers) -> TokenCounts:
    reading = _Roles()
    for path, number in found.numbers.items():
        reading.read(path, number)
    shape = usage_fields().shape_of(frozenset(found.names))
    return reading.counts(shape, has_unusable=bool(found.unusable))


class _Roles:
    """Sorts the numbers of an object by their roles, and remembers what is odd about them."""

    def __init__(self) -> None:
        self.by_role: dict[str, int] = {}
        self.unknown: list[str] = []
        self.has_fractions = False
        self.has_conflict = False
        self.has_cache_in_details = False

    def read(self, path: str, number: Number) -> None:
        role = usage_fields().roles.get(path)
        if role is None:
            self.unknown.append(path)
        elif role != PART:
            self._count(role, path, number)

    def _count(self, role: str, path: str, number: Number) -> None:
        if role.endswith(_SECONDS):
            role, number = role.removesuffix(_SECONDS) + "_ms", rounded_count(number * 1000)
        count = rounded_count(number)
        self.has_fractions |= count != number
        self.has_cache_in_details |= count > 0 and role in _CACHE and path.startswith(_IN_DETAILS)
        before = self.by_role.get(role, 0)
        self.has_conflict |= 0 < before != count > 0
        self.by_role[role] = max(before, count)

    def counts(self, shape: str, *, has_unusable: bool) -> TokenCounts:
        known = self.by_role
        if shape == "gemini" and ("prompt" in known or "total" in known):
            known.setdefault("completion", 0)  # Google leaves out what is 0
        if shape == "cohere" and "cached" in known:
            known["cached"] = 0  # Cohere has no price for cached tokens: none of what is billed is cheaper
        tokens: dict[str, int | None] = {name: known[name] for name in COUNT_NAMES if name in known}
        cached = known.get("cached", sum_of(known.get(f"cached_{name}") for name in _MODALITIES))
        beside = known.get("beside_image_input")
        prompt = sum_of((known.get("prompt", known.get("read_prompt")), known.get("tool_prompt"), beside))
        tokens |= {
            "cached": cached,
            "cache_write": self._cache_write(),
            "prompt": prompt,
            "completion": known.get("completion", known.get("read_completion")),
            "image_input": sum_of((known.get("image_input"), beside)),
        }
        return TokenCounts(
            **tokens,
            others={name: count for name, count in known.items() if name not in COUNT_NAMES and _is_unit(name)},
            unknown=tuple(sorted(self.unknown)),
            shape=shape,
            has_details=shape in ("gemini", "cohere") or bool(known.keys() - {"prompt", "completion", "total"}),
            has_fractions=self.has_fractions,
            has_unusable=has_unusable,
            has_conflict=self.has_conflict,
            has_cache_in_details=self.has_cache_in_details,
        )

    def _cache_write(self) -> int | None:
        """All tokens written to the cache; a total below its parts is not one."""
        written = self.by_role.get("cache_write")
        parts = sum_of((self.by_role.get("cache_write_5m"), self.by_role.get("cache_write_1h")))
        if written and parts and written < parts:
            self.has_conflict = True
        return written if written or parts is None else parts


def _is_unit(name: str) -> bool:
    return name in UNIT_NAMES or name == GROUNDING_QUERIES


GROUNDING_QUERIES = "grounding_queries"
"""In `TokenCounts.others` beside the units: searches that Google ran, whose billing depends on the model."""
