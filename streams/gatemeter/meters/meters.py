"""The meters of a process: which rows an event adds to the table of custom meters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from gatemeter.errors import SettingsError
from gatemeter.events.access_event import AccessEvent
from gatemeter.events.batch import IdentifiedEvents
from gatemeter.events.usage_keys import Key
from gatemeter.events.usage_rows import UsageRows
from gatemeter.lenient.document import UNREADABLE, parse_json
from gatemeter.lenient.numbers import decimal_of_digits
from gatemeter.meters.declaration import MeterDeclaration
from gatemeter.meters.meter import Meter, MeterReading
from gatemeter.meters.values import Fault
from gatemeter.schema.rollups import METER_USAGE_ROLLUP

_HASH_DIGITS = 12


class FormatMeters:
    """The meters of the events of one format.

    `paths` are the texts of all paths that they read, from an event's members on: what must be kept of an event for
    them, whoever sends it on.
    """

    def __init__(self, meters: Sequence[Meter]) -> None:
        self._meters = meters
        self.paths = tuple(sorted({path.text for meter in meters for path in meter.paths}))
        self._top_members = _TopMembers(path.steps[0] for meter in meters for path in meter.paths)

    def readings(self, members: Any) -> Iterator[MeterReading]:
        """What those meters whose filter lets the event with `members` through take of it."""
        for meter in self._meters:
            reading = meter.read(members)
            if reading is not None:
                yield reading

    def append(self, members: Any, events: IdentifiedEvents, event_index: int, caller: Key) -> None:
        """Append their rows of event `event_index` of `events`; `caller` holds the values of a `Caller`."""
        for meter in self._meters:
            reading = meter.read(members)
            if reading is not None:
                _append_reading(events.rows(METER_USAGE_ROLLUP), event_index, caller, reading)

    def append_text(self, text: bytes, events: IdentifiedEvents, event_index: int, caller: Key) -> None:
        """As `append`, for the JSON `text` of an event that msgspec can read: only what the meters read is parsed."""
        self.append(self._top_members.of(text), events, event_index, caller)


class Meters:
    """All declared meters. `version` says which rows they make: a hash of the declarations; '' without any.

    Raises SettingsError if two have one name.
    """

    def __init__(self, declarations: Sequence[MeterDeclaration] = ()) -> None:
        names = [each.name for each in declarations]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SettingsError(f"two meters have the name {twice}", do="give each a name of its own")
        self.declarations = tuple(declarations)
        identities = sorted(each.identity for each in declarations)
        self.version = sha256("\n".join(identities).encode()).hexdigest()[:_HASH_DIGITS] if identities else ""
        self._by_format: Mapping[str, FormatMeters] = {
            name: FormatMeters([Meter(each) for each in declarations if each.format == name])
            for name in {each.format for each in declarations}
        }

    def __bool__(self) -> bool:
        return bool(self.declarations)

    def of(self, format_name: str) -> FormatMeters | None:
        """The meters of events of a format; None if there are none."""
        return self._by_format.get(format_name)

    def paths(self, format_name: str) -> tuple[str, ...]:
        """The paths in an event's members that the meters of a format read: what must not be left out of an event."""
        found = self.of(format_name)
        return () if found is None else found.paths


NO_METERS = Meters()


def members_of(event: AccessEvent) -> Mapping[str, Any]:
    """The members of an event that was a line of text: the values that `decode` shows, by the same names."""
    return {
        "method": event.method,
        "status": event.status,
        "upstream_status": event.upstream_status,
        "request_bytes": event.request_bytes,
        "response_bytes": event.response_bytes,
        "service": event.service.name or event.service.id,
        "route": event.route.name or event.route.id,
        "workspace": event.workspace,
        "team": event.team,
        "organisation": event.organisation,
        "source": event.source,
    }


def _append_reading(rows: UsageRows, event_index: int, caller: Key, reading: MeterReading) -> None:
    """What `rows.append` does, column by column: this is the hot path of whoever has declared meters."""
    meter, amount, member, groups, fault = reading
    if rows.event_indexes is not None:
        rows.event_indexes.append(event_index)
    rows.keys.append((*caller, *meter.key_values, *groups))
    values, without_value, refused = rows.sums
    values.append(amount)
    without_value.append(1 if fault is Fault.MISSING else 0)
    refused.append(0 if fault is None or fault is Fault.MISSING else 1)
    rows.members[0].append(member)


class _TopMembers:
    """Parses the members of an event that some paths begin with, and no others."""

    def __init__(self, first_steps: Iterable[tuple[str, str]]) -> None:
        names = sorted({name for step in first_steps for name in step})
        self._fields = [(f"m{index}", name) for index, name in enumerate(names)]
        self._decode_quickly = msgspec.json.Decoder(
            self._struct(Any, msgspec.UNSET), float_hook=decimal_of_digits
        ).decode
        self._decode = msgspec.json.Decoder(self._struct(msgspec.Raw, msgspec.Raw())).decode

    def _struct(self, kind: Any, default: Any) -> type[msgspec.Struct]:
        fields = [(field, kind, default) for field, _ in self._fields]
        return msgspec.defstruct("TopMembers", fields, rename=dict(self._fields), gc=False)

    def of(self, text: bytes) -> Mapping[str, Any]:
        """The members as `lenient.document` reads them."""
        try:
            found = self._decode_quickly(text)
        except (msgspec.MsgspecError, RecursionError):
            return self._read_leniently(text)
        values = {name: getattr(found, field) for field, name in self._fields}
        return {name: value for name, value in values.items() if value is not msgspec.UNSET}

    def _read_leniently(self, text: bytes) -> Mapping[str, Any]:
        found = self._decode(text)
        raw_members = {name: getattr(found, field) for field, name in self._fields}
        values = {name: parse_json(bytes(raw)) for name, raw in raw_members.items() if raw}
        return {name: value for name, value in values.items() if value is not UNREADABLE}
