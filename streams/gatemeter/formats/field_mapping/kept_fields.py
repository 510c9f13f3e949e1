"""What a dead letter keeps of an event that is read by a mapping: what is read of it, by the shape of its values."""

from collections.abc import Iterator
from typing import Any

from gatemeter.events.masking import Kept, Shape
from gatemeter.events.shapes import hashed, http_method, moment, number, status
from gatemeter.formats.field_mapping.model import FieldMapping
from gatemeter.formats.field_mapping.read_paths import caller_names, name_paths
from gatemeter.lenient.paths import Path


def kept_fields(mapping: FieldMapping) -> Kept:
    """Numbers, times and statuses in clear, names as short hashes, all else masked."""
    kept: dict[str, Any] = {}
    for path, shape in _shapes(mapping):
        members, *names = kept, *(name for _, name in path.steps)
        for name in names[:-1]:
            below = members.setdefault(name, {})
            if not isinstance(below, dict):
                break
            members = below
        else:
            members.setdefault(names[-1], shape)
    return kept


def _shapes(mapping: FieldMapping) -> Iterator[tuple[Path, Shape]]:
    fields, call = mapping.fields, mapping.model_call
    yield from ((each.path, moment if each.unit == "rfc3339" else number) for each in mapping.time)
    yield from ((path, status) for path in (*fields.status, *fields.upstream_status))
    sizes = (fields.request_bytes, fields.response_bytes, fields.request_body_bytes, fields.response_body_bytes)
    yield from ((path, number) for paths in sizes for path in paths)
    latencies = mapping.latencies
    yield from ((each.path, number) for each in (*latencies.request, *latencies.upstream, *latencies.gateway))
    yield from ((each.path, http_method) for each in fields.method)
    called = (fields.service_id, fields.service_name, fields.route_id, fields.route_name, fields.workspace)
    yield from ((path, hashed) for path in name_paths((caller_names(mapping.caller), *called, fields.source)))
    yield from ((path, hashed) for paths in mapping.identity.paths for path in paths)
    if call is not None:
        yield from ((path, number) for path in (*call.prompt_tokens, *call.completion_tokens, *call.total_tokens))
        yield from ((path, hashed) for path in name_paths((call.provider, call.request_model, call.response_model)))
