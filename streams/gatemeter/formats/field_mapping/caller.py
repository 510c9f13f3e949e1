"""Formats with another chain of callers: all else is read as the format reads it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gatemeter.errors import InputError
from gatemeter.events.access_event import AccessEvent, Consumer
from gatemeter.formats.field_mapping.model import CallerMapping
from gatemeter.formats.field_mapping.read_paths import with_caller_keys
from gatemeter.formats.field_mapping.reader import consumer_of
from gatemeter.formats.field_mapping.values import Values
from gatemeter.formats.format import Format, JsonFormat
from gatemeter.formats.slimming.further_paths import FurtherPath
from gatemeter.lenient.read_paths import Members


def with_caller(base: Format | None, mapping: CallerMapping) -> JsonFormat:
    """`base`, whose callers are those that `mapping` names. Raises InputError where `base` is not a format of JSON."""
    if not isinstance(base, JsonFormat):
        raise InputError(f"base: {mapping.base} is not a format of JSON", where=mapping.name.partition("@")[0])

    def read(document: Any, text: bytes, ignored_fields: list[str]) -> AccessEvent:
        event, caller = base.read(document, text, ignored_fields), mapping.caller
        values = Values(document, mapping.no_value, ignored_fields)
        consumer = consumer_of(caller, values, event.status, event.upstream_status)
        return replace(
            event,
            consumer=event.consumer if consumer == Consumer() else consumer,
            team=values.text(caller.team) or event.team,
            organisation=values.text(caller.organisation) or event.organisation,
        )

    of_base = base.read_paths

    def read_paths(further: Sequence[FurtherPath]) -> Members:
        found = Members({}) if of_base is None else of_base(further)
        return with_caller_keys(found, mapping.caller, mapping.no_value)

    return JsonFormat(
        mapping.name,
        read,
        recognizes=lambda _: False,
        read_paths=None if of_base is None else read_paths,
        kept=base.kept,
        needs_positions=base.needs_positions,
        parts=base.parts,
        members=base.members,
        reads_all=True,
    )
