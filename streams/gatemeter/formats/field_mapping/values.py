"""Values of a document by the paths of a mapping. What has no value is '' or None; what cannot be used is named."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from gatemeter.errors import RejectedEvent
from gatemeter.formats.field_mapping.model import Latency, Mark, Moment, Name
from gatemeter.formats.upstream_status import upstream_status
from gatemeter.lenient.carried_hash import carried_hash, key_hash
from gatemeter.lenient.fields import storable_text
from gatemeter.lenient.http_values import told_status
from gatemeter.lenient.numbers import (
    INT64_MAX,
    INT64_MIN,
    OUT_OF_RANGE,
    amount_yoctos,
    exact_number,
    latency_number,
    token_number,
)
from gatemeter.lenient.paths import Path
from gatemeter.lenient.times import UNIT_MS, common_log_ms, rfc3339_ms, unix_ms_by_size

_DATES = {"rfc3339": rfc3339_ms, "common-log": common_log_ms}


class Values:
    """The values of `document`; the paths of those that cannot be used are appended to `ignored_fields`."""

    def __init__(self, document: Any, no_value: Sequence[str], ignored_fields: list[str]) -> None:
        self.document = document
        self._no_value = frozenset(no_value)
        self.ignored_fields = ignored_fields

    def first(self, paths: Iterable[Path]) -> tuple[Path, Any] | None:
        """The first of `paths` with a value, and the value."""
        for path in paths:
            value = path.value_in(self.document)
            if value is not None and not (isinstance(value, str) and value in self._no_value):
                return path, value
        return None

    def text(self, names: Iterable[Name]) -> str:
        """The first usable text; of a key, which its name says to hash, `sha256:` and digits of its hash."""
        for name in names:
            found = self.first((name.path,))
            carried = carried_hash(found[1]) if found and name.hash else None
            if carried is not None:
                return f"sha256:{carried}"
            text = storable_text(found[1]) if found else ""
            if text is None:
                self.ignored_fields.append(name.path.text)
            elif text:
                text = text.removeprefix(name.without_prefix)
                return f"sha256:{key_hash(text)}" if name.hash else text
        return ""

    def has_any(self, marks: Iterable[Mark]) -> bool:
        """Whether a value is there that one of `marks` names."""
        return any(self._has(mark) for mark in marks)

    def _has(self, mark: Mark) -> bool:
        if not mark.values:
            found = self.first((mark.path,))
            if found is None or mark.other_than:
                return found is not None and found[1] not in mark.other_than
            return found[1] is not False and exact_number(found[1]) != 0
        value = mark.path.value_in(self.document)
        text = str(value).lower() if isinstance(value, bool) else value
        return isinstance(text, str) and not set(mark.values).isdisjoint(text.split(","))

    def identity(self, parts_at: Iterable[Sequence[Path]]) -> str:
        """What stands at each of `parts_at`, joined. Raises RejectedEvent: request_id_missing."""
        parts = []
        for paths in parts_at:
            found = self.first(paths)
            text = storable_text(found[1]) if found else None
            if not text:
                raise RejectedEvent("request_id_missing", f"{paths[0].text} has no usable value")
            parts.append(text)
        return " ".join(parts)

    def status(self, paths: Iterable[Path]) -> int | None:
        """A status of HTTP; None for 0 or -1, which gateways write for none. Raises RejectedEvent: status_invalid."""
        found = self.first(paths)
        if found is None:
            return None
        number = exact_number(found[1])
        if number is None or not INT64_MIN <= number <= INT64_MAX or number != int(number):
            raise RejectedEvent("status_invalid", f"{found[0].text} is no status")
        return told_status(int(number))

    def upstream_status(self, paths: Iterable[Path]) -> int | None:
        """The last status in what nginx writes, or a number."""
        found = self.first(paths)
        return None if found is None else upstream_status({"upstream_status": found[1]})

    def size_bytes(self, paths: Iterable[Path], reason: str) -> int | None:
        """Whole bytes; None for a negative number. Raises RejectedEvent with `reason` beyond 64 bits."""
        found = self.first(paths)
        if found is None:
            return None
        number = exact_number(found[1])
        if found[1] is OUT_OF_RANGE or (number is not None and not INT64_MIN <= number <= INT64_MAX):
            raise RejectedEvent(reason, f"{found[0].text} is outside signed 64 bits")
        if number is None or number < 0:
            self.ignored_fields.append(found[0].text)
            return None
        return int(number)

    def token_number(self, paths: Iterable[Path]) -> Decimal | int | None:
        """A count of tokens as logged, maybe with a fraction; negative and impossibly large ones are ignored."""
        found = self.first(paths)
        number = None if found is None else token_number(found[1])
        if found is not None and number is None:
            self.ignored_fields.append(found[0].text)
        return number

    def yoctos(self, paths: Iterable[Path]) -> int | None:
        """An amount of money in yoctos, exactly as logged."""
        found = self.first(paths)
        if found is None:
            return None
        amount = amount_yoctos(found[1])
        if amount is None:
            self.ignored_fields.append(found[0].text)
        return amount

    def latency_ms(self, latencies: Iterable[Latency]) -> float | None:
        """Milliseconds; None for a negative number, which gateways write for what they did not measure."""
        for latency in latencies:
            found = self.first((latency.path,))
            if found is None:
                continue
            number = _of_64_bits(found[1])
            ms = None if number is None else latency_number(number * UNIT_MS[latency.unit])
            if ms is None:
                self.ignored_fields.append(latency.path.text)
            else:
                return None if ms < 0 else float(ms)
        return None

    def started_at_ms(self, moments: Iterable[Moment]) -> int:
        """Unix ms, rounded down. Raises RejectedEvent: started_at_missing, started_at_invalid."""
        unusable = ""
        for moment in moments:
            found = self.first((moment.path,))
            if found is None:
                continue
            at = _unix_ms(found[1], moment)
            if at is not None:
                return at
            unusable = unusable or f"{moment.path.text} is not a time in {moment.unit}"
        raise RejectedEvent("started_at_invalid" if unusable else "started_at_missing", unusable)


def _unix_ms(value: Any, moment: Moment) -> int | None:
    if moment.unit in _DATES:
        return _DATES[moment.unit](value) if isinstance(value, str) else None
    number = _of_64_bits(value)
    if number is None:
        return None
    ms = unix_ms_by_size(number) if moment.unit == "unix" else number * UNIT_MS[moment.unit]
    return None if ms is None else int(ms // 1)


def _of_64_bits(value: Any) -> Decimal | None:
    """A number that can be multiplied: Python takes hours, or refuses, where an exponent is huge."""
    number = exact_number(value)
    return number if number is not None and INT64_MIN <= number <= INT64_MAX else None
