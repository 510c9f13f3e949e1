"""Statements: closed bills of a period, each with the hash of the one before it.

A statement is a JSON object. Its `sha256` is SHA-256, in hex, of the same object without that member, written by
`canonical_json`: members sorted by name, no spaces, UTF-8. So anybody can check one without gatemeter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any

import msgspec

from gatemeter.billing.bill_line import BillLine
from gatemeter.errors import ConflictError
from gatemeter.output.text import count_of, shortened

FORMAT = "gatemeter-statement/2"
_FORMATS = ("gatemeter-statement/1", FORMAT)
"""The first one had no `billable_default`, `rated` and `dead_letters`."""
UNREADABLE_DO = "use the version of gatemeter that wrote it, or a later one"


class _Formatted(msgspec.Struct):
    format: str


class LogRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What had been consumed of a partition when the period was closed: offsets up to, not including, `next_offset`."""

    log: str
    topic: str
    partition: int
    first_offset: int
    next_offset: int
    consumed: int
    counted: int
    duplicates: int
    dead_letters: int
    other_kind: int


class RatedHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of `period` that were rated, `first_hour` up to, not including, `end_hour` (UTC).

    `touches` is how often their rows had been written by then (`usage_touches`); while it is the same, so are they.
    """

    period: str
    first_hour: str
    end_hour: str
    touches: int


class DeadLetterCount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events that could not be counted and are in no line; without `is_timed` of a time that is not known."""

    topic: str
    reason: str
    is_timed: bool
    letters: int


class Statement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A closed period. `plans` is the plan file that it was rated by; `accepted` says what was not known, and accepted.

    `logs` are all that was stored when it was closed, whatever the period of the events. `billable_default` is what was
    billable where the plan file says nothing, `dead_letters` those of the period that stood, and `rated` which hours
    were rated: those of the period, and of earlier ones that had to be rated again. What a statement of an older format
    does not say is UNSET, and not part of its hash.
    """

    format: str = FORMAT
    number: int
    period: str
    closed_at: str
    grace_hours: int
    previous_sha256: str | None
    plans: dict[str, Any]
    price_versions: tuple[str, ...]
    rules: tuple[str, ...]
    logs: tuple[LogRange, ...]
    accepted: tuple[str, ...]
    lines: tuple[BillLine, ...]
    billable_default: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    dead_letters: tuple[DeadLetterCount, ...] | msgspec.UnsetType = msgspec.UNSET
    rated: tuple[RatedHours, ...] | msgspec.UnsetType = msgspec.UNSET
    sha256: str = ""

    def sealed(self) -> "Statement":
        """The same with its hash."""
        return msgspec.structs.replace(self, sha256=self.computed_sha256)

    @property
    def computed_sha256(self) -> str:
        """What `sha256` has to be."""
        members: Mapping[str, Any] = msgspec.to_builtins(self)
        return sha256(canonical_json({name: each for name, each in members.items() if name != "sha256"})).hexdigest()


def canonical_json(value: object) -> bytes:
    """JSON with sorted members, without spaces, in UTF-8."""
    return msgspec.json.encode(value, order="sorted")


def encoded(statement: Statement) -> bytes:
    """The text of a statement, one line."""
    return canonical_json(statement)


def decoded(text: bytes) -> Statement:
    """Raises msgspec.DecodeError for a text that is not a statement, ConflictError for a format that is not known."""
    found = msgspec.json.decode(text, type=_Formatted).format
    if found not in _FORMATS:
        raise ConflictError(f"this version cannot read a statement of the format {shortened(found)}", do=UNREADABLE_DO)
    return msgspec.json.decode(text, type=Statement)


def statement_of(statements: Iterable[Statement], period: object) -> Statement | None:
    """The one that closed `period`; None while it is open."""
    return next((each for each in statements if each.period == str(period)), None)


def dead_letter_notes(found: Sequence[DeadLetterCount]) -> Iterator[str]:
    """How many are of the period, by topic and reason; those of no known time in one number for all months."""
    for each in found:
        if each.is_timed:
            yield f"in no line: {count_of(each.letters, 'dead letter')} of {each.topic}, {each.reason}"
    if undated := sum(each.letters for each in found if not each.is_timed):
        yield f"not dated: {count_of(undated, 'dead letter')} in all logs, the same in each month that is closed"


def chain_faults(statements: Sequence[Statement], *, is_whole: bool = False) -> list[str]:
    """What is wrong with statements in the order of their numbers, each fault as a sentence; empty where nothing is.

    Of a part of a chain the first one's predecessor is not asked for; one that `is_whole` begins with statement 1.
    """
    faults = [
        f"statement {each.number} of {each.period} was changed: its content has the hash {each.computed_sha256}"
        for each in statements
        if each.computed_sha256 != each.sha256
    ]
    for before, after in pairwise(statements):
        if after.number != before.number + 1:
            faults.append(f"statement {after.number} follows statement {before.number}: one is missing, or there twice")
        elif after.previous_sha256 != before.sha256:
            faults.append(f"statement {after.number} of {after.period} does not follow this statement {before.number}")
    if is_whole and statements and statements[0].number != 1:
        faults.append(f"statement {statements[0].number} is the first that is there: those before it are missing")
    if statements and statements[0].number == 1 and statements[0].previous_sha256 is not None:
        faults.append("statement 1 names a statement before it")
    return faults
